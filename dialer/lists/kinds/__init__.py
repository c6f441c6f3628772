"""Kinds of list as data, one TOML file each: columns, clock, key, script, and how facts are derived."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from dialer.errors import KindError
from dialer.lists.findings import EMPTY
from dialer.lists.kinds.model import COVERAGES, LINES, PERIODS, UNITS, Clock, Column, Kind, Scripts, Span
from dialer.lists.parsers import PARSERS
from dialer.lists.words import header

__all__ = [
    "COMMON",
    "Clock",
    "Column",
    "Kind",
    "Scripts",
    "Span",
    "kinds",
    "load_kind",
    "look_in",
    "read_kind",
]

_FOLDER = Path(__file__).parent
COMMON = ("born_on", "seller_phone", "phone_changed_on", "recipient", "recipient_phone", "recipient_address")
"""Columns that a list of any kind may have: the checks look at them."""
_CATALOGUE = _FOLDER.parent / "columns.toml"
_KEYS = (
    *("title", "key", "line", "script", "scripts", "profile", "coverage", "derive", "facts"),
    *("clock", "selection", "follow_on", "columns"),
)
_homes: list[Path] = []


def look_in(folder: Path) -> None:
    """Kinds are also looked for in this folder, the home's own; it must not repeat a shipped name."""
    _homes[:] = [folder]
    load_kind.cache_clear()


def kinds() -> tuple[str, ...]:
    """The names of all kinds: those shipped, and those of the home."""
    return tuple(sorted({path.stem for folder in (_FOLDER, *_homes) for path in folder.glob("*.toml")}))


@cache
def load_kind(name: str) -> Kind:
    """A kind by name."""
    files = [folder / f"{name}.toml" for folder in (_FOLDER, *_homes) if name in kinds()]
    found = [path for path in files if path.exists()]
    if not found:
        raise KindError(f'kind "{name}" is unknown; choose one of: {", ".join(kinds())}')
    if len(found) > 1:
        raise KindError(f"{found[-1]}: there is a shipped kind of this name; give the file another name")
    return read_kind(found[0])


def read_kind(path: Path) -> Kind:
    """A kind from a file; KindError names file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return _same(path, data["same_as"]) if "same_as" in data else _kind(path.stem, data)
    except KeyError as error:
        raise KindError(f"{path.name}: {error.args[0]}: is missing") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise KindError(f"{path.name}: {error}") from error


def _same(path: Path, name: str) -> Kind:
    """A shipped kind under a second name."""
    other = _FOLDER / f"{name}.toml"
    if path == other or not other.exists():
        raise ValueError(f'same_as "{name}": name another kind that is shipped')
    return replace(load_kind(name), name=path.stem)


def _kind(name: str, data: Mapping[str, Any]) -> Kind:
    kind = Kind(
        name=name,
        title=data["title"],
        key=data["key"],
        line=_one_of("line", data["line"], LINES),
        script=data["script"],
        profile=data["profile"],
        coverage=_one_of("coverage", data["coverage"], COVERAGES),
        derive=tuple(data["derive"]),
        clock=read_clock(data["clock"]),
        columns=tuple(_columns(data["columns"])),
        selection=data.get("selection", {}),
        follow_on=tuple(data.get("follow_on", ())),
        scripts=_scripts(data["scripts"]) if "scripts" in data else None,
        facts=data.get("facts", {}),
    )
    if unknown := data.keys() - _KEYS:
        raise ValueError(f"{min(unknown)}: is unknown; choose one of {', '.join(_KEYS)}")
    if kind.key not in {column.fact for column in kind.columns if column.empty and column.required}:
        raise ValueError(f'key: "{kind.key}" is no fact of a required column that must not be empty')
    if kind.clock.starts not in PERIODS and not _gives(kind, kind.clock.starts):
        raise ValueError(f'clock.starts: "{kind.clock.starts}" is no column that gives a fact')
    return kind


def _scripts(table: Mapping[str, str]) -> Scripts:
    return Scripts(table["by"], {value: script for value, script in table.items() if value != "by"})


def _gives(kind: Kind, name: str) -> bool:
    column = kind.column(name)
    return column is not None and column.fact == name


def _columns(tables: Mapping[str, Any]) -> Iterator[Column]:
    """The columns that the kind names, as in the catalogue but for what it says; then the common ones."""
    for name, table in {**tables, **{name: {} for name in COMMON if name not in tables}}.items():
        yield _column(name, {**_catalogue().get(name, {}), **table})


@cache
def _catalogue() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_CATALOGUE.read_text(encoding="utf-8"))


def _column(name: str, table: Mapping[str, Any]) -> Column:
    if absent := [key for key in ("headers", "parser") if key not in table]:
        raise ValueError(f'column "{name}": {absent[0]}: is missing; columns.toml has no such column')
    _one_of(f'column "{name}": parser', table["parser"], tuple(PARSERS))
    _one_of(f'column "{name}": empty', table.get("empty", ""), ("", *EMPTY))
    given = table.get("choices", {})
    choices = {header(word): value for value, words in given.items() for word in (*words, value)}
    plain = {key: value for key, value in table.items() if key not in ("headers", "choices")}
    return Column(
        name=name, headers=tuple(header(text) for text in table["headers"]), choices=choices, **plain
    )


def read_clock(table: Mapping[str, Any]) -> Clock:
    """A clock of a kind, or of what follows on it."""
    return Clock(
        starts=table["starts"],
        due_from=_span("due_from", table["due_from"]),
        due_by=_span("due_by", table["due_by"]),
        alarms=tuple(_alarm(alarm) for alarm in table.get("alarms", ())),
        rule=table.get("rule", ""),
    )


def _alarm(table: Mapping[str, Any]) -> Span:
    span = _span("alarms", table)
    if span.amount < 0 and span.unit not in ("minutes", "hours", "days"):
        raise ValueError("clock.alarms: before the deadline give minutes, hours or days")
    return span


def _span(key: str, table: Mapping[str, Any]) -> Span:
    if "date" in table:
        return Span("days", start=str(table["date"]))
    unit = next((unit for unit in UNITS if unit in table), "")
    if not unit:
        raise ValueError(f"clock.{key}: give one of {', '.join(UNITS)}, date")
    amount, start = table[unit], table.get("from", "")
    if isinstance(amount, str):
        return Span(unit, by=amount, start=start)
    if isinstance(amount, Mapping):
        return Span(unit, by=table["by"], amounts=amount, start=start)
    return Span(unit, amount, start=start)


def _one_of(key: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(f'{key} "{value}": choose one of {", ".join(filter(None, choices))}')
    return value
