"""One row: its cells by column, read into values, or the first reason why it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dialer.errors import ListError
from dialer.lists.findings import EMPTY, Finding, Unfit
from dialer.lists.kinds import Column, Kind
from dialer.lists.parsers import PARSERS, Value
from dialer.lists.phones import Phone
from dialer.lists.source import Record
from dialer.lists.words import clean, header

PHONES = ("phone", "spare_phone")
"""The columns that hold numbers of the contact, best first; one good number is enough."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The kind's columns that are in the file, and where; `unknown` headers are not read."""

    columns: tuple[Column, ...]
    positions: Mapping[str, int]
    headers: tuple[str, ...]
    unknown: tuple[str, ...]

    def field(self, column: str) -> str:
        """The header of the column as in the file."""
        return self.headers[self.positions[column]].strip()


@dataclass(frozen=True, slots=True)
class Row:
    """An accepted row: values by column, its numbers, and remarks that do not refuse it."""

    line: int
    values: Mapping[str, Value]
    phones: tuple[Phone, ...]
    remarks: tuple[Finding, ...] = ()

    def text(self, column: str) -> str:
        """The value as text; empty when there is none."""
        value = self.values.get(column, "")
        return value if isinstance(value, str) else ""

    def number(self, column: str) -> int | None:
        """The value as a whole number."""
        value = self.values.get(column)
        return value if isinstance(value, int) else None

    def money(self, column: str) -> Decimal | None:
        """The value as an amount."""
        value = self.values.get(column)
        return value if isinstance(value, Decimal) else None

    def day(self, column: str) -> date | None:
        """The value as a day or a moment."""
        value = self.values.get(column)
        return value if isinstance(value, date) else None


def layout(kind: Kind, name: str, record: Record) -> Layout:
    """Match the header of the file; ListError names the file and every column that is missing."""
    known: dict[str, int] = {}
    used: set[int] = set()
    found = [header(cell) for cell in record.cells]
    for column in kind.columns:
        position = next((found.index(text) for text in column.headers if text in found), None)
        if position is not None and position not in used:
            known[column.name] = position
            used.add(position)
    missing = [column for column in kind.columns if column.required and column.name not in known]
    if missing:
        wanted = ", ".join(f'"{column.headers[0]}"' for column in missing)
        raise ListError(
            f"{name}: line {record.line}: column {wanted} is missing; export it or rename its header"
        )
    unknown = (cell.strip() for place, cell in enumerate(record.cells) if place not in used)
    columns = tuple(column for column in kind.columns if column.name in known)
    return Layout(columns, known, record.cells, tuple(filter(None, unknown)))


def read_row(kind: Kind, place: Layout, record: Record) -> Row | Finding:
    """The row with its values, or the first objection in the order of the kind's columns."""
    if any(cell.strip() for cell in record.cells[len(place.headers) :]):
        return Finding(
            record.line, "", "这一行的列数多于表头，多半是单元格里有逗号，请加引号", "columns_shifted"
        )
    cells = {name: clean(cell) for name, cell in _cells(place, record)}
    values: dict[str, Value] = {}
    phones: Row | Finding | None = None
    for column in place.columns:
        if column.name in PHONES:
            phones = phones or _phones(kind, place, record.line, cells)
            if isinstance(phones, Finding):
                return phones
        elif not (cells[column.name] or column.empty):
            continue
        elif isinstance(read := _read(column, place, record.line, cells), Finding):
            return read
        elif read != "":
            values[column.name] = read
    numbers, remarks = (phones.phones, phones.remarks) if isinstance(phones, Row) else ((), ())
    return Row(record.line, values, numbers, remarks)


def _cells(place: Layout, record: Record) -> list[tuple[str, str]]:
    size = len(record.cells)
    return [(name, record.cells[at] if at < size else "") for name, at in place.positions.items()]


def _read(column: Column, place: Layout, line: int, cells: Mapping[str, str]) -> Value | Finding:
    if column.name not in place.positions:
        return ""
    try:
        value = PARSERS[column.parser](cells[column.name], cells) if cells[column.name] else ""
        if column.choices and value:
            value = _chosen(column, value)
    except Unfit as unfit:
        return Finding(line, place.field(column.name), unfit.reason, unfit.code)
    if value == "" and column.empty:
        return Finding(line, place.field(column.name), EMPTY[column.empty], column.empty)
    return value


def _chosen(column: Column, value: Value) -> str:
    choice = column.choices.get(str(value))
    if choice is None:
        wanted = "、".join(dict.fromkeys(column.choices.values()))
        raise Unfit("choice_invalid", f"内容不在允许的范围内，请填：{wanted}")
    return choice


def _phones(kind: Kind, place: Layout, line: int, cells: Mapping[str, str]) -> Row | Finding:
    """Every usable number; the spare one stands in for a main one that is missing or wrong."""
    phones: list[Phone] = []
    objections: list[Finding] = []
    for column in (kind.column(name) for name in PHONES):
        read = _read(column, place, line, cells) if column else ""
        if isinstance(read, Finding):
            objections.append(read)
        elif isinstance(read, tuple):
            phones.extend(phone for phone in read if phone not in phones)
    if not phones:
        return objections[0]
    remarks = tuple(_unused(objection) for objection in objections if objection.code == "phone_invalid")
    return Row(line, {}, tuple(sorted(phones, key=_behind_switchboard)), remarks)


def _unused(objection: Finding) -> Finding:
    return Finding(
        objection.row, objection.field, "号码无法接通，未采用；将拨打其他号码，请核对", "phone_unused"
    )


def _behind_switchboard(phone: Phone) -> bool:
    return bool(phone.extension)
