"""The parsers that a kind of list may name, each from a cleaned cell to a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from dialer.lists.amounts import (
    parse_count,
    parse_days,
    parse_digits,
    parse_fee,
    parse_money,
    parse_tail,
    parse_years,
)
from dialer.lists.certificates import parse_certificate
from dialer.lists.dates import parse_date, parse_moment
from dialer.lists.findings import Unfit
from dialer.lists.names import parse_name, parse_sex
from dialer.lists.phones import Phone, parse_phones
from dialer.lists.words import header, plain

Value = str | int | bool | Decimal | date | datetime | tuple[Phone, ...]
Others = Mapping[str, str]
"""The cleaned cells of the same row, by column name."""

_YES_NO = {"是": True, "y": True, "yes": True, "1": True, "true": True, "有": True} | {
    "否": False, "n": False, "no": False, "0": False, "false": False, "无": False
}  # fmt: skip


def _text(text: str) -> str:
    return text if text.isalnum() else " ".join(text.split())


def _yes_no(text: str) -> bool:
    answer = _YES_NO.get(plain(text).lower())
    if answer is None:
        raise Unfit("choice_invalid", "请填是或否")
    return answer


def _alone(parse: Callable[[str], Value]) -> Callable[[str, Others], Value]:
    return lambda text, others: parse(text)


def _often(parse: Callable[[str], Value]) -> Callable[[str, Others], Value]:
    """For cells with few different texts, like dates and choices."""
    return _alone(lru_cache(maxsize=4096)(parse))


def _certificate(text: str, others: Others) -> str:
    return parse_certificate(text, others.get("certificate_type", ""))


PARSERS: Mapping[str, Callable[[str, Others], Value]] = {
    "text": _alone(_text),
    "name": _alone(parse_name),
    "sex": _often(parse_sex),
    "date": _often(parse_date),
    "moment": _alone(parse_moment),
    "money": _alone(parse_money),
    "fee": _often(parse_fee),
    "years": _often(parse_years),
    "days": _often(parse_days),
    "count": _often(parse_count),
    "tail": _alone(parse_tail),
    "digits": _often(parse_digits),
    "phone": _alone(parse_phones),
    "product": _often(_text),
    "choice": _often(header),
    "yes_no": _often(_yes_no),
    "certificate": _certificate,
}
