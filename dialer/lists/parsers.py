"""The parsers that a kind of list may name, each from a cleaned cell to a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

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

_SPOILT = re.compile(r"\d(?:\.\d+)?E\+\d+|#[A-Z/]+[!?]?|#+", re.IGNORECASE)
_DECIMAL = re.compile(r"(\d+)\.0+")
_YES_NO = {"是": True, "y": True, "yes": True, "1": True, "true": True, "有": True} | {
    "否": False, "n": False, "no": False, "0": False, "false": False, "无": False
}  # fmt: skip


def _text(text: str) -> str:
    return text if text.isalnum() else " ".join(text.split())


def _number(text: str) -> str:
    """A policy or claim number; what a spreadsheet made of a long one is none."""
    if text.isalnum():
        return text
    if _SPOILT.fullmatch(plain(text)):
        raise Unfit("policy_no_invalid", "号码被表格软件改坏了，请把这一列设为文本格式后重新导出")
    return _text(_DECIMAL.sub(r"\1", text))


def _yes_no(text: str) -> bool:
    answer = _YES_NO.get(plain(text).lower())
    if answer is None:
        raise Unfit("choice_invalid", "请填是或否")
    return answer


def _alone(parse: Callable[[str], Value]) -> Callable[[str, Others], Value]:
    return lambda text, others: parse(text)


def _certificate(text: str, others: Others) -> str:
    return parse_certificate(text, others.get("certificate_type", ""))


SIMPLE: Mapping[str, Callable[[str], Value]] = {
    "text": _text,
    "number": _number,
    "name": parse_name,
    "sex": parse_sex,
    "date": parse_date,
    "moment": parse_moment,
    "money": parse_money,
    "fee": parse_fee,
    "years": parse_years,
    "days": parse_days,
    "count": parse_count,
    "tail": parse_tail,
    "digits": parse_digits,
    "phone": parse_phones,
    "product": _text,
    "choice": header,
    "yes_no": _yes_no,
}
"""The parsers that look at nothing but their cell: the same cell is read once and remembered."""

PARSERS: Mapping[str, Callable[[str, Others], Value]] = {
    **{name: _alone(parse) for name, parse in SIMPLE.items()},
    "certificate": _certificate,
}
