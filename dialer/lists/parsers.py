"""The parsers that a kind of list may name, each from a cleaned cell to a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from dialer.lists.amounts import parse_days, parse_fee, parse_money, parse_years
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
    return " ".join(text.split())


def _yes_no(text: str) -> bool:
    answer = _YES_NO.get(plain(text).lower())
    if answer is None:
        raise Unfit("choice_invalid", "请填是或否")
    return answer


def _alone(parse: Callable[[str], Value]) -> Callable[[str, Others], Value]:
    return lambda text, others: parse(text)


def _certificate(text: str, others: Others) -> str:
    return parse_certificate(text, others.get("certificate_type", ""))


PARSERS: Mapping[str, Callable[[str, Others], Value]] = {
    "text": _alone(_text),
    "name": _alone(parse_name),
    "sex": _alone(parse_sex),
    "date": _alone(parse_date),
    "moment": _alone(parse_moment),
    "money": _alone(parse_money),
    "fee": _alone(parse_fee),
    "years": _alone(parse_years),
    "days": _alone(parse_days),
    "phone": _alone(parse_phones),
    "product": _alone(_text),
    "choice": _alone(header),
    "yes_no": _alone(_yes_no),
    "certificate": _certificate,
}
