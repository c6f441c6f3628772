"""The refused rows of a list as a file in the columns of the original, to be corrected and imported."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from dialer.errors import ListError
from dialer.lists.kinds import load_kind
from dialer.lists.layout import REASON, find_layout
from dialer.lists.source import Source, open_source
from dialer.lists.workbook import tables
from ledger import lists
from ledger.lists import ListRow
from ledger.records import RowError

Refused = Mapping[tuple[str, int], RowError]
"""Refused rows by sheet and line."""


def write_refused(conn: sqlite3.Connection, list_id: int, out: Path, original: Path | None = None) -> int:
    """Write the refused rows with their reasons, and return their number.

    Exact repeats of other rows are left out, as there is nothing to correct. The cells are not in the ledger:
    they are read from the original file, where it lay or where it lies now.
    """
    found = lists.get(conn, list_id)
    if found is None:
        raise ListError(f"list {list_id}: there is none; see huifang lists show")
    source = _original(found, original or Path(found.path))
    refused = {
        (one.sheet, one.row): one for one in lists.list_errors(conn, list_id) if one.code != "duplicate"
    }
    encoding = "gb18030" if source.encoding == "gb18030" else "utf-8-sig"
    with out.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(_lines(source, found.kind, lists.mapping(conn, found.kind), refused))
    return len(refused)


def _original(found: ListRow, place: Path) -> Source:
    if not place.is_file():
        raise ListError(f"list {found.list_id}: {found.name} is not where it was; name it with --from FILE")
    source = open_source(place)
    if source.digest != found.digest:
        raise ListError(
            f"list {found.list_id}: {place} is not the file that was imported; name that one with --from FILE"
        )
    return source


def _lines(
    source: Source, kind: str, mapping: Mapping[str, str], refused: Refused
) -> Iterator[tuple[str, ...]]:
    """One header, then the rows; sheets with other headers have their cells moved below the first one's.

    The reasons stand in front, so that a row with too many cells keeps them all.
    """
    headers: tuple[str, ...] = ()
    for table in tables(source):
        place = find_layout(load_kind(kind), mapping, table)
        if place is None or place.missing:
            continue
        if not headers:
            headers = place.headers
            yield (REASON, *headers)
        for record in table.records:
            if error := refused.get((table.sheet, record.line)):
                yield (_reason(error), *_moved(record.cells, place.headers, headers))


def _moved(cells: tuple[str, ...], own: tuple[str, ...], headers: tuple[str, ...]) -> tuple[str, ...]:
    if own == headers:
        return cells
    by_header = dict(zip(own, cells, strict=False))
    return tuple(by_header.get(name, "") for name in headers)


def _reason(error: RowError) -> str:
    field = f"{error.field}：" if error.field else ""
    return f"{field}{error.reason} / {error.reason_en}"
