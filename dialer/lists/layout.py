"""Where the columns of a kind stand in a table: by its header line, wherever that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from dialer.errors import ListError
from dialer.lists.kinds import Column, Kind
from dialer.lists.source import Record, Table
from dialer.lists.words import header

REASON = "拒绝原因"
"""The column that the file of refused rows has in addition; nobody reads it."""
FIRST_LINES = 20
"""Lines that are looked through for the header: titles may stand above it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The kind's columns that are in the table, and where; `unknown` headers are not read."""

    columns: tuple[Column, ...]
    positions: Mapping[str, int]
    headers: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[Column, ...]
    line: int

    def field(self, column: str) -> str:
        """The header of the column as in the file."""
        return self.headers[self.positions[column]].strip()


def find_layout(kind: Kind, mapping: Mapping[str, str], table: Table) -> Layout | None:
    """The first line that has every required column, else the one that lacks the fewest; None without lines.

    What stands above the header is read and left behind.
    """
    best: Layout | None = None
    for record in islice(table.records, FIRST_LINES):
        found = layout(kind, mapping, record)
        if not found.missing:
            return found
        if best is None or len(found.positions) > len(best.positions):
            best = found
    return best


def layout(kind: Kind, mapping: Mapping[str, str], record: Record) -> Layout:
    """Match a header line: by the saved mapping, then by the synonyms of the kind in their order."""
    found = [header(cell) for cell in record.cells]
    known = {mapping[text]: at for at, text in reversed(list(enumerate(found))) if text in mapping}
    known = {column.name: known[column.name] for column in kind.columns if column.name in known}
    for column in kind.columns:
        position = next((found.index(text) for text in column.headers if text in found), None)
        if column.name not in known and position is not None and position not in known.values():
            known[column.name] = position
    used = {*known.values(), *(at for at, text in enumerate(found) if text == REASON)}
    unknown = (cell.strip() for at, cell in enumerate(record.cells) if at not in used)
    return Layout(
        columns=tuple(column for column in kind.columns if column.name in known),
        positions=known,
        headers=record.cells,
        unknown=tuple(filter(None, unknown)),
        missing=tuple(column for column in kind.columns if column.required and column.name not in known),
        line=record.line,
    )


def no_header(name: str, tried: Iterable[tuple[str, Layout | None]]) -> ListError:
    """What is wrong with a file no table of which has the header: the columns that the best one lacks."""
    found = [(sheet, place) for sheet, place in tried if place is not None]
    if not found:
        return ListError(f"{name}: has no header line; export the list again", "no_header")
    sheet, place = max(found, key=lambda one: len(one[1].positions))
    wanted = ", ".join(f'"{column.headers[0]}"' for column in place.missing)
    where = f"sheet {sheet}: line {place.line}" if sheet else f"line {place.line}"
    return ListError(
        f"{name}: {where}: column {wanted} is missing; export it, rename its header, or map it "
        f"with --map HEADER={place.missing[0].name}",
        "columns_missing",
        columns="、".join(column.headers[0] for column in place.missing),
    )
