"""The numbers of a file: one a line, or a column of a CSV file; a line that holds none is a finding."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from dialer.errors import ListError
from dialer.lists.findings import Unfit
from dialer.lists.phones import parse_phones
from dialer.lists.source import open_source
from dialer.lists.words import clean, header

CLEAN = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
"""A mobile number as lists of numbers hold it; anything else pays the full phone parser."""
HEADERS = frozenset(
    [
        "电话",
        "电话号码",
        "手机",
        "手机号",
        "手机号码",
        "号码",
        "联系电话",
        "联系方式",
        "被叫号码",
        "主叫号码",
        "用户号码",
        "电話",
        "手機",
        "phone",
        "phonenumber",
        "phone_number",
        "mobile",
        "mobilephone",
        "number",
        "tel",
        "telephone",
        "msisdn",
    ]
)
"""What the column is called, blanks and capitals aside."""
HEAD = 20
"""Lines by which the column is found."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line without a number that can be dialed; the first line is 1."""

    line: int
    reason: str = "is not a telephone number; write it like 13812345678 or +8613812345678"


def read_numbers(
    path: Path, found: Callable[[BadLine], None], *, encoding: str = "", column: str = ""
) -> Iterator[int]:
    """Yield the numbers in the order of the file; what is no number goes to `found`, and the rest goes on.

    Without a header that is known every cell is looked at, because a number overlooked would be called.
    """
    try:
        file = path.open(encoding=encoding or open_source(path).encoding, errors="replace", newline="")
    except LookupError:
        raise ListError(f"{path.name}: encoding {encoding}: is unknown; write it like gb18030") from None
    with file:
        rows = _rows(file)
        head = list(islice(rows, HEAD))
        place, titles = _column(head, column)
        if column and place is None:
            raise ListError(f'{path.name}: column "{column}": the first {HEAD} lines have no such header')
        for line, cells in chain(head[titles:], rows):
            numbers = _numbers(cells, place)
            if numbers:
                yield from numbers
            elif any(map(str.strip, cells)):
                found(BadLine(line))


def number_of(text: str) -> tuple[int, ...]:
    """The numbers of a cell; none where it holds none."""
    if fit := CLEAN.fullmatch(text):
        return (int(f"86{fit[1]}"),)
    try:
        return tuple(phone.number for phone in parse_phones(clean(text)))
    except Unfit:
        return ()


def _rows(file: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines and their cells; a quotation mark that is never closed spoils its own line only."""
    for line, text in enumerate(file, 1):
        text = text.rstrip("\r\n")
        if '"' in text:
            yield line, next(csv.reader([text], delimiter=_delimiter(text)), [])
        else:
            yield line, text.split(_delimiter(text))


def _delimiter(text: str) -> str:
    return max(",\t;", key=text.count)


def _column(head: list[tuple[int, list[str]]], wanted: str) -> tuple[int | None, int]:
    """Which cell holds the number, None for any of them; and how many lines are titles."""
    names = {_name(wanted)} if wanted else HEADERS
    for place, (_, cells) in enumerate(head):
        for position, cell in enumerate(cells):
            if _name(cell) in names:
                return position, place + 1
    return None, int(len(head) > 1 and _is_title(head[0][1]))


def _name(cell: str) -> str:
    return header(cell).lower()


def _is_title(cells: list[str]) -> bool:
    """Whether a first line is a header: words, and not a number that went wrong."""
    return not any(character.isdigit() for cell in cells for character in cell)


def _numbers(cells: list[str], place: int | None) -> tuple[int, ...]:
    """The numbers of a line."""
    if place is not None:
        return number_of(cells[place].strip()) if place < len(cells) else ()
    if len(cells) == 1:
        return number_of(cells[0].strip())
    return tuple(number for cell in cells for number in number_of(cell.strip()))
