"""Moments as text: UTC, milliseconds, `Z`, so that text order is time order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

CHINA = timezone(timedelta(hours=8))
"""The one time of the mainland; certificates and attempts are counted by its days."""


def to_text(moment: datetime) -> str:
    """`2026-11-23T01:00:00.000Z`; a moment without a zone is refused."""
    if moment.tzinfo is not UTC:
        if moment.utcoffset() is None:
            raise ValueError(f"{moment.isoformat()}: a moment needs a time zone")
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def from_text(text: str) -> datetime:
    """The moment that `to_text` wrote."""
    return datetime.fromisoformat(text)


def maybe_text(moment: datetime | None) -> str | None:
    """`to_text`, or None."""
    return None if moment is None else to_text(moment)


def maybe_moment(text: str | None) -> datetime | None:
    """`from_text`, or None."""
    return None if text is None else from_text(text)


def timed(row: Sequence[Any], *positions: int) -> list[Any]:
    """A row of the database with the times at these positions read."""
    values = list(row)
    for position in positions:
        values[position] = maybe_moment(values[position])
    return values


def local_day(moment: datetime) -> str:
    """The day of a moment in China, as `YYYY-MM-DD`."""
    return moment.astimezone(CHINA).date().isoformat()


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole milliseconds from `start` to `end`."""
    span = end - start
    return (span.days * 86_400 + span.seconds) * 1000 + span.microseconds // 1000
