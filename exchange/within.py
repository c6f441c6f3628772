"""A performance inside a verb: a whisper before parties are connected, or what somebody hears who waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Within:
    """Which verbs may be used there, the error for any other, and what each request of it adds."""

    place: str
    verbs: frozenset[str]
    code: int
    params: Callable[[], list[tuple[str, str]]] = list
    strict: bool = False
    """What cannot be had ends the performance with its error, without fallback and apology."""
    kind: str = "turn"
    """What the faults file and the trace call its requests."""
