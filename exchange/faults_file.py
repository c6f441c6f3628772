"""Reading a faults file (TOML); every complaint names file, table and key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from exchange.chance import Chance
from exchange.errors import SettingError
from exchange.faults import DAMAGES, KINDS, Faults, RestFaults, WebhookFaults

_METHODS = ("GET", "POST", "DELETE")
_TABLES = (*KINDS, "submit", "rest")
_NEVER = {"turn": ("reorder",), "queue": ("reorder",), "submit": ("methods", "resources")}
"""Keys that would do nothing: a call waits for its document, and [submit] is one request only."""


def load(path: Path, seed: int) -> Faults:
    """The faults of a file; SettingError names file, table and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{path}: {error}") from error
    for name in data:
        if name not in _TABLES:
            raise SettingError(f"{path}: table [{name}] is unknown: use one of {', '.join(_TABLES)}")
    webhooks = {
        kind: WebhookFaults(**_table(path, data[kind], kind, WebhookFaults)) for kind in KINDS if kind in data
    }
    rest = {
        name: RestFaults(**_table(path, data[name], name, RestFaults))
        for name in ("submit", "rest")
        if name in data
    }
    return Faults(webhooks, rest.get("submit"), rest.get("rest"), Chance(seed))


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


def _table(path: Path, table: object, name: str, form: type) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise SettingError(f"{path}: {name} must be a table: write [{name}]")
    known = [key for key in form.__slots__ if key not in _NEVER.get(name, ())]  # type: ignore[attr-defined]
    for key in table:
        if key not in known:
            raise SettingError(f"{path}: [{name}] {key}: unknown key: use one of {', '.join(known)}")
    return {key: _value(f"{path}: [{name}] {key}", key, value) for key, value in table.items()}


def _value(where: str, key: str, value: object) -> object:
    if key == "seconds":
        return span(where, value)
    if key == "damage":
        return _words(where, value, DAMAGES)
    if key == "methods":
        return _words(where, value, _METHODS)
    if key == "resources":
        return _words(where, value, ())
    if key == "code":
        return _code(where, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingError(f"{where}: a number is wanted")
    if not 0 <= value <= 1:
        raise SettingError(f"{where}: {value} is no probability: give a number from 0 to 1")
    return value


def _words(where: str, value: object, known: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        example = known[0] if known else "Calls"
        raise SettingError(f'{where}: a list of words is wanted, as in ["{example}"]')
    for word in value:
        if known and word not in known:
            raise SettingError(f"{where}: {word!r} is unknown: use {', '.join(known)}")
    return tuple(value)


def _code(where: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingError(f"{where}: one of Twilio's error codes is wanted, as 20429")
    return value
