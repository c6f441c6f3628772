"""Filters by time: `StartTime`, `StartTime<` and `StartTime>`, a day or a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from multidict import MultiMapping

from exchange.errors import RestError

Test = Callable[[float | None], bool]


def between(query: MultiMapping[str], name: str) -> Test:
    """Whether a moment fits the filters of this name: on a day, before it, or on it and after, in GMT."""
    tests: list[Callable[[float], bool]] = []
    if same := query.get(name):
        first, last = _span(name, same)
        tests.append(lambda moment: first <= moment < last)
    if before := query.get(f"{name}<"):
        latest = _span(name, before)[0]
        tests.append(lambda moment: moment <= latest)
    if after := query.get(f"{name}>"):
        earliest = _span(name, after)[0]
        tests.append(lambda moment: moment >= earliest)
    return lambda moment: not tests or (moment is not None and all(test(moment) for test in tests))


def _span(name: str, text: str) -> tuple[float, float]:
    try:
        moment = datetime.fromisoformat(text)
        # Twilio's libraries write a day as its midnight, also where they are given a mere date.
        length = timedelta(days=1) if moment.time() == time.min else timedelta(seconds=1)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp(), (moment + length).timestamp()
    except (ValueError, OverflowError) as error:
        raise RestError(400, 20001, f"{name} {text!r} is neither a date nor a time") from error
