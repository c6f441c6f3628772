"""The table of problem cases (问题件) P01 … P30."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem code: its title, how grave it is, and the working days its owner has (0: the same day)."""

    code: str
    title: str
    severity: str
    days: int


def _read() -> Mapping[str, Problem]:
    rows = tomllib.loads((Path(__file__).parent / "problems.toml").read_text(encoding="utf-8"))
    return MappingProxyType({code: Problem(code, **row) for code, row in rows.items()})


PROBLEMS = _read()
"""Every problem code by name."""

STOPPING = frozenset({"P01", "P02", "P03", "P25"})
"""The problems after which nothing more is asked: wrong person, wrong number, never bought, deceased."""
