"""Amounts, fees, years and days as they stand in lists."""

from __future__ import annotations

import re
from decimal import Decimal

from dialer.lists.findings import Unfit
from dialer.lists.words import plain

_MONEY = re.compile(
    r"[¥￥]?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(万)?(?:元整?|圆整?|人民币|rmb|cny)?", re.IGNORECASE
)
_CURRENCY = re.compile(r"^(?:人民币|rmb|cny)\s*", re.IGNORECASE)
_FEE = re.compile(r"(.+?)(?:/|每)(月|年|季)|每(月|年|季)(.+)")
_YEARS = re.compile(r"(\d{1,2})\s*(?:年交?|年期)?")
_DAYS = re.compile(r"(\d{1,3})\s*(?:天|日)?")
_COUNT = re.compile(r"(\d{1,4})\s*(?:小时|个|件|次|天|日)?")
_CENT = Decimal("0.01")
_MOST = Decimal(10) ** 12

_NO_MONEY = "金额无法识别，请写成 1297.00 的形式"


def parse_money(text: str) -> Decimal:
    """An amount in yuan with two decimals: `1,297.00`, `¥1,297.00`, `1297元`, `12.5万`."""
    found = _MONEY.fullmatch(_CURRENCY.sub("", plain(text)))
    if found is None:
        raise Unfit("money_invalid", _NO_MONEY)
    amount = Decimal(found[1].replace(",", "") + (found[2] or "")) * (10_000 if found[3] else 1)
    if amount >= _MOST or amount != amount.quantize(_CENT):
        raise Unfit("money_invalid", _NO_MONEY)
    return amount.quantize(_CENT)


def parse_fee(text: str) -> str:
    """A fee in words that can be read aloud: `8元/月` becomes `每月8元`; a bare amount keeps its 元."""
    found = _FEE.fullmatch(plain(text))
    if found is None:
        return f"{_short(parse_money(text))}元"
    return f"每{found[2] or found[3]}{_short(parse_money(found[1] or found[4]))}元"


def parse_years(text: str) -> int:
    """A number of years to pay: `10`, `10年`, `10年交`."""
    return _whole(_YEARS, text, "交费期间无法识别，请写成 10年 的形式；交至某个年龄的，请换算成年数")


def parse_days(text: str) -> int:
    """A number of days: `15`, `15天`."""
    return _whole(_DAYS, text, "天数无法识别，请写成 15 的形式")


def parse_count(text: str) -> int:
    """A number of things: `48`, `48小时`."""
    return _whole(_COUNT, text, "数量无法识别，请写成 48 的形式")


def parse_tail(text: str) -> str:
    """The last four digits of an account or a card; more is not kept of it: `尾号6621`, a whole number."""
    digits = re.sub(r"[\s-]", "", plain(text)).removeprefix("尾号")
    if not (digits.isascii() and digits.isdigit() and len(digits) >= 4):
        raise Unfit("number_invalid", "账号无法识别，请填完整账号，或末四位数字")
    return digits[-4:]


def parse_digits(text: str) -> str:
    """A number to be read out and dialed by the customer: `95511`, `0755-8899 1234`."""
    digits = re.sub(r"[\s()-]", "", plain(text)).removeprefix("+86")
    if not (digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 12):
        raise Unfit("phone_invalid", "电话号码无法识别，请写成 13800001234 或 0755-88991234 的形式")
    return digits


def _whole(pattern: re.Pattern[str], text: str, reason: str) -> int:
    found = pattern.fullmatch(plain(text).removesuffix(".0"))
    if found is None or int(found[1]) == 0:
        raise Unfit("number_invalid", reason)
    return int(found[1])


def _short(amount: Decimal) -> str:
    return f"{amount:f}".removesuffix(".00")
