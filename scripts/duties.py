"""Which clock a script's calls run by, whom they must reach, how long their records are kept."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Clock:
    """When a call is due (regulation A+1): what starts the clock, how far it runs, whom it must reach.

    `due` is a number of `unit`s, several of them, or the name of the date that is the end.
    """

    name: str
    title: str
    starts: str
    due: int | str | tuple[int, ...]
    unit: str
    coverage: str
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """How many years records are kept at least, from what on (regulation A+3)."""

    name: str
    title: str
    years: int
    anchor: str
    basis: tuple[str, ...]


def _rows(file: str) -> Mapping[str, Mapping[str, Any]]:
    rows = tomllib.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return {name: {key: _frozen(value) for key, value in row.items()} for name, row in rows.items()}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


CLOCKS: Mapping[str, Clock] = MappingProxyType(
    {name: Clock(name, **row) for name, row in _rows("clocks.toml").items()}
)
"""Every clock by name."""

RETENTION: Mapping[str, Retention] = MappingProxyType(
    {name: Retention(name, **row) for name, row in _rows("retention.toml").items()}
)
"""Every retention class by name."""
