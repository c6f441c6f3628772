"""Store a list: contacts in batches, refusals with the counts at the end, the same file only once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path

from dialer.lists.check import Check, Checked, Terms
from dialer.lists.findings import Finding
from dialer.lists.source import Source, open_source
from ledger import lists
from ledger.connection import transaction
from ledger.records import ContactRow, RowError

BATCH = 5000
"""Rows per transaction: short enough that a running campaign does not wait for the import."""

UNFINISHED = -1
"""The row count of a list whose import was cut off; importing the file again goes on with it."""


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
    ignored_columns: tuple[str, ...]
    unknown_years: tuple[int, ...] = ()

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
    """Import a file in transactions of its own; `progress` hears how many rows were read so far.

    A file that was imported before is only checked again, to give the same report.
    """
    source = open_source(path)
    check = Check(terms, source)
    batches = _batches(check)
    first = next(batches, [])  # a file that breaks early leaves nothing behind
    stored = lists.find(conn, terms.kind.name, source.digest)
    unchanged = stored is not None and stored.rows != UNFINISHED
    list_id = stored.list_id if stored else _open(conn, source, terms)
    last = 0 if unchanged else _last_row(conn, list_id)
    tally = _Tally()
    for batch in chain([first], batches):
        contacts = tally.add(batch)
        if not unchanged:
            _store(conn, list_id, [contact for contact in contacts if contact.row > last], terms)
        progress(tally.rows)
    if not unchanged:
        _finish(conn, list_id, tally)
    return _report(list_id, check, tally, unchanged=unchanged)


@dataclass(slots=True)
class _Tally:
    """What the walk has counted and found so far."""

    rows: int = 0
    accepted: int = 0
    refused: list[Finding] = field(default_factory=list)
    flagged: list[Finding] = field(default_factory=list)

    def add(self, batch: list[Checked]) -> list[ContactRow]:
        contacts = [checked.contact for checked in batch if checked.contact]
        self.rows += len(batch)
        self.accepted += len(contacts)
        self.refused += [checked.refusal for checked in batch if checked.refusal]
        self.flagged += [remark for checked in batch for remark in checked.remarks]
        return contacts


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


def _store(conn: sqlite3.Connection, list_id: int, contacts: list[ContactRow], terms: Terms) -> None:
    with transaction(conn):
        lists.add_contacts(conn, list_id, contacts, terms.now)


def _finish(conn: sqlite3.Connection, list_id: int, tally: _Tally) -> None:
    refused = tally.refused
    errors = (RowError(finding.row, finding.field, finding.code, finding.reason) for finding in refused)
    with transaction(conn):
        lists.add_errors(conn, list_id, errors)
        lists.set_counts(conn, list_id, rows=tally.rows, accepted=tally.accepted, refused=len(refused))


def _report(list_id: int, check: Check, tally: _Tally, *, unchanged: bool) -> Report:
    return Report(
        list_id=list_id,
        kind=check.terms.kind.name,
        name=check.source.path.name,
        encoding=check.source.encoding,
        unchanged=unchanged,
        rows=tally.rows,
        accepted=tally.accepted,
        refused=tuple(tally.refused),
        flagged=tuple(tally.flagged),
        ignored_columns=check.layout.unknown,
        unknown_years=check.unknown_years,
    )
