"""Misfortune on purpose: webhooks lost, doubled, late, out of order; submissions refused, late or cut off."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchange.errors import SettingError

KINDS = ("turn", "status", "recording", "amd", "conference")
"""The webhooks a faults file may name."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What happens to one webhook: how often and how late it is sent, whether one overtakes it."""

    copies: int = 1
    delay: float = 0.0
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """What happens to one request to place a call."""

    refusal: int | None = None
    delay: float = 0.0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class WebhookFaults:
    """Probabilities for one kind of webhook."""

    lose: float = 0.0
    double: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    seconds: tuple[float, float] = (1.0, 30.0)


@dataclass(frozen=True, slots=True)
class SubmitFaults:
    """Probabilities for requests that place a call."""

    refuse: float = 0.0
    code: int = 20429
    late: float = 0.0
    drop: float = 0.0
    seconds: tuple[float, float] = (1.0, 10.0)


@dataclass(slots=True)
class Faults:
    """The faults of one run; the same seed and the same order of events give the same faults."""

    webhooks: dict[str, WebhookFaults] = field(default_factory=dict)
    submit: SubmitFaults = SubmitFaults()
    dice: random.Random = field(default_factory=random.Random)

    def delivery(self, kind: str) -> Delivery:
        """Throws the dice for one webhook."""
        faults = self.webhooks.get(kind)
        if faults is None:
            return Delivery()
        if self._happens(faults.lose):
            return Delivery(copies=0)
        copies = 2 if self._happens(faults.double) else 1
        delay = self.dice.uniform(*faults.seconds) if self._happens(faults.delay) else 0.0
        return Delivery(copies, delay, self._happens(faults.reorder))

    def submission(self) -> Submission:
        """Throws the dice for one request to place a call."""
        faults = self.submit
        if self._happens(faults.refuse):
            return Submission(refusal=faults.code)
        delay = self.dice.uniform(*faults.seconds) if self._happens(faults.late) else 0.0
        return Submission(None, delay, self._happens(faults.drop))

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self.dice.random() < probability


def load(path: Path, seed: int) -> Faults:
    """Reads a faults file; SettingError names file, table and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{path}: {error}") from error
    for name in data:
        if name not in (*KINDS, "submit"):
            raise SettingError(f"{path}: table [{name}] is unknown: use one of {', '.join(KINDS)}, submit")
    webhooks = {
        kind: WebhookFaults(**_table(path, data, kind, WebhookFaults)) for kind in KINDS if kind in data
    }
    submit = SubmitFaults(**_table(path, data, "submit", SubmitFaults))
    return Faults(webhooks, submit, random.Random(f"faults:{seed}"))


def _table(path: Path, data: dict[str, Any], name: str, form: type) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise SettingError(f"{path}: {name} must be a table: write [{name}]")
    return {key: _value(path, name, key, value, form) for key, value in table.items()}


def _value(path: Path, table: str, key: str, value: object, form: type) -> object:
    where = f"{path}: [{table}] {key}"
    if key not in form.__slots__:  # type: ignore[attr-defined]
        raise SettingError(f"{where}: unknown key: use one of {', '.join(form.__slots__)}")  # type: ignore[attr-defined]
    if key == "seconds":
        return span(where, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingError(f"{where}: a number is wanted")
    if key != "code" and not 0 <= value <= 1:
        raise SettingError(f"{where}: {value} is no probability: give a number from 0 to 1")
    return value


def span(where: str, value: Any) -> tuple[float, float]:
    """A number of seconds, or a list of the least and the most."""
    pair: list[Any] = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or any(
        isinstance(one, bool) or not isinstance(one, int | float) or one < 0 for one in pair
    ):
        raise SettingError(f"{where}: give seconds, or a list of the least and the most, as in [1, 3]")
    least, most = float(pair[0]), float(pair[1])
    if least > most:
        raise SettingError(f"{where}: the least is above the most: turn them round")
    return least, most
