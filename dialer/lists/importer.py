"""Store a list: contacts, refusals and remarks in batches, the same file only once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from pathlib import Path

from dialer.errors import ListError
from dialer.lists.check import Check, Checked
from dialer.lists.examine import LATELY, PHONE_CHANGED, Terms
from dialer.lists.findings import Finding, english
from dialer.lists.source import Source, open_source
from dialer.lists.words import header
from dialer.news_file import apply_list, says_states, source_of
from ledger import list_content, lists, news
from ledger.connection import transaction, unmapped
from ledger.list_content import Content
from ledger.records import ContactRow, RowError

BATCH = 5000
"""Rows per transaction: short enough that a running campaign does not wait for the import."""

UNFINISHED = -1
"""The row count of a list whose import was cut off; importing the file again goes on with it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file; `unchanged` means that it had been imported before and nothing was written.

    `ended` policies and claims were said to be paid, reinstated, surrendered and the like, which cancelled so
    many calls of earlier lists.
    """

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
    skipped_sheets: tuple[str, ...] = ()
    ended: int = 0
    cancelled: int = 0

    def to_json(self) -> str:
        """One JSON object; refused and flagged rows are {row, field, reason, code, reason_en, sheet}."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: rows dealt with, and bytes of the file read, of all that it has."""

    rows: int
    done: int
    total: int


