"""A recording: what was heard on the line from one moment on, mixed only when somebody fetches it."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange.sounding import Sounding
from exchange.timeline import Timeline

CUSTOMER, ROBOT = 0, 1
"""The two channels: Twilio puts the recorded leg's own party first, and what Twilio says second."""


@dataclass(slots=True, eq=False)
class Tape:
    """A running or finished recording; times are seconds of the exchange's clock."""

    sid: str
    call_sid: str
    started: float
    source: str
    channels: int
    trims: bool
    tracks: frozenset[int] = frozenset({CUSTOMER, ROBOT})
    status: str = "in-progress"
    ended: float | None = None
    updated: float = 0.0
    offset: float = 0.0
    duration: float = 0.0
    conference_sid: str | None = None
    heard: list[tuple[int, Sounding]] = field(default_factory=list)

    def start(self, channel: int, sounding: Sounding) -> None:
        """Keeps a sound of the line."""
        if channel in self.tracks and sounding.clip.source != "silence":
            self.heard.append((channel, sounding))

    def stop(self, moment: float) -> None:
        """Ends the recording, and cuts the silence before and after the sound if it was asked to."""
        whole = max(0.0, moment - self.started)
        spans = [(max(0.0, first), min(last, whole)) for first, last in map(self._span, self.heard)]
        spans = [(first, last) for first, last in spans if first < last]
        first = min((first for first, _ in spans), default=0.0) if self.trims else 0.0
        last = max((last for _, last in spans), default=whole) if self.trims else whole
        self.offset, self.duration = first, max(0.0, last - first)
        self.ended = self.updated = moment
        self.status = "completed"

    def _span(self, heard: tuple[int, Sounding]) -> tuple[float, float]:
        sounding = heard[1]
        began = sounding.moment - self.started
        return began + sounding.begins, began + sounding.ends

    def timeline(self) -> Timeline:
        """The sounds of the recording, from its first second on."""
        timeline = Timeline()
        for channel, sounding in self.heard:
            at = sounding.moment - self.started - self.offset
            timeline.play(channel, at, sounding.clip, sounding.ends, skip=sounding.begins)
        return timeline
