"""Spans as people type them: `365d`, `36h`, `90min`."""

from __future__ import annotations

import re
from datetime import timedelta

SPAN = re.compile(r"([1-9]\d{0,4})\s*(d|h|min)")
UNITS = {"d": "days", "h": "hours", "min": "minutes"}


def span(text: str) -> timedelta:
    """The span of a text; ValueError says how to write it."""
    found = SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no span of time; write it like 365d, 36h or 90min")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
