"""One row: its cells by column, read into values, or the first reason why it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dialer.lists.findings import EMPTY, Finding, Unfit
from dialer.lists.kinds import Column
from dialer.lists.layout import Layout
from dialer.lists.names import title_sex
from dialer.lists.parsers import PARSERS, SIMPLE, Value
from dialer.lists.phones import Phone
from dialer.lists.source import LOST, Record
from dialer.lists.words import clean

PHONES = ("phone", "spare_phone")
"""The columns that hold numbers of the contact, best first; one good number is enough."""
UNPRESCRIBED = frozenset({"seller_phone", "phone_changed_on", "recipient", "recipient_phone"})
"""Columns that are for remarks alone: what cannot be read there refuses nobody."""
REMEMBERED = 4096
"""Different cells of a column that are read once only, like days, products and branches."""
SHIFTED = Unfit("columns_shifted", "这一行的列数多于表头，多半是单元格里有逗号，请加引号")
_GARBLED = "内容里有乱码，请从原系统重新导出，或改正这一格"
UNUSED = Unfit("phone_unused", "号码无法接通，未采用；将拨打其他号码，请核对")

Read = Value | Unfit | None
"""A value, an objection, or nothing."""


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

    def numbers(self, column: str) -> tuple[Phone, ...]:
        """The value as numbers."""
        value = self.values.get(column)
        return value if isinstance(value, tuple) else ()


class Reader(dict[str, Read]):
    """What the cells of one column say; the first few thousand different ones are read once."""

    def __init__(self, column: Column, parse: Callable[[str], Value]) -> None:
        super().__init__()
        self._of, self._parse = column, parse

    def __missing__(self, cell: str) -> Read:
        value = _read(self._of, self._parse, clean(cell))
        if len(self) < REMEMBERED:
            self[cell] = value
        return value


class RowReader:
    """Reads the rows of one table, column by column in the order of its kind."""

    def __init__(self, place: Layout) -> None:
        self._place = place
        self._names = tuple(column.name for column in place.columns)
        self._at = tuple(place.positions[name] for name in self._names)
        self._readers = {
            column.name: Reader(column, SIMPLE[column.parser])
            for column in place.columns
            if column.parser in SIMPLE
        }
        self._phones = tuple(self._names.index(name) for name in PHONES if name in self._names)
        self._width = len(place.headers)
        self._holder = place.positions.get("holder")

    def read(self, records: Sequence[Record]) -> list[Row | Finding]:
        """Each row with its values, or the first objection in the order of the kind's columns."""
        lines = [_fitted(record.cells, self._width) for record in records]
        cells = list(zip(*[line or ("",) * self._width for line in lines], strict=True))
        found = zip(*[self._column(at, cells) for at in range(len(self._names))], strict=True)
        return [
            self._row(record.line, line, list(values)) if line else _finding(record.line, "", SHIFTED)
            for record, line, values in zip(records, lines, found, strict=True)
        ]

    def _column(self, at: int, cells: Sequence[tuple[str, ...]]) -> list[Read]:
        texts, column = cells[self._at[at]], self._place.columns[at]
        if column.name in self._readers:
            return list(map(self._readers[column.name].__getitem__, texts))
        return [
            _read(column, _beside(column, _Others(self._place.positions, line)), text)
            for text, line in zip(map(clean, texts), zip(*cells, strict=True), strict=True)
        ]

    def _row(self, line: int, cells: Sequence[str], found: list[Read]) -> Row | Finding:
        phones = self._numbers(found)
        remarks = self._judged(found, phones, line) if Unfit in map(type, found) else ()
        if isinstance(remarks, Finding):
            return remarks
        for at in self._phones:
            found[at] = None
        values = {name: value for name, value in zip(self._names, found, strict=True) if value is not None}
        if "sex" not in values and self._holder is not None and (sex := title_sex(cells[self._holder])):
            values["sex"] = sex
        return Row(line, values, phones, remarks)  # type: ignore[arg-type] # no objection is left

    def _numbers(self, found: list[Read]) -> tuple[Phone, ...]:
        """Every usable number; the spare one stands in for a main one that is missing or wrong."""
        read = [numbers for at in self._phones if isinstance(numbers := found[at], tuple)]
        if len(read) == 1 and len(read[0]) == 1:
            return read[0]
        phones = dict.fromkeys(phone for numbers in read for phone in numbers)
        return tuple(sorted(phones, key=_behind_switchboard))

    def _judged(
        self, found: list[Read], phones: tuple[Phone, ...], line: int
    ) -> Finding | tuple[Finding, ...]:
        """The first objection that refuses the row, or what is to be remarked about its numbers."""
        remarks: list[Finding] = []
        for at, unfit in enumerate(found):
            if not isinstance(unfit, Unfit):
                continue
            field = self._place.field(self._names[at])
            if at in self._phones and phones:
                remarks += [_finding(line, field, UNUSED)] if unfit.code == "phone_invalid" else []
            elif self._names[at] not in UNPRESCRIBED:
                return _finding(line, field, unfit)
            found[at] = None
        return tuple(remarks)


def _fitted(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """As many cells as the header has; nothing when there are more that say something."""
    if len(cells) <= width:
        return cells + ("",) * (width - len(cells)) if len(cells) < width else cells
    return () if any(cell.strip() for cell in cells[width:]) else cells[:width]


class _Others(Mapping[str, str]):
    """The cleaned cells of a row by column name; cleaned when they are asked for."""

    def __init__(self, positions: Mapping[str, int], cells: Sequence[str]) -> None:
        self._positions, self._cells = positions, cells

    def __getitem__(self, column: str) -> str:
        return clean(self._cells[self._positions[column]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)


def _beside(column: Column, others: Mapping[str, str]) -> Callable[[str], Value]:
    return lambda text: PARSERS[column.parser](text, others)


def _read(column: Column, parse: Callable[[str], Value], text: str) -> Read:
    try:
        if LOST in text:
            raise Unfit("text_garbled", _GARBLED)
        value = parse(text) if text else ""
        if column.choices and value:
            value = _chosen(column, value)
    except Unfit as unfit:
        return unfit.with_traceback(None)  # a remembered one must not keep the row that it was met in
    if value == "":
        return Unfit(column.empty, EMPTY[column.empty]) if column.empty else None
    return value


def _chosen(column: Column, value: Value) -> str:
    choice = column.choices.get(str(value))
    if choice is None:
        wanted = "、".join(dict.fromkeys(column.choices.values()))
        raise Unfit(
            "choice_invalid",
            f"内容不在允许的范围内，请填：{wanted}",
            f"the content is none of those allowed; write one of {wanted}",
        )
    return choice


def _finding(line: int, field: str, unfit: Unfit) -> Finding:
    return Finding(line, field, unfit.reason, unfit.code, unfit.reason_en)


def _behind_switchboard(phone: Phone) -> bool:
    return bool(phone.extension)
