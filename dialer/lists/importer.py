"""Store a list: contacts in batches, refusals with the counts at the end, the same file only once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from dialer.lists.check import Check, Checked, Terms
from dialer.lists.findings import Finding
from dialer.lists.source import Source, open_source
from dialer.lists.watch import CODE as SHARED
from ledger import lists
from ledger.connection import transaction
from ledger.lists import ListRow
from ledger.records import RowError

BATCH = 5000
"""Rows per transaction: short enough that a running campaign does not wait for the import."""

UNFINISHED = -1
"""The count of rows of a list whose import did not come to its end; importing the file again goes on with it."""

REMARKS = {
    SHARED: "电话或地址与另一位客户相同，请核对是否为本人联系方式",
    "phone_unused": "有一个号码无法接通，未采用，请核对",
    "extension": "座机带分机，先接通的是总机",
}
"""The remarks by their codes, for a list that was imported before."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file; `unchanged` means that it had been imported before and nothing was written."""

    list_id: int
    kind: str
    name: str
    encoding: str
    unchanged: bool
    rows: int
    accepted: int
    refused: tuple[Finding, ...]
    flagged: tuple[Finding, ...]
    ignored: tuple[str, ...] = ()

    def to_json(self) -> str:
        """One JSON object, with the refused and flagged rows as {row, field, reason, code}."""
        return json.dumps(asdict(self), ensure_ascii=False)


def import_list(
    conn: sqlite3.Connection,
    path: Path,
    terms: Terms,
    *,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Import a file in transactions of its own; `progress` hears how many rows were read so far."""
    source = open_source(path)
    check = Check(terms, source)
    stored = lists.find(conn, terms.kind.name, source.digest)
    if stored is not None and stored.rows != UNFINISHED:
        return _unchanged(conn, stored, check)
    list_id = stored.list_id if stored else _open(conn, source, terms)
    walk = _Walk(_last_row(conn, list_id))
    for batch in _batches(check):
        walk.take(conn, list_id, batch, terms)
        progress(walk.rows)
    return _finish(conn, list_id, walk, check)


class _Walk:
    """What the walk has counted and found so far; rows up to `stored` were written by an earlier attempt."""

    def __init__(self, stored: int) -> None:
        self._stored = stored
        self.rows = self.accepted = 0
        self.refused: list[Finding] = []
        self.flagged: list[Finding] = []

    def take(self, conn: sqlite3.Connection, list_id: int, batch: list[Checked], terms: Terms) -> None:
        contacts = [checked.contact for checked in batch if checked.contact]
        self.rows += len(batch)
        self.accepted += len(contacts)
        self.refused += [checked.refusal for checked in batch if checked.refusal]
        self.flagged += [remark for checked in batch for remark in checked.remarks]
        fresh = [contact for contact in contacts if contact.row > self._stored]
        with transaction(conn):
            lists.add_contacts(conn, list_id, fresh, terms.now)


def _batches(rows: Iterable[Checked]) -> Iterator[list[Checked]]:
    walk = iter(rows)
    while batch := list(islice(walk, BATCH)):
        yield batch


def _open(conn: sqlite3.Connection, source: Source, terms: Terms) -> int:
    with transaction(conn):
        return lists.add_list(
            conn,
            kind=terms.kind.name,
            name=source.path.name,
            digest=source.digest,
            encoding=source.encoding,
            rows=UNFINISHED,
            accepted=0,
            refused=0,
            now=terms.now,
        )


def _last_row(conn: sqlite3.Connection, list_id: int) -> int:
    return max((contact.row for contact in lists.contacts(conn, list_id)), default=0)


def _finish(conn: sqlite3.Connection, list_id: int, walk: _Walk, check: Check) -> Report:
    with transaction(conn):
        lists.add_errors(conn, list_id, (_error(finding) for finding in walk.refused))
        lists.set_counts(conn, list_id, rows=walk.rows, accepted=walk.accepted, refused=len(walk.refused))
    return Report(
        list_id=list_id,
        kind=check.terms.kind.name,
        name=check.source.path.name,
        encoding=check.source.encoding,
        unchanged=False,
        rows=walk.rows,
        accepted=walk.accepted,
        refused=tuple(walk.refused),
        flagged=tuple(walk.flagged),
        ignored=check.layout.unknown,
    )


def _unchanged(conn: sqlite3.Connection, stored: ListRow, check: Check) -> Report:
    contacts = lists.contacts(conn, stored.list_id)
    return Report(
        list_id=stored.list_id,
        kind=stored.kind,
        name=stored.name,
        encoding=stored.encoding,
        unchanged=True,
        rows=stored.rows,
        accepted=stored.accepted,
        refused=tuple(_finding(error) for error in lists.list_errors(conn, stored.list_id)),
        flagged=tuple(
            Finding(contact.row, "", REMARKS[flag], flag) for contact in contacts for flag in contact.flags
        ),
        ignored=check.layout.unknown,
    )


def _error(finding: Finding) -> RowError:
    return RowError(finding.row, finding.field, finding.code, finding.reason)


def _finding(error: RowError) -> Finding:
    return Finding(error.row, error.field, error.reason, error.code)
