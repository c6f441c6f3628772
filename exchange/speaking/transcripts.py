"""What was said on a recording, as text. https://www.twilio.com/docs/voice/api/recording-transcription"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from exchange.sound.sounding import Sounding
from exchange.sound.tape import Tape
from exchange.speaking.ears import Ears

_MICROPHONES = ("live", "kept")  # while the call lasts, and when its recording is finished


@dataclass(slots=True, eq=False)
class Transcription:
    """The text of a recording; times are seconds of the exchange's clock."""

    sid: str
    recording_sid: str
    created: float
    updated: float
    status: str = "in-progress"
    text: str = ""
    duration: float = 0.0


async def transcribe(tape: Tape, ears: Ears | None) -> str:
    """The words on a finished recording: recognised in live sound, else those that are known."""
    known = "".join(_words(sounding) for _, sounding in tape.heard)
    if ears is None or not any(sounding.clip.source in _MICROPHONES for _, sounding in tape.heard):
        return known
    samples = await asyncio.to_thread(tape.timeline().mixed, tape.duration)
    return (await ears.recognise(samples, language="")).words or known


def _words(sounding: Sounding) -> str:
    """The words of a sound; of one that was cut, as much of them as was heard of it."""
    share = (sounding.ends - sounding.begins) / sounding.clip.seconds if sounding.clip.seconds else 0.0
    return sounding.words if share >= 1 else sounding.words[: round(len(sounding.words) * share)]
