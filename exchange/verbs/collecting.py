"""What a `<Gather>` hears, worked out before it happens: keys, words or nothing, and when it ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.numerals import is_whole
from exchange.people.customer import Response

KEY_SECONDS = 0.2
"""One key after the other."""

_END_OF_SPEECH = 1.0
"""How long a pause ends the words under `speechTimeout="auto"`; Twilio does not say."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The attributes of a `<Gather>`, with Twilio's defaults."""

    keys: bool
    speech: bool
    timeout: float = 5.0
    speech_timeout: float | None = None
    digits: int | None = None
    finish: str = "#"
    barge_in: bool = True
    """Whether words stop the prompt; keys always do."""

    @property
    def pause(self) -> float:
        """Seconds of silence that end the words."""
        return self.timeout if self.speech_timeout is None else self.speech_timeout


@dataclass(frozen=True, slots=True)
class Collected:
    """Seconds count from the beginning of the prompt; `stops` is where the prompt is cut off."""

    ends: float
    stops: float
    begins: float | None = None
    digits: str = ""
    words: str = ""
    confidence: float = 0.9
    finished_on: str = ""
    hangs_up: bool = False


def speech_timeout(text: str | None) -> float | None:
    """The attribute `speechTimeout`: seconds, `auto`, or nothing."""
    if text is None or text == "":
        return None
    return _END_OF_SPEECH if text == "auto" or not is_whole(text) else float(text)


def collect(asked: Asked, prompt: float, response: Response, spoken: float) -> Collected:
    """What comes of this response to a prompt of `prompt` seconds; `spoken` is how long the words take."""
    early = response.interrupts is not None and (asked.barge_in or bool(response.keys and asked.keys))
    begins = prompt * (response.interrupts or 0.0) if early else prompt + response.after
    deadline = prompt + asked.timeout
    if response.hangs_up:
        ends = min(begins, deadline)
        return Collected(ends, min(prompt, ends), hangs_up=True)
    if not (response.keys or response.words) or begins > deadline:
        return Collected(deadline, prompt)
    stops = min(begins, prompt)
    if response.keys and asked.keys:
        return _keyed(asked, response.keys, begins, stops)
    if response.words and asked.speech:
        return Collected(begins + spoken + asked.pause, stops, begins, words=response.words)
    return Collected(deadline, prompt, begins)


def _keyed(asked: Asked, keys: str, begins: float, stops: float) -> Collected:
    digits, moment = "", begins
    for key in keys:
        if key in "wW":
            moment += 0.5 if key == "w" else 1.0
            continue
        if key in asked.finish:
            return Collected(moment, min(stops, moment), begins, digits, finished_on=key)
        digits += key
        moment += KEY_SECONDS
        if asked.digits is not None and len(digits) >= asked.digits:
            return Collected(moment, stops, begins, digits)
    return Collected(moment + asked.timeout, stops, begins, digits)
