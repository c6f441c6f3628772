"""A recording: what was heard on the line from one moment on, mixed only when somebody fetches it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exchange.sound.clip import RATE, Clip, Samples, read
from exchange.sound.loudness import heard_between
from exchange.sound.sounding import Sounding
from exchange.sound.timeline import Timeline

if TYPE_CHECKING:
    from exchange.speaking.transcripts import Transcription

CUSTOMER, ROBOT = 0, 1
"""The two channels: Twilio puts the recorded leg's own party first, and what Twilio says second."""

_TRACKS = {frozenset({CUSTOMER}): "inbound", frozenset({ROBOT}): "outbound"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Recorded without a pause: seconds of the clock, and where on the tape it begins."""

    begins: float
    at: float
    ends: float = math.inf

    def of(self, sounding: Sounding) -> tuple[float, float] | None:
        """From when to when a sound is heard in it, in seconds of the clock."""
        begins = max(self.begins, sounding.moment + sounding.begins)
        ends = min(self.ends, sounding.moment + sounding.ends)
        return (begins, ends) if begins < ends else None


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
    name: str = ""
    error: int | None = None
    silent: bool = False
    """Whether nobody was heard on it, keys not counted; known when it has ended."""
    skips: bool = False
    """Whether the pause is left out, and not recorded as silence."""
    heard: list[tuple[int, Sounding]] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    transcription: Transcription | None = None

    def __post_init__(self) -> None:
        self.stretches.append(Stretch(self.started, 0.0))

    @property
    def created(self) -> float:
        """When it was started."""
        return self.started

    @property
    def track(self) -> str:
        """What is on it: `inbound`, `outbound` or `both`."""
        return _TRACKS.get(self.tracks, "both")

    @property
    def is_live(self) -> bool:
        """Whether a microphone is on it."""
        return any(_is_live(sounding) for _, sounding in self.heard)

    def start(self, channel: int, sounding: Sounding) -> None:
        """Keeps a sound of the line."""
        if channel in self.tracks and sounding.clip.source != "silence":
            self.heard.append((channel, sounding))

    def pause(self, moment: float, *, skips: bool) -> None:
        """Records nothing from now on; the pause is left out later, or becomes silence."""
        if self.status == "in-progress":
            self._close(moment)
            self.status, self.updated, self.skips = "paused", moment, skips

    def resume(self, moment: float) -> None:
        """Goes on after a pause."""
        if self.status == "paused":
            self.stretches.append(Stretch(moment, self._length(moment)))
            self.status, self.updated = "in-progress", moment

    def stop(self, moment: float) -> None:
        """Ends the recording, and cuts the silence before and after the sound if it was asked to."""
        whole = self._length(moment)
        self._close(moment)
        first, last = self._trimmed(whole)
        self.offset, self.duration = first, max(0.0, last - first)
        self.ended = self.updated = moment
        self.status = "processing"

    def keep(self, reel: Callable[[Samples], Clip]) -> None:
        """Lets go of the live sound of a whole call: what is on the tape, and only that, goes on a reel."""
        self.heard = [(channel, piece) for channel, one in self.heard for piece in self._pieces(one, reel)]

    def timeline(self) -> Timeline:
        """The sounds of the recording, from its first second on."""
        timeline = Timeline()
        for channel, sounding in self.heard:
            for stretch in self.stretches:
                if (span := stretch.of(sounding)) is not None:
                    at = stretch.at + sounding.moment - stretch.begins - self.offset
                    begins, ends = (moment - sounding.moment for moment in span)
                    timeline.play(channel, at, sounding.clip, ends, skip=begins)
        return timeline

    def _trimmed(self, whole: float) -> tuple[float, float]:
        """Where the tape begins and ends; notes on the way whether anybody is heard."""
        found = [(one, span) for _, one in self.heard for span in self._spans(one)]
        self.silent = not any(self._is_said(one) for one, _ in found)
        if not found or not self.trims:
            return 0.0, whole
        return min(span[0] for _, span in found), max(span[1] for _, span in found)

    def _is_said(self, sounding: Sounding) -> bool:
        """Whether it is no key, and no end of something that began before."""
        began = sounding.moment >= self.started or _is_live(sounding)
        return began and sounding.clip.source != "dtmf"

    def _length(self, moment: float) -> float:
        """How much there is on the tape, the silence of the present pause included."""
        last = self.stretches[-1]
        ends = last.ends if self.status == "paused" and self.skips else moment
        return last.at + max(0.0, ends - last.begins)

    def _close(self, moment: float) -> None:
        last = self.stretches[-1]
        if math.isinf(last.ends):
            self.stretches[-1] = Stretch(last.begins, last.at, max(last.begins, moment))

    def _spans(self, sounding: Sounding) -> Iterator[tuple[float, float]]:
        """From when to when a sound is heard, in seconds of the tape."""
        for stretch in self.stretches:
            if (span := stretch.of(sounding)) is not None:
                begins, ends = span
                audible = heard_between(_cut(sounding, span)) if _is_live(sounding) else (0.0, ends - begins)
                if audible is not None:
                    at = stretch.at + begins - stretch.begins
                    yield at + audible[0], at + audible[1]

    def _pieces(self, sounding: Sounding, reel: Callable[[Samples], Clip]) -> Iterator[Sounding]:
        if not _is_live(sounding):
            yield sounding
            return
        for stretch in self.stretches:
            if (span := stretch.of(sounding)) is not None:
                yield Sounding(span[0], reel(_cut(sounding, span)))


def _is_live(sounding: Sounding) -> bool:
    """Whether it is a microphone, whose sound is as long as the call."""
    return sounding.clip.source == "live"


def _cut(sounding: Sounding, span: tuple[float, float]) -> Samples:
    return read(sounding.clip, *(round((moment - sounding.moment) * RATE) for moment in span))
