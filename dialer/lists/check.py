"""Walk a list from its first row to its last: each becomes a contact or a written refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from dialer.lists.clerks import clerks_for, examined
from dialer.lists.examine import Draft, Examined, Terms, limits_of
from dialer.lists.findings import Finding, english
from dialer.lists.layout import Layout, find_layout, no_header
from dialer.lists.memory import Firsts
from dialer.lists.source import Record, Source, Table
from dialer.lists.watch import Watch, remark
from dialer.lists.workbook import hidden_sheets, tables
from ledger.records import ContactRow

BLOCK = 500
"""Rows that are examined together."""
HOLIDAYS_UNKNOWN = "holidays_unknown"
_NO_HOLIDAYS = (
    "从这一行起，有期限落在{year}年，而这一年的节假日数据还没有，到时不会拨打；"
    "请在数据目录的 holidays.csv 里补上"
)
_LINE_BITS = 40
"""A place is the number of a sheet and, in these lower bits, a line of it."""


class Checked(NamedTuple):
    """A row after all checks: a contact or a refusal, and the remarks about it."""

    contact: ContactRow | None
    refusal: Finding | None
    remarks: tuple[Finding, ...] = ()


class Check:
    """One walk through a list; it remembers what it has seen, to find repeats and shared contacts.

    While it walks, it notes the sheets that it reads and skips, the headers that it ignores, and the sellers'
    numbers in the list.
    """

    def __init__(self, terms: Terms, source: Source) -> None:
        self.terms, self.source = terms, source
        self.sheets: list[str] = []
        self.skipped = list(hidden_sheets(source))
        self.ignored: list[str] = []
        self.sellers = set[int]()
        self.done: Callable[[], int] = int
        self._rows, self._keys, self._twins = Firsts(), Firsts(), Firsts()
        self._watch = Watch(limits_of(terms))
        self._years = set[int]()

    def __iter__(self) -> Iterator[Checked]:
        tried: list[tuple[str, Layout | None]] = []
        for table in tables(self.source):
            place = find_layout(self.terms.kind, self.terms.mapping, table)
            tried.append((table.sheet, place))
            if place is None or place.missing:
                self.skipped.append(table.sheet)
            else:
                yield from self._walk(table, place)
        if not self.sheets:
            raise no_header(self.source.path.name, tried)

    def _walk(self, table: Table, place: Layout) -> Iterator[Checked]:
        self.sheets.append(table.sheet)
        self.ignored += [name for name in place.unknown if name not in self.ignored]
        self.done, self._layout = table.done, place
        blocks, clerks = _blocks(table.records), clerks_for(self.source.size)
        for records, drafts in examined(self.terms, place, blocks, clerks):
            checked = map(self._checked, records, drafts)
            yield from (_in_sheet(one, table.sheet) for one in checked) if table.sheet else checked

    def _checked(self, record: Record, draft: Examined) -> Checked:
        line, place = record.line, self._place(record.line)
        earlier = self._rows.first(hash(record.cells), place)
        if earlier != place:
            return self._repeat(line, draft, earlier)
        if isinstance(draft, Finding):
            return Checked(None, draft)
        earlier = self._keys.first(hash(draft.contact.policy_no), place)
        return self._other(line, earlier) if earlier != place else self._accepted(draft, place)

    def _accepted(self, draft: Draft, place: int) -> Checked:
        self.sellers.update(draft.sellers)
        remarks = draft.remarks
        if shared := self._shared(draft, place):
            remarks = (*remarks, shared)
        if draft.product and (twin := self._twin(draft, place)):
            remarks = (*remarks, twin)
        contact = draft.contact
        if late := self._unknown_year(contact):
            remarks = (*remarks, late)
        if remarks:
            contact = contact._replace(flags=(*contact.flags, *(one.code for one in remarks)))
        return Checked(contact, None, remarks)

    def _shared(self, draft: Draft, place: int) -> Finding | None:
        line, customer = draft.contact.row, draft.contact.customer_key
        found = self._watch.look(customer, draft.watched, place)
        return remark(line, {what: self._named(at) for what, at in found.items()}) if found else None

    def _unknown_year(self, contact: ContactRow) -> Finding | None:
        """The first row that is due in a year without holidays tells it for all: nobody is called then."""
        if contact.due_by is None or contact.due_by.year in self._years:
            return None
        year = contact.due_by.year
        self._years.add(year)
        if self.terms.calendar.knows(year):
            return None
        reason = _NO_HOLIDAYS.format(year=year)
        return Finding(contact.row, "", reason, HOLIDAYS_UNKNOWN, english(HOLIDAYS_UNKNOWN))

    def _twin(self, draft: Draft, place: int) -> Finding | None:
        """The same person and product under another number; without a certificate nobody is sure."""
        first = self._twins.first(hash((draft.contact.customer_key, draft.product)), place)
        if first == place:
            return None
        reason = f"与第{self._named(first)}行是同一位客户的同一险种，只有号码不同，请核对是否重复"
        reason_en = f"the customer and product of line {self._named(first)}; check that it is another policy"
        return self._finding(draft.contact.row, reason, "possible_duplicate", reason_en)

    def _repeat(self, line: int, draft: Examined, first: int) -> Checked:
        """The second of two same rows; what was remarked of the first is remarked here, too."""
        shared = None if isinstance(draft, Finding) else self._shared(draft, self._place(line))
        name = self._named(first)
        reason = f"与第{name}行完全相同，只导入第一次出现的一行"
        refusal = self._finding(line, reason, "duplicate", f"the same as line {name}; only that is imported")
        return Checked(None, refusal, (shared,) if shared else ())

    def _other(self, line: int, first: int) -> Checked:
        name = self._named(first)
        reason = f"与第{name}行的号码相同而内容不同，请核对后只保留正确的一行"
        reason_en = f"the number of line {name} with other contents; keep the right one"
        return Checked(None, self._finding(line, reason, "policy_no_repeated", reason_en))

    def _finding(self, line: int, reason: str, code: str, reason_en: str) -> Finding:
        return Finding(line, self._layout.field(self.terms.kind.key), reason, code, reason_en)

    def _place(self, line: int) -> int:
        return len(self.sheets) << _LINE_BITS | line

    def _named(self, place: int) -> str:
        """The line of a place, with its sheet when that is another one."""
        sheet, line = place >> _LINE_BITS, place & ((1 << _LINE_BITS) - 1)
        return str(line) if sheet == len(self.sheets) else f"{self.sheets[sheet - 1]}!{line}"


def _in_sheet(checked: Checked, sheet: str) -> Checked:
    return Checked(
        checked.contact and checked.contact._replace(sheet=sheet),
        checked.refusal and replace(checked.refusal, sheet=sheet),
        tuple(replace(one, sheet=sheet) for one in checked.remarks),
    )


def _blocks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while block := list(islice(records, BLOCK)):
        yield block
