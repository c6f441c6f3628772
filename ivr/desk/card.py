"""The card of a customer: who, why, what happened before; policy facts only after the identity check."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from dialer.calendar import LOCAL
from ledger.glance import Past
from ledger.times import maybe_text, to_text
from scripts.model import Script
from scripts.problems import PROBLEMS

Words = Mapping[str, str]
"""The texts of the desk in one language."""


@dataclass(frozen=True, slots=True)
class Label:
    """How a fact is shown; `public` ones do not wait for the identity check."""

    name: str
    words: Mapping[str, str]
    shown: str
    public: bool


@cache
def labels() -> tuple[Label, ...]:
    """The facts of labels.toml in their order."""
    rows = tomllib.loads((Path(__file__).parent / "labels.toml").read_text(encoding="utf-8"))
    return tuple(
        Label(name, {"zh": row["zh"], "en": row["en"]}, row.get("as", "text"), row.get("reveal") == "public")
        for name, row in rows.items()
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer; `identified` is None where the script checks no identity."""

    script: Script | None
    facts: str
    identified: bool | None
    due_by: datetime | None


def card(known: Known, past: Sequence[Past], words: Words, language: str, now: datetime) -> dict[str, Any]:
    """The card as the page gets it; the name is surname and title, whatever was checked."""
    facts = _facts(known.facts)
    script = known.script
    return {
        "name": f"{facts.get('surname') or ''}{facts.get('title') or ''}",
        "relation": script.person if script else "",
        "why": (_about(script.canonical) or script.title) if script else "",
        "identified": known.identified,
        "facts": list(_shown(facts, known.identified, language, now.astimezone(LOCAL).date())),
        "story": [[to_text(one.at), told(one, words)] for one in past],
        "due_by": maybe_text(known.due_by),
    }


@lru_cache(maxsize=64)
def _about(canonical: str) -> str:
    """The purpose of the call in the words of the script's file."""
    return str(json.loads(canonical)["files"][0].get("about", ""))


def told(past: Past, words: Words) -> str:
    """One line of what happened before."""
    match past.kind:
        case "talked":
            return words["past_talked"].format(what=_reason(past.word, words), length=_length(past.detail))
        case "missed":
            seconds = past.detail if isinstance(past.detail, int) else 0
            return words["past_missed"].format(what=_reason(past.word, words), seconds=max(seconds, 0))
        case "promise":
            what = words.get(f"promise_{past.word}", past.word)
            return words["past_promise"].format(what=what, when=_moment(past.detail)).rstrip()
        case _:
            title = PROBLEMS[past.word].title if past.word in PROBLEMS else ""
            return words["past_problem"].format(code=past.word, title=title)


def _reason(word: str, words: Words) -> str:
    return words.get(f"reason_{word}", word).rstrip("。.")


def _length(seconds: str | int | None) -> str:
    whole = seconds if isinstance(seconds, int) else 0
    return f"{whole // 60}:{whole % 60:02}"


@lru_cache(maxsize=1024)
def _facts(text: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(text)
    return found


def _shown(
    facts: Mapping[str, Any], identified: bool | None, language: str, today: date
) -> Iterator[list[str]]:
    for label in labels():
        value = facts.get(label.name)
        if value is not None and value != "" and (identified or label.public):
            yield [label.words[language], SHOWN[label.shown](str(value), language, today)]


def _text(value: str, language: str, today: date) -> str:
    return value


def _tail(value: str, language: str, today: date) -> str:
    return value[-4:]


def _money(value: str, language: str, today: date) -> str:
    try:
        amount = f"{Decimal(value):,.2f}"
    except InvalidOperation:
        return value
    return f"{amount} 元" if language == "zh" else f"¥ {amount}"


def _date(value: str, language: str, today: date) -> str:
    day = _day(value)
    if day is None:
        return value
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else day.isoformat()


def _days_left(value: str, language: str, today: date) -> str:
    """The last day, and how many are left with it: 0 is today."""
    day = _day(value)
    if day is None:
        return value
    left = (day - today).days
    if language == "zh":
        state = "已结束" if left < 0 else "今天截止" if left == 0 else f"还剩 {left} 天"
        return f"{day.month}月{day.day}日（{state}）"
    return f"{day.isoformat()} ({'over' if left < 0 else 'today' if left == 0 else f'{left} days left'})"


def _when(value: str, language: str, today: date) -> str:
    return _moment(value) or value


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _moment(value: str | int | None) -> str:
    """A moment as people in China read it, `11-24 10:00`; empty where it is none."""
    try:
        return datetime.fromisoformat(str(value)).astimezone(LOCAL).strftime("%m-%d %H:%M")
    except ValueError:
        return ""


SHOWN: Mapping[str, Callable[[str, str, date], str]] = {
    "text": _text,
    "tail": _tail,
    "money": _money,
    "date": _date,
    "days_left": _days_left,
    "moment": _when,
}
"""The ways `as` of labels.toml names."""
