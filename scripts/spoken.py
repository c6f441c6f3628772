"""Values as people say them in Mandarin: money, dates, times, counts, percents, digit strings, names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from cn2an import an2cn


class Say(StrEnum):
    """The ways a value can be read aloud."""

    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    MONTH_DAY = "month_day"
    TIME = "time"
    SLOT = "slot"
    COUNT = "count"
    PERCENT = "percent"
    DIGITS = "digits"
    NAME = "name"
    TITLE = "title"


class SpokenError(ValueError):
    """A value cannot be read aloud as its kind; the message names the kind and never the value."""


_NUMERALS = tuple(str(an2cn(str(number))) for number in range(100))
_CIPHERS = "零一二三四五六七八九"
# 幺 for 1, as on the telephone yi and qi sound alike; 叉 for the check digit X of an identity card.
_BY_DIGIT = str.maketrans("0123456789Xx", "零幺二三四五六七八九叉叉")
_BY_CIPHER = str.maketrans("0123456789", _CIPHERS)
_TITLES = {"男": "先生", "女": "女士", "先生": "先生", "女士": "女士"}
_PARTS_OF_DAY = ("凌晨",) * 6 + ("早上",) * 3 + ("上午",) * 3 + ("中午",) + ("下午",) * 5 + ("晚上",) * 6

# One trillion yuan and more is a mistake of the list, not a premium.
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,2}))?", re.ASCII)
_WHOLE = re.compile(r"(0|[1-9][0-9]{0,11})([\u4e00-\u9fff]{0,2})", re.ASCII)
_PERCENTAGE = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,8}))?%", re.ASCII)
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_WRITTEN_DATE = re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日", re.ASCII)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_DIGITS = re.compile(r"[0-9A-Za-z]+", re.ASCII)
_IN_TEXT = re.compile(r"([0-9]+)(?:\.([0-9]{1,4}))?([\u4e00-\u9fff%])?", re.ASCII)
_COUNTED = "元年天次份个位条种笔"
_LIANG = re.compile(r"二(?=[百千])|^二(?=[万亿])")


def say(kind: str, value: object) -> str:
    """Reads a value aloud; the same kind and value always give the same words."""
    # Anything else than the facts' own types is refused here, before it meets the cache.
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SpokenError(
            f"{kind}: a value of type {type(value).__name__} cannot be said; give text or a whole number"
        )
    return _said(kind, value)


@lru_cache(maxsize=8192, typed=True)
def _said(kind: str, value: str | int) -> str:
    reader = _READERS.get(kind)
    if reader is None:
        raise SpokenError(f"{kind}: no such way to say a value; choose one of {', '.join(_READERS)}")
    text = str(value).strip()
    # Full-width digits and signs are common in lists; names and texts keep their own punctuation.
    return reader(text if kind in _WORDS else unicodedata.normalize("NFKC", text))


def _refusal(kind: Say, wanted: str) -> SpokenError:
    return SpokenError(f"{kind}: the value is not {wanted}")


def _number(digits: str) -> str:
    """A whole number with 两 before 百 and 千 and, when it leads, before 万 and 亿."""
    return _LIANG.sub("两", str(an2cn(digits)))


def _measured(digits: str) -> str:
    """A whole number before a measure word: a lone 2 is 两."""
    return "两" if digits == "2" else _number(digits)


def _money(text: str) -> str:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise _refusal(Say.MONEY, 'an amount in yuan below one trillion; write it like "1234.50"')
    cents = f"{found[2] or '':0<2}"
    yuan = f"{_measured(found[1])}元" if found[1] != "0" else ""
    return yuan + _small_change(cents[0], cents[1], alone=not yuan) or "零元"


def _small_change(jiao: str, fen: str, *, alone: bool) -> str:
    """角 and 分: 两 only where the amount begins (两角, 两分), 二 after 元 or 角 (两元二角二分)."""
    if jiao == fen == "0":
        return ""
    if jiao == "0":
        return f"{_first(fen)}分" if alone else f"零{_CIPHERS[int(fen)]}分"
    tail = "" if fen == "0" else f"{_CIPHERS[int(fen)]}分"
    return f"{_first(jiao) if alone else _CIPHERS[int(jiao)]}角{tail}"


def _first(digit: str) -> str:
    return "两" if digit == "2" else _CIPHERS[int(digit)]


def _day(kind: Say, text: str) -> date:
    found = _ISO_DATE.fullmatch(text) or _WRITTEN_DATE.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise _refusal(kind, 'a day of the calendar; write it like "2026-02-28"')


def _date(text: str) -> str:
    day = _day(Say.DATE, text)
    return f"{day.year:04}年".translate(_BY_CIPHER) + f"{_NUMERALS[day.month]}月{_NUMERALS[day.day]}日"


def _month_day(text: str) -> str:
    return _month_and_day(_day(Say.MONTH_DAY, text))


def _month_and_day(day: date) -> str:
    return f"{_NUMERALS[day.month]}月{_NUMERALS[day.day]}号"


def _time(text: str) -> str:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise _refusal(Say.TIME, 'a time of day; write it like "09:30"')
    return _clock(int(found[1]), int(found[2]))


def _clock(hour: int, minute: int) -> str:
    spoken_hour = hour - 12 if hour > 12 else hour
    return f"{_PARTS_OF_DAY[hour]}{'两' if spoken_hour == 2 else _NUMERALS[spoken_hour]}点{_minutes(minute)}"


def _minutes(minute: int) -> str:
    if minute == 0:
        return ""
    if minute == 30:
        return "半"
    return f"{'零' if minute < 10 else ''}{_NUMERALS[minute]}分"


def _slot(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refusal(Say.SLOT, 'a moment; write it like "2026-11-24T09:30:00+08:00"') from None
    # UTC is how moments are stored; read aloud it would tell the customer a wrong hour.
    if not moment.utcoffset():
        raise _refusal(
            Say.SLOT, 'a moment in the zone of the customer; write it with its offset, like "+08:00"'
        )
    return _month_and_day(moment.date()) + _clock(moment.hour, moment.minute)


def _count(text: str) -> str:
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise _refusal(
            Say.COUNT,
            'a whole number from 0 on, with or without its measure word; write it like "20" or "10年"',
        )
    return _measured(found[1]) + found[2]


def _percent(text: str) -> str:
    found = _PERCENTAGE.fullmatch(text)
    if found is None:
        raise _refusal(
            Say.PERCENT,
            'a percentage with its sign; write it like "0.5%", as a bare number could mean two things',
        )
    if found[1] == "100" and not (found[2] or "").strip("0"):
        return "百分之百"
    decimals = (found[2] or "").rstrip("0").translate(_BY_CIPHER)
    return f"百分之{an2cn(found[1])}" + (f"点{decimals}" if decimals else "")


def _digits(text: str) -> str:
    joined = text.replace(" ", "").replace("-", "")
    if _DIGITS.fullmatch(joined) is None:
        raise _refusal(Say.DIGITS, "made of digits and letters only")
    return joined.upper().translate(_BY_DIGIT)


def _name(text: str) -> str:
    if not text or any(not (sign.isalpha() or sign in "·. -'") for sign in text):
        raise _refusal(Say.NAME, "a name; it may hold letters, spaces, · and - only")
    return text


def _title(text: str) -> str:
    if text not in _TITLES:
        raise _refusal(Say.TITLE, "a sex or title; write 男, 女, 先生 or 女士")
    return _TITLES[text]


def _text(text: str) -> str:
    if not text or not text.isprintable():
        raise _refusal(Say.TEXT, "one line of text")
    return _IN_TEXT.sub(_in_text, text)


def _in_text(found: re.Match[str]) -> str:
    """Digits among words: an amount before what it counts, a year or a code by its ciphers."""
    whole, decimals, unit = found[1], found[2], found[3]
    tail = f"点{decimals.translate(_BY_CIPHER)}" if decimals else ""
    if unit == "%":
        return f"百分之{_number(whole)}{tail}"
    if _is_code(whole, unit):
        return f"{whole.translate(_BY_CIPHER)}{tail}{unit or ''}"
    if whole == "2" and not tail and unit and unit in _COUNTED:
        return f"两{unit}"
    return f"{_number(whole)}{tail}{unit or ''}"


def _is_code(whole: str, unit: str | None) -> bool:
    if len(whole) == 4 and unit and unit in "年款版":
        return True
    return len(whole) > 12 or (whole[0] == "0" and whole != "0") or (not unit and len(whole) > 3)


_READERS: dict[str, Callable[[str], str]] = {
    Say.TEXT: _text,
    Say.MONEY: _money,
    Say.DATE: _date,
    Say.MONTH_DAY: _month_day,
    Say.TIME: _time,
    Say.SLOT: _slot,
    Say.COUNT: _count,
    Say.PERCENT: _percent,
    Say.DIGITS: _digits,
    Say.NAME: _name,
    Say.TITLE: _title,
}
_WORDS = frozenset({Say.TEXT, Say.NAME, Say.TITLE})
