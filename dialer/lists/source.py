"""A list file: its digest, its encoding, and its rows with the line on which each begins."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from dialer.errors import ListError

WORKBOOK = "xlsx"
"""What stands in the place of an encoding for a workbook."""
LOST = "\ufffd"
"""What stands in the place of bytes that are no text; a cell that has it is not read."""
_BLOCK = 1 << 16
_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", "\t", ";", "|")
_LONGEST_CELL = 1 << 24
csv.field_size_limit(_LONGEST_CELL)
_FIRST_LINES = 20
_MANY = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A file whose bytes were seen once from beginning to end."""

    path: Path
    digest: str
    encoding: str
    size: int = 0


class Record(NamedTuple):
    """One row of the file; `line` is the line on which it begins, the first of the file being line 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file or of one sheet that are not blank; `done` says how many bytes of it are read."""

    sheet: str
    records: Iterator[Record]
    done: Callable[[], int]


def open_source(path: Path) -> Source:
    """The digest and the encoding of the file; ListError when it cannot be read as text."""
    try:
        digest, utf8, start, size = _scan(path)
    except OSError as error:
        raise ListError(f"{path}: cannot be opened: {error.strerror}") from error
    if not start:
        raise ListError(f"{path.name}: is empty; export the list again", "empty")
    if start.startswith(_COMPOUND):
        raise ListError(
            f"{path.name}: is an old or protected workbook; save it as XLSX without a password",
            "old_workbook",
        )
    return Source(path, digest, _encoding(start, utf8=utf8), size)


def text_table(source: Source) -> Iterator[Table]:
    """The one table of a text file."""
    with (
        source.path.open("rb", buffering=0) as raw,
        TextIOWrapper(BufferedReader(raw), source.encoding, errors="replace", newline="") as file,
    ):
        yield Table("", _rows(source, file), lambda: source.size if raw.closed else raw.tell())


def _rows(source: Source, file: Iterator[str]) -> Iterator[Record]:
    first = list(islice(file, _FIRST_LINES))
    if first and all(LOST in line for line in first):
        raise ListError(
            f"{source.path.name}: is not text in {source.encoding}; save it as UTF-8 or GB18030 CSV"
        )
    delimiter = max(_DELIMITERS, key="".join(first).count)
    reader = csv.reader(chain(first, file), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells) and any(cell.strip() for cell in cells):
                yield Record(line, tuple(cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ListError(
            f"{source.path.name}: line {line}: {error}; check the quotation marks of this row",
            "quotation",
            line=line,
        ) from error


def _encoding(start: bytes, *, utf8: bool) -> str:
    """By its mark or its nature; some systems leave zero bytes in their fields, which says nothing."""
    if start.startswith(_ZIP):
        return WORKBOOK
    if marked := next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None):
        return marked
    even, odd = start[::2].count(0), start[1::2].count(0)
    wide = "utf-16-be" if even > odd else "utf-16-le"
    if max(even, odd) >= _MANY and _has_lines(start, wide):
        return wide
    return "utf-8" if utf8 or _lost(start, "utf-8") < _lost(start, "gb18030") else "gb18030"


def _has_lines(start: bytes, encoding: str) -> bool:
    """Whether line ends are still some: fields that a system fills up with zero bytes are no wide text."""
    text = start.decode(encoding, "ignore")
    return "\n" in text or "\r" in text or not (b"\n" in start or b"\r" in start)


def _lost(start: bytes, encoding: str) -> int:
    """Signs that cannot be read: few where single bytes are broken, many in another encoding."""
    return start.decode(encoding, "replace").count(LOST)


def _scan(path: Path) -> tuple[str, bool, bytes, int]:
    digest, decoder, utf8, start = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), True, b""
    size = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            start = start or block
            size += len(block)
            digest.update(block)
            utf8 = utf8 and _decodes(decoder, block)
    return digest.hexdigest(), utf8 and _decodes(decoder, b"", final=True), start, size


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
