"""What a caller hears in the queue."""

from __future__ import annotations

from ledger.waits import Place
from scripts.spoken import say


def queue_words(place: Place) -> tuple[str, ...]:
    """The place in the queue, in Mandarin."""
    if place.ahead == 0:
        return ("下一位就是您，请稍等。",)
    return (f"您前面还有{say('count', place.ahead)}位，请稍等。",)
