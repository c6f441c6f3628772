"""Figures as they are read aloud in Mandarin; the voice model would read them wrong or drop them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from cn2an import an2cn

_CIPHERS = str.maketrans("0123456789", "零一二三四五六七八九")
_ON_THE_TELEPHONE = str.maketrans("0123456789", "零幺二三四五六七八九")  # 一 sounds like 七 there
_CURRENCIES = {"￥": "元", "¥": "元", "$": "美元", "€": "欧元", "£": "英镑"}
_UNITS = "元块角分万亿个人次天年月日号岁米里度平吨份笔项条件位名种辆张页倍成"
_SIGNS = str.maketrans(
    {"&": "和", "+": "加", "=": "等于", "℃": "度", "－": "-", "％": "%", "：": "：", "～": "到"}
)
_LIANG = re.compile(r"^二(?=[百千万亿])")

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"([￥¥$€£])\s?({_NUMBER})(万|亿)?元?"), lambda found: _amount(found)),
    (re.compile(rf"({_NUMBER})\s?元"), lambda found: _money(_plain(found[1]), "元")),
    (re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)"), lambda found: _day(found)),
    (re.compile(r"(?<!\d)(\d{4})(?=年)"), lambda found: found[1].translate(_CIPHERS)),
    (re.compile(r"(\d[:：]\d\d)\s?[-~～—]\s?(?=\d{1,2}[:：]\d\d)"), lambda found: f"{found[1]}到"),
    (re.compile(r"(?<![\d:])(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?(?![\d:])"), lambda found: _time(found)),
    (re.compile(rf"({_NUMBER})%"), lambda found: f"百分之{_quantity(_plain(found[1]))}"),
    (re.compile(r"(?<![\d.])(\d+)/(\d+)(?![\d/])"), lambda found: _fraction(found)),
    (re.compile(r"(?<=[A-Za-z])\d+|\d+(?=[A-Za-z])"), lambda found: _digits(found[0])),
    (re.compile(r"(?:\+\d{1,3}[- ])?\d{3,4}-\d{3,4}(?:-\d{3,4})?"), lambda found: _digits(found[0])),
    (re.compile(r"(?<=[号码])([是为：:\s]*)(\d+)"), lambda found: found[1] + _digits(found[2])),
    (re.compile(rf"(?<![\d.,])(?:\+?\d{{5,}}|0\d+)(?![\d.,{_UNITS}])"), lambda found: _digits(found[0])),
    (re.compile(r"(?<![\d.,第])2(?=[个位名份张次天年笔项条种辆倍块人元分小])"), lambda found: "两"),
    (re.compile(rf"({_NUMBER})\s?[-~～—]\s?(?=\d)"), lambda found: f"{_quantity(_plain(found[1]))}到"),
    (re.compile(rf"(?<![\w])-({_NUMBER})"), lambda found: f"负{_quantity(_plain(found[1]))}"),
    (re.compile(_NUMBER), lambda found: _quantity(_plain(found[0]))),
)
_UNSPEAKABLE = re.compile(r"[^\w\s，。、；：？！…—（）“”‘’,.;:?!'()-]|_")


def read_aloud(text: str) -> str:
    """The text with its amounts, dates, times, numbers and signs in Mandarin words; Latin letters stay."""
    text = "".join(str(unicodedata.decimal(letter, letter)) for letter in text)  # full-width digits, too
    for pattern, words in _RULES:
        text = pattern.sub(words, text)
    return _UNSPEAKABLE.sub(" ", text.translate(_SIGNS))


def _plain(number: str) -> str:
    return number.replace(",", "")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text).translate(_ON_THE_TELEPHONE)


def _quantity(number: str) -> str:
    whole, _, part = number.partition(".")
    if len(whole) > 15 or (len(whole) > 1 and whole.startswith("0")):
        return number.replace(".", "点").translate(_CIPHERS)
    words = _LIANG.sub("两", str(an2cn(whole)))
    return f"{words}点{part.translate(_CIPHERS)}" if part else words


def _amount(found: re.Match[str]) -> str:
    unit = _CURRENCIES[found[1]]
    number = _plain(found[2])
    return f"{_quantity(number)}{found[3]}{unit}" if found[3] else _money(number, unit)


def _money(number: str, unit: str) -> str:
    """Yuan, jiao and fen; other currencies and longer fractions are read as they are written."""
    whole, _, part = number.partition(".")
    if not part.strip("0"):
        return ("两" if whole == "2" else _quantity(whole)) + unit
    if unit != "元" or len(part) > 2:
        return _quantity(number.rstrip("0")) + unit
    jiao, fen = part[0], part[1:]
    words = _quantity(whole) + unit if whole.strip("0") else ""
    words += f"{jiao.translate(_CIPHERS)}角" if jiao != "0" else "零" if words else ""
    return words + (f"{fen.translate(_CIPHERS)}分" if fen.strip("0") else "")


def _day(found: re.Match[str]) -> str:
    return (
        f"{found[1].translate(_CIPHERS)}年{_quantity(str(int(found[3])))}月{_quantity(str(int(found[4])))}日"
    )


def _time(found: re.Match[str]) -> str:
    hour, minute = int(found[1]), int(found[2])
    if hour > 24 or minute > 59:
        return _digits(found[1]) + "比" + _digits(found[2])
    hours = "两点" if hour == 2 else f"{_quantity(str(hour))}点"
    if minute == 0:
        return hours
    return f"{hours}{'零' if minute < 10 else ''}{_quantity(str(minute))}分"


def _fraction(found: re.Match[str]) -> str:
    return f"{_quantity(found[2])}分之{_quantity(found[1])}"
