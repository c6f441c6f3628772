"""What is said on a line, and which keys are pressed, written into the journal."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.journal import Journal
from exchange.sound.line import Event, Key, Line
from exchange.sound.sounding import Sounding
from exchange.sound.tape import CUSTOMER


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    journal: Journal
    call_sid: str

    def start(self, channel: int, sounding: Sounding) -> None:
        if sounding.words:
            kind = "says" if channel == CUSTOMER else "hears"
            self.journal.note(self.call_sid, kind, words=sounding.words)

    def happen(self, event: Event) -> None:  # words are heard as a sound, too
        if isinstance(event, Key):
            self.journal.note(self.call_sid, "presses", keys=event.key)


def overhear(journal: Journal, line: Line, call_sid: str) -> None:
    """Listens to the line of a call as long as it lives."""
    ear = _Ear(journal, call_sid)
    line.tap(ear)
    line.on_event = ear.happen