def import_list(
    conn: sqlite3.Connection,
    path: Path,
    terms: Terms,
    *,
    mapping: Mapping[str, str] | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Report:
    """Import a file in transactions of its own; `progress` hears how far it is after each.

    `mapping` gives headers their columns, besides those that were given to headers of this kind before; it is
    kept for the next lists. A file that was imported before is not read again: its report is that of then.
    """
    source = open_source(path)
    saved = _checked_mapping(terms, mapping or {})
    found = lists.find(conn, terms.kind.name, source.digest)
    if found is not None and found.rows != UNFINISHED:
        return report(conn, found.list_id, unchanged=True)
    list_id = _walked(conn, source, terms, saved, progress)
    return report(conn, list_id)


def _walked(
    conn: sqlite3.Connection,
    source: Source,
    terms: Terms,
    saved: Mapping[str, str],
    progress: Callable[[Progress], None],
) -> int:
    """Read the file into the ledger; what the walk remembers is gone before its findings are told."""
    known = lists.mapping(conn, terms.kind.name)
    check = Check(replace(terms, mapping={**known, **saved}), source)
    batches = _batches(check)
    first = next(batches, [])  # a file that breaks early leaves nothing behind
    found = lists.find(conn, terms.kind.name, source.digest)
    list_id, reached = (found.list_id, found.reached) if found else (_open(conn, source, terms, saved), 0)
    with unmapped(conn):
        store = _Store(conn, list_id, check, reached)
        for batch in chain([first], batches):
            store.add(batch)
            progress(Progress(store.rows, check.done(), source.size))
        if says_states(terms.kind):  # before the list is finished: a cut-off import comes here again
            reached_end = Progress(store.rows, source.size, source.size)
            apply_list(conn, list_id, terms.kind, terms.now, lambda: progress(reached_end))
        store.finish()
    return list_id


def report(conn: sqlite3.Connection, list_id: int, *, unchanged: bool = False) -> Report:
    """What became of a list that is in the ledger."""
    found = lists.get(conn, list_id)
    if found is None:
        raise ListError(f"list {list_id}: there is none; see huifang lists show")
    ended, cancelled = news.brought(conn, source_of(list_id))
    return Report(
        list_id=list_id,
        kind=found.kind,
        name=found.name,
        encoding=found.encoding,
        unchanged=unchanged,
        rows=found.rows,
        accepted=found.accepted,
        refused=tuple(_finding(error) for error in lists.list_errors(conn, list_id)),
        flagged=tuple(_finding(error) for error in lists.list_remarks(conn, list_id)),
        ignored_columns=found.ignored,
        skipped_sheets=found.skipped,
        ended=ended,
        cancelled=cancelled,
    )


class _Store:
    """Writes one batch after the other, and leaves out what a cut-off import had already written."""

    def __init__(self, conn: sqlite3.Connection, list_id: int, check: Check, reached: int) -> None:
        self.conn, self.list_id, self.check = conn, list_id, check
        self.rows = 0
        self._reached = reached
        self._content = list_content.stored(conn, list_id) if reached else Content()
        self._earlier = lists.has_earlier(conn, list_id)

    def add(self, batch: Sequence[Checked]) -> None:
        new = batch[max(self._reached - self.rows, 0) :]
        self.rows += len(batch)
        if not new:
            return
        contacts = [one.contact for one in new if one.contact]
        remarks = [remark for one in new for remark in one.remarks]
        if self._earlier:
            contacts, changed = self._changed(contacts)
            remarks += changed
        self._content.add(contacts)
        with transaction(self.conn):
            lists.add_contacts(self.conn, self.list_id, contacts, self.check.terms.now)
            refusals = [one.refusal for one in new if one.refusal]
            lists.add_errors(self.conn, self.list_id, map(_error, refusals))
            lists.add_errors(self.conn, self.list_id, map(_error, remarks), remarks=True)
            lists.set_reached(self.conn, self.list_id, self.rows)

    def finish(self) -> None:
        """Remark the sellers' numbers, which are known only at the end, and close the list."""
        with transaction(self.conn):
            self._remark_sellers()
            lists.finish(
                self.conn,
                self.list_id,
                rows=self.rows,
                content=self._content.hex(),
                ignored=self.check.ignored,
                skipped=self.check.skipped,
                now=self.check.terms.now,
            )

    def _changed(self, contacts: list[ContactRow]) -> tuple[list[ContactRow], list[Finding]]:
        """Flag the customers whom the latest list before this one gives none of these numbers."""
        since = self.check.terms.now - LATELY
        customers = [contact.customer_key for contact in contacts]
        earlier = lists.earlier_numbers(self.conn, self.list_id, customers, since)
        flagged, remarks = [], list[Finding]()
        for contact in contacts:
            numbers = earlier.get(contact.customer_key)
            if numbers and numbers.isdisjoint(contact.numbers):
                contact = contact._replace(flags=(*contact.flags, PHONE_CHANGED))
                remarks.append(_remark(contact.row, contact.sheet, PHONE_CHANGED, _CHANGED))
            flagged.append(contact)
        return flagged, remarks

    def _remark_sellers(self) -> None:
        numbers = sorted(self.check.sellers | lists.staff_numbers(self.conn))
        remarks = []
        for contact_id, row, sheet, flags in lists.behind(self.conn, self.list_id, numbers):
            lists.set_flags(self.conn, contact_id, (*flags, "seller_phone"))
            remarks.append(_error(_remark(row, sheet, "seller_phone", _SELLER)))
        lists.add_errors(self.conn, self.list_id, remarks, remarks=True)


_CHANGED = "与此前名单里这位客户的号码不同，号码近期有变更，请核实变更原因"
_SELLER = "号码与销售人员的号码相同，请核实是否为客户本人的号码"


def _remark(row: int, sheet: str, code: str, reason: str) -> Finding:
    return Finding(row, "电话", reason, code, english(code), sheet)


def _checked_mapping(terms: Terms, mapping: Mapping[str, str]) -> dict[str, str]:
    for column in mapping.values():
        if terms.kind.column(column) is None:
            known = ", ".join(one.name for one in terms.kind.columns)
            raise ListError(f'mapping: "{column}" is no column of {terms.kind.name}; choose one of: {known}')
    return {header(name): column for name, column in mapping.items()}


def _batches(rows: Iterable[Checked]) -> Iterator[list[Checked]]:
    walk = iter(rows)
    while batch := list(islice(walk, BATCH)):
        yield batch


def _open(conn: sqlite3.Connection, source: Source, terms: Terms, saved: Mapping[str, str]) -> int:
    with transaction(conn):
        for name, column in saved.items():
            lists.map_header(conn, terms.kind.name, name, column, terms.now)
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
            path=str(source.path.resolve()),
        )


def _error(one: Finding) -> RowError:
    return RowError(one.row, one.field, one.code, one.reason, one.reason_en, one.sheet)


def _finding(one: RowError) -> Finding:
    return Finding(one.row, one.field, one.reason, one.code, one.reason_en, one.sheet)
