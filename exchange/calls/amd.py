"""Answering machine detection by the length of the greeting, as Twilio describes it.

https://www.twilio.com/docs/voice/answering-machine-detection
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.order import Detection


@dataclass(frozen=True, slots=True)
class Greeting:
    """What is heard first: seconds until it begins, how long it is, and what follows."""

    after: float
    seconds: float
    beep: bool = False
    fax: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who answered, and how many seconds after the answer that was known."""

    answered_by: str
    seconds: float


def judge(greeting: Greeting, order: Detection) -> Verdict:
    """Decides as the thresholds say; after the timeout nothing is known."""
    verdict = _verdict(greeting, order)
    return verdict if verdict.seconds <= order.timeout else Verdict("unknown", order.timeout)


def _verdict(greeting: Greeting, order: Detection) -> Verdict:
    if greeting.fax:
        return Verdict("fax", greeting.after + 1.0)
    if greeting.seconds <= 0 or greeting.after > order.silence:
        return Verdict("unknown", order.silence)
    ends = greeting.after + greeting.seconds
    if greeting.seconds < order.speech:
        return Verdict("human", ends + order.speech_end)
    if not order.waits_for_end:
        return Verdict("machine_start", greeting.after + order.speech)
    return (
        Verdict("machine_end_beep", ends)
        if greeting.beep
        else Verdict("machine_end_silence", ends + order.speech_end)
    )
