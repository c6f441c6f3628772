"""A list file: its digest, its encoding, and its rows with the line on which each begins."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dialer.errors import ListError

_BLOCK = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", "\t", ";")


@dataclass(frozen=True, slots=True)
class Source:
    """A file whose bytes were seen once from beginning to end."""

    path: Path
    digest: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the file; `line` is the line on which it begins, the header being on line 1."""

    line: int
    cells: tuple[str, ...]


def open_source(path: Path) -> Source:
    """The digest and the encoding of the file; ListError when it cannot be read as text."""
    try:
        digest, utf8, start = _scan(path)
    except OSError as error:
        raise ListError(f"{path}: cannot be opened: {error.strerror}") from error
    if not start:
        raise ListError(f"{path.name}: is empty; export the list again")
    marked = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)
    return Source(path, digest, marked or ("utf-8" if utf8 else "gb18030"))


def records(source: Source) -> Iterator[Record]:
    """The rows that are not blank, the header first."""
    try:
        with source.path.open(encoding=source.encoding, newline="") as file:
            yield from _rows(source, file)
    except UnicodeDecodeError as error:
        raise ListError(
            f"{source.path.name}: is not text in {source.encoding}; save it as UTF-8 or GB18030 CSV"
        ) from error


def _rows(source: Source, file: Iterator[str]) -> Iterator[Record]:
    first = next(file, "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(_again(first, file), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Record(line, tuple(cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ListError(
            f"{source.path.name}: line {line}: {error}; check the quotation marks of this row"
        ) from error


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _scan(path: Path) -> tuple[str, bool, bytes]:
    digest, decoder, utf8, start = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), True, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            start = start or block[:4]
            digest.update(block)
            utf8 = utf8 and _decodes(decoder, block)
    return digest.hexdigest(), utf8 and _decodes(decoder, b"", final=True), start


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
