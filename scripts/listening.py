"""What each step listens for: keys, own words, intents, and the wait that goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from scripts import hearing, sealing
from scripts.model import Branch, Kind, Listening, Step
from scripts.parse import Part
from scripts.values import Wait

EVERYWHERE = {"8": "stop_calling", "9": "repeat", "0": "human"}
"""Keys that mean the same at every step."""

YES_NO = {"1": "yes", "2": "no", "3": "unsure"}
BUILT_IN = frozenset({"repeat", "slower", "cannot_hear"})
"""Intents that the engine answers itself."""

TIMEOUTS = {Kind.OPEN: 8, Kind.IDENTITY: 10, Kind.NUMBER: 10}
"""Seconds of patience where people look something up or think; five elsewhere."""

ID_DIGITS = 4
DIGITS = {Kind.IDENTITY: ID_DIGITS, Kind.NUMBER: None}
"""How many keys end an answer; None: any number, then #."""
MESSAGE_SECONDS = 120
"""The longest message that is recorded."""

WHOLE = "。"
"""How words end that mean their answer only as the whole reply."""

_KEYS = {
    Kind.CONFIRM: YES_NO,
    Kind.DISCLOSE: YES_NO,
    Kind.ASK: YES_NO,
    Kind.OPEN: {"1": "yes", "2": "none"},
}
_INTENTS: Mapping[Kind, frozenset[str]] = {
    Kind.CONFIRM: frozenset({"yes", "no", "unsure"}),
    Kind.DISCLOSE: frozenset({"yes", "no", "unsure"}),
    Kind.ASK: frozenset({"yes", "no", "unsure"}),
    Kind.OPEN: frozenset({"yes", "no", "none"}),
    Kind.IDENTITY: frozenset({"digits"}),
    Kind.NUMBER: frozenset({"digits"}),
}
_REPLIES = {Kind.OPEN: dict.fromkeys(("", *hearing.SOUNDS), "none")}
_HINTS = {
    Kind.CONFIRM: ("是", "不是", "有", "没有"),
    Kind.DISCLOSE: ("清楚", "不清楚"),
    Kind.ASK: ("是", "不是", "有", "没有"),
}


def listen(part: Part, hears: Mapping[str, Branch], words: Iterable[tuple[str, str]]) -> Step:
    """The step with what it listens for, its own words before everybody's."""
    step = part.step
    if not step.waits:
        return step
    own = step.hears or {}
    spoken = {name for _, name in (*part.words, *words)}
    replies = {hearing.folded(text): name for text, name in part.words if text.endswith(WHOLE)}
    intents = {name for name in (*own, *hears) if name not in spoken}
    return replace(
        step,
        listening=Listening(
            keys=MappingProxyType({**_KEYS.get(step.kind, {}), **part.keys, **EVERYWHERE}),
            replies=MappingProxyType({**_REPLIES.get(step.kind, {}), **replies}),
            words=(*(pair for pair in part.words if not pair[0].endswith(WHOLE)), *words),
            intents=_INTENTS.get(step.kind, frozenset(part.keys))
            | set(step.answers or ())
            | intents
            | BUILT_IN,
            wait=_wait(part),
        ),
    )


def _wait(part: Part) -> Wait:
    kind = part.step.kind
    if kind is Kind.MESSAGE:
        return Wait(record=MESSAGE_SECONDS)
    return Wait(
        sealing.DIGITS if part.step.sealed else DIGITS.get(kind, 1),
        TIMEOUTS.get(kind, 5),
        (*_HINTS.get(kind, ()), *(text.rstrip(WHOLE) for text, _ in part.words)),
    )
