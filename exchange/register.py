"""Every call and recording the exchange knows; old ones are forgotten, so that it can run for days."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.calls.call import Call
from exchange.sound.tape import Tape

CALLS_KEPT = 100_000
TAPES_KEPT = 10_000
"""A finished call is small; what was heard on one of 25 turns takes about twenty kilobytes."""


class Register:
    """Calls and recordings by SID."""

    def __init__(self, calls_kept: int = CALLS_KEPT, tapes_kept: int = TAPES_KEPT) -> None:
        self._calls: dict[str, Call] = {}
        self._tapes: dict[str, Tape] = {}
        self._attempts: dict[str, int] = {}
        self._calls_kept, self._tapes_kept = calls_kept, tapes_kept

    def add_call(self, call: Call) -> None:
        """Keeps a call, and forgets the oldest finished one when there are too many."""
        self._calls[call.sid] = call
        if len(self._calls) > self._calls_kept:
            oldest = next((sid for sid, kept in self._calls.items() if kept.over), None)
            if oldest is not None:
                del self._calls[oldest]

    def add_tape(self, tape: Tape) -> None:
        """Keeps a recording, and forgets the oldest finished one when there are too many."""
        self._tapes[tape.sid] = tape
        if len(self._tapes) > self._tapes_kept:
            self.forget_a_tape()

    def forget_a_tape(self) -> bool:
        """Forgets the oldest finished recording; whether there was one."""
        oldest = next((sid for sid, kept in self._tapes.items() if kept.ended is not None), None)
        if oldest is not None:
            del self._tapes[oldest]
        return oldest is not None

    def call(self, sid: str) -> Call | None:
        """The call of this SID."""
        return self._calls.get(sid)

    def tape(self, sid: str) -> Tape | None:
        """The recording of this SID."""
        return self._tapes.get(sid)

    def remove_call(self, sid: str) -> None:
        """Forgets a call."""
        del self._calls[sid]

    def remove_tape(self, sid: str) -> None:
        """Forgets a recording and its sounds."""
        del self._tapes[sid]

    def calls(self) -> Iterator[Call]:
        """The calls, newest first."""
        return reversed(self._calls.values())

    def tapes(self) -> Iterator[Tape]:
        """The recordings, newest first."""
        return reversed(self._tapes.values())

    def next_attempt(self, number: str) -> int:
        """How often this number was dialled before; counts this one."""
        attempt = self._attempts.get(number, 0)
        self._attempts[number] = attempt + 1
        return attempt
