"""Certificates of people: the check digit and birth date of identity cards, and the customer's key."""

from __future__ import annotations

import hmac
from datetime import date
from functools import lru_cache

from stdnum import numdb
from stdnum.cn import ric

from dialer.lists.findings import Unfit
from dialer.lists.words import plain

_CARDS = frozenset({"", "居民身份证", "身份证", "居民身份证明", "二代身份证", "居民身份证号"})
_LENGTH = 18
_KEY_LENGTH = 32


@lru_cache(maxsize=256)
def is_card(certificate_type: str) -> bool:
    """Whether the type means the resident identity card, the one certificate with a check digit here."""
    return plain(certificate_type).split("(")[0] in _CARDS


def parse_certificate(text: str, certificate_type: str) -> str:
    """The number in its normal form; an identity card needs the right check digit, a province, a birth date.

    The county is not checked here: cards carry the codes of the year of issue, not of the year of birth.
    """
    number = normal(text)
    if is_card(certificate_type):
        _check_card(number)
    return number


def normal(number: str) -> str:
    """A certificate number without blanks and dashes, in capitals."""
    return plain(number).replace(" ", "").replace("-", "").upper()


def birth_date(number: str) -> date:
    """The birth date that a checked identity card number carries."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_of(number: str) -> str:
    """The sex that a checked identity card number carries: an odd order number is male."""
    return "男" if int(number[16]) % 2 else "女"


def customer_key(secret: bytes, certificate_type: str, certificate_number: str, name: str, phone: str) -> str:
    """The same person has the same key in every list; the certificate number cannot be read out of it."""
    certificate = normal(certificate_number)
    card = "card" if is_card(certificate_type) else plain(certificate_type)
    subject = f"{card}:{certificate}" if certificate else f"person:{name}:{phone}"
    return hmac.digest(secret, subject.encode(), "sha256").hex()[:_KEY_LENGTH]


def _check_card(number: str) -> None:
    if len(number) != _LENGTH or not (number[:-1].isdigit() and number.isascii()):
        raise Unfit("id_checksum", "身份证号码应为18位，请核对后重新填写")
    if number[-1] != ric.calc_check_digit(number):
        raise Unfit("id_checksum", "身份证号码校验位不对，请核对后重新填写")
    try:
        birth_date(number)
    except ValueError:
        raise Unfit("id_checksum", "身份证号码里的出生日期不存在，请核对后重新填写") from None
    if not _regions(number[:2]):
        raise Unfit("id_region", "身份证号码的前两位不是任何省份，请核对后重新填写")


def region_known(number: str) -> bool:
    """Whether the region of a checked identity card number has ever been one."""
    return "county" in _regions(number[:6])


@lru_cache(maxsize=4096)
def _regions(digits: str) -> frozenset[str]:
    """What the register of regions calls these digits: a province, and a county or city of it."""
    return frozenset(key for _, names in numdb.get("cn/loc").info(digits) for key in names)
