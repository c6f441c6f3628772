"""Kinds of list as data, one TOML file each: columns, clock, key, script, and how facts are derived."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dialer.errors import KindError
from dialer.lists.findings import EMPTY
from dialer.lists.parsers import PARSERS
from dialer.lists.words import header

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Column:
    """One column: by which headers it is known, how its cells are read, which fact they give.

    `required`: the file must have the column. `empty`: the code of a row without a value; without it, such a
    row is accepted and lacks the fact.
    """

    name: str
    headers: tuple[str, ...]
    parser: str
    required: bool = False
    empty: str = ""
    fact: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: `amount` units, or read from the fact `by`, through `amounts` if there are any."""

    unit: str
    amount: int = 0
    by: str = ""
    amounts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clock:
    """When a contact may and must be called, counted from the column `starts`."""

    starts: str
    due_from: Span
    due_by: Span


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of list; `key` names the fact that identifies a row, `derive` how further facts follow."""

    name: str
    title: str
    key: str
    script: str
    profile: str
    derive: tuple[str, ...]
    clock: Clock
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """The column by its name."""
        return next((column for column in self.columns if column.name == name), None)


def kinds() -> tuple[str, ...]:
    """The names of the shipped kinds."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def load_kind(name: str) -> Kind:
    """A shipped kind by name."""
    if name not in kinds():
        raise KindError(f'kind "{name}" is unknown; choose one of: {", ".join(kinds())}')
    return read_kind(_FOLDER / f"{name}.toml")


def read_kind(path: Path) -> Kind:
    """A kind from a file; KindError names file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return _kind(path.stem, data)
    except KeyError as error:
        raise KindError(f"{path.name}: {error.args[0]}: is missing") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise KindError(f"{path.name}: {error}") from error


def _kind(name: str, data: Mapping[str, Any]) -> Kind:
    kind = Kind(
        name=name,
        title=data["title"],
        key=data["key"],
        script=data["script"],
        profile=data["profile"],
        derive=tuple(data["derive"]),
        clock=_clock(data["clock"]),
        columns=tuple(_column(column, table) for column, table in data["columns"].items()),
    )
    if kind.key not in {column.fact for column in kind.columns if column.empty}:
        raise ValueError(f'key: "{kind.key}" is no fact of a column that must not be empty')
    if kind.column(kind.clock.starts) is None:
        raise ValueError(f'clock.starts: "{kind.clock.starts}" is no column')
    return kind


def _column(name: str, table: Mapping[str, Any]) -> Column:
    if table["parser"] not in PARSERS:
        raise ValueError(f'column "{name}": parser "{table["parser"]}": choose one of {", ".join(PARSERS)}')
    if table.get("empty", next(iter(EMPTY))) not in EMPTY:
        raise ValueError(f'column "{name}": empty "{table["empty"]}": choose one of {", ".join(EMPTY)}')
    choices = {header(word): value for value, words in table.get("choices", {}).items() for word in words}
    plain = {key: value for key, value in table.items() if key not in ("headers", "choices")}
    return Column(
        name=name, headers=tuple(header(text) for text in table["headers"]), choices=choices, **plain
    )


def _clock(table: Mapping[str, Any]) -> Clock:
    return Clock(table["starts"], _span(table["due_from"]), _span(table["due_by"]))


def _span(table: Mapping[str, Any]) -> Span:
    unit = "days" if "days" in table else "minutes"
    amount = table[unit]
    if isinstance(amount, int):
        return Span(unit, amount)
    if isinstance(amount, str):
        return Span(unit, by=amount)
    return Span(unit, by=table["by"], amounts=amount)
