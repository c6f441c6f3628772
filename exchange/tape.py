"""A recording: what was heard on the line from one moment on, mixed only when somebody fetches it."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange.clip import Clip
from exchange.timeline import Timeline

CUSTOMER, ROBOT = 0, 1
"""The two channels: Twilio puts the recorded leg's own party first, and what Twilio says second."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip on a channel from second `at` on, heard for `seconds`."""

    channel: int
    at: float
    clip: Clip
    seconds: float


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
    heard: list[Heard] = field(default_factory=list)

    def play(self, channel: int, moment: float, clip: Clip, seconds: float) -> None:
        """Keeps what was heard from this moment of the clock on."""
        if channel in self.tracks and seconds > 0 and clip.source != "silence":
            self.heard.append(Heard(channel, moment - self.started, clip, min(seconds, clip.seconds)))

    def stop(self, moment: float) -> None:
        """Ends the recording, and cuts the silence before and after the sound if it was asked to."""
        whole = max(0.0, moment - self.started)
        sounds = [heard for heard in self.heard if heard.at < whole]
        first = min((heard.at for heard in sounds), default=0.0) if self.trims else 0.0
        last = max((heard.at + heard.seconds for heard in sounds), default=whole) if self.trims else whole
        self.offset, self.duration = max(0.0, first), max(0.0, min(last, whole) - max(0.0, first))
        self.ended = self.updated = moment
        self.status = "completed"

    def timeline(self) -> Timeline:
        """The sounds of the recording, from its first second on."""
        timeline = Timeline()
        for heard in self.heard:
            timeline.play(heard.channel, heard.at - self.offset, heard.clip, heard.seconds)
        return timeline
