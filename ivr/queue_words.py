"""What a caller hears in the queue: the place, the wait where it can be told, and a way out."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from ledger.waits import Place
from scripts.load import library
from scripts.model import COMMON
from scripts.spoken import say

SPEAKER = "hotline"
"""The script whose common phrases are spoken; every script has the same."""
MINUTE = timedelta(minutes=1)


def queue_words(place: Place, wait: timedelta | None, *, keeps_place: bool) -> tuple[str, ...]:
    """The sentences of one round, in Mandarin; a wait that is not known is not guessed."""
    words = [_phrase("queue_place", say("count", place.ahead)) if place.ahead else _phrase("queue_next")]
    if wait is not None:
        words.append(_phrase("queue_minutes", say("count", f"{max(1, ceil(wait / MINUTE))}分钟")))
    if keeps_place:
        words.append(_phrase("queue_keep"))
    return tuple(words)


def _phrase(name: str, *values: str) -> str:
    return library()[SPEAKER].text(COMMON, name).spoken(values)
