"""Values as they are printed, where `spoken` says how they are read aloud."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from scripts import spoken


def written(kind: str, value: str | int | bool | None) -> str:
    """The value on paper; empty for what is missing."""
    if value is None:
        return ""
    write = _WRITERS.get(kind)
    try:
        return write(str(value)) if write else str(value)
    except (ValueError, InvalidOperation):
        return spoken.say(kind, value)


def _money(text: str) -> str:
    amount = Decimal(text)
    return f"{amount:,.2f}元" if amount % 1 else f"{amount:,.0f}元"


def _date(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def _slot(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{moment.month}月{moment.day}日{moment:%H:%M}"


_WRITERS: dict[str, Callable[[str], str]] = {"money": _money, "date": _date, "slot": _slot}
