"""Phone numbers as people write them, as E.164 digits."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

from dialer.lists.findings import Unfit
from dialer.lists.words import plain

_MOBILE = re.compile(r"(?:(?:\+|00)?86[- ]?|0)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})")
_EXTENSION = re.compile(r"(.*\d\)?)\s*(?:转|分机|ext\.?|x|\*|#|-|,|p)+\s*(\d{1,6})", re.IGNORECASE)
_SEVERAL = re.compile(r"[/、,，;；|]|\s或\s?|或")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_AMONG_WORDS = re.compile(r"(?<!\d)1[3-9]\d(?:\d{8}|[- ]\d{4}[- ]\d{4})(?!\d)")
_LETTERS = re.compile(r"[^\d\s()+\-.]")
_PERSONAL = frozenset(
    {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
)
_REASON = "号码无法接通，请核对后改为手机号，或区号加座机号"


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be dialed; behind an extension a switchboard answers first."""

    number: int
    extension: str = ""


def parse_phones(text: str) -> tuple[Phone, ...]:
    """The numbers of a cell, in order; a clean mobile number does not pay the full phone parser."""
    text = _DASHES.sub("-", plain(text))
    if phone := _mobile(text) or _other(text):
        return (phone,)
    found = tuple(phone for part in _SEVERAL.split(text) if (phone := _mobile(part) or _other(part)))
    found = found or tuple(map(_written, _AMONG_WORDS.findall(text)))
    if not found:
        raise Unfit("phone_invalid", _REASON)
    return found


def as_dialed(number: int) -> str:
    """The digits that a customer sees and dials at home: 075588880000 for +86 755 8888 0000."""
    national = phonenumbers.format_number(
        phonenumbers.parse(f"+{number}"), phonenumbers.PhoneNumberFormat.NATIONAL
    )
    return "".join(filter(str.isdigit, national))


def _mobile(text: str) -> Phone | None:
    found = _MOBILE.fullmatch(text.strip())
    return Phone(int(f"86{found[1]}{found[2]}{found[3]}")) if found else None


def _written(number: str) -> Phone:
    return Phone(int("86" + re.sub(r"\D", "", number)))


def _other(text: str) -> Phone | None:
    if number := _valid(text):
        return Phone(number)
    found = _EXTENSION.fullmatch(text.strip())
    number = found and _valid(found[1])
    return Phone(number, found[2]) if found and number else None


def _valid(text: str) -> int | None:
    if _LETTERS.search(text):
        return None
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _PERSONAL:
        return None
    return int(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:])
