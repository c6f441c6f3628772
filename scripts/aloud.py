"""A value read aloud where a talk must go on whatever the facts hold."""

from __future__ import annotations

from scripts import spoken


def aloud(kind: str, value: str | int | bool | None) -> str:
    """The spoken value; empty for what is missing or cannot be said, as `missing` reports before a call."""
    if value is None:
        return ""
    try:
        return spoken.say(kind, value)
    except spoken.SpokenError:
        return ""
