"""Days and moments as they stand in lists: written in many ways, or counted by a spreadsheet."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from dialer.calendar import LOCAL
from dialer.lists.findings import Unfit
from dialer.lists.words import plain

_TIME = r"(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})?(?:\.\d+)?秒?|分?)?)?"
_WRITTEN = re.compile(rf"(\d{{4}})(?:[-/.]| ?年 ?)(\d{{1,2}})(?:[-/.]| ?月 ?)(\d{{1,2}})(?: ?[日号])?{_TIME}")
_COMPACT = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}}){_TIME}")
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets count local days
_YEARS = range(1900, 2200)

_NO_DAY = "日期不存在或无法识别，请写成 2026-11-08 的形式"
_NO_TIME = "缺少时分，请写成 2026-11-08 08:54 的形式"


def parse_date(text: str) -> date:
    """The day of a written date, a serial number of a spreadsheet, or a date with a time."""
    return _read(text)[0].date()


def parse_moment(text: str) -> datetime:
    """A moment in UTC; a date without a time of day is not enough."""
    moment, timed = _read(text)
    if not timed:
        raise Unfit("date_invalid", _NO_TIME)
    return moment.replace(tzinfo=LOCAL).astimezone(UTC)


def _read(text: str) -> tuple[datetime, bool]:
    text = plain(text)
    if found := _SERIAL.fullmatch(text):
        return _SERIAL_ZERO + timedelta(days=int(found[1]), seconds=_seconds(found[2])), bool(found[2])
    found = _WRITTEN.fullmatch(text) or _COMPACT.fullmatch(text) or _STAMP.fullmatch(text)
    if found is None or int(found[1]) not in _YEARS:
        raise Unfit("date_invalid", _NO_DAY)
    try:
        return datetime(*(int(part or 0) for part in found.groups())), found[4] is not None  # type: ignore[arg-type]  # noqa: DTZ001 - local wall time
    except ValueError:
        raise Unfit("date_invalid", _NO_DAY) from None


def _seconds(fraction: str | None) -> int:
    return round(float(fraction or 0) * 86400)
