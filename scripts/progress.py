"""Where a talk is between two turns: small, stored as JSON, never holding facts."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields

from scripts.values import Outcome, Performer


@dataclass(frozen=True, slots=True)
class Progress:
    """The place in the script and what was settled.

    `part` is the text that awaits an answer, `back` the step that a global answer interrupted.
    """

    step: str
    part: str = "say"
    performer: Performer = Performer.ROBOT
    turns: int = 0
    silences: int = 0
    misses: int = 0
    repeats: int = 0
    slow: bool = False
    identified: bool = False
    blocked: bool = False
    back: str = ""
    pending: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    affirmed: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    outcome: Outcome | None = None
    reason: str = ""

    @property
    def ended(self) -> bool:
        """Whether the script is over."""
        return self.outcome is not None

    def to_json(self) -> str:
        """Only what differs from a fresh talk, in the order of the fields."""
        return _encode(
            {name: value for name in _NAMES if (value := getattr(self, name)) != _DEFAULTS.get(name)}
        )

    @classmethod
    def from_json(cls, text: str) -> Progress:
        """The progress that `to_json` wrote."""
        data = json.loads(text)
        for name in _TUPLES & data.keys():
            data[name] = tuple(data[name])
        if "performer" in data:
            data["performer"] = Performer(data["performer"])
        if "outcome" in data:
            data["outcome"] = Outcome(data["outcome"])
        return cls(**data)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_NAMES = tuple(field.name for field in fields(Progress))
_DEFAULTS = {field.name: field.default for field in fields(Progress) if field.name != "step"}
_TUPLES = {"pending", "told", "affirmed", "settled", "problems"}
