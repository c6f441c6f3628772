"""Walk a list from its first row to its last: each becomes a contact or a written refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.errors import ListError
from dialer.lists.certificates import customer_key
from dialer.lists.clock import due
from dialer.lists.derivations import derivations
from dialer.lists.facts import direct, facts_of
from dialer.lists.findings import Finding
from dialer.lists.kinds import Kind
from dialer.lists.known import Facts, Known
from dialer.lists.products import Catalogue, find_product
from dialer.lists.rows import Layout, Row, layout, read_row
from dialer.lists.source import Record, Source, records
from dialer.lists.watch import Watch
from ledger.records import ContactRow

CALENDAR_MISSING = "calendar_missing"
"""The flag of a contact whose deadline is not certain before somebody supplies the holidays of a year."""
_NO_CALENDAR = (
    "期限落在尚无节假日数据的年份，暂按最保守的算法提前；请在数据目录的 holidays.csv 里补上这一年，"
    "创建回访活动时按它重新计算"
)

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Terms:
    """What a list is checked with: kind, products, the secret of the customers' keys, moment, calendar."""

    kind: Kind
    products: Catalogue
    secret: bytes
    now: datetime
    calendar: Calendar = CHINA


@dataclass(frozen=True, slots=True)
class Checked:
    """A row after all checks: a contact or a refusal, and the remarks about it."""

    line: int
    contact: ContactRow | None
    refusal: Finding | None
    remarks: tuple[Finding, ...] = ()


class Check:
    """One walk through a list; it remembers what it has seen, to find repeats and shared contacts."""

    def __init__(self, terms: Terms, source: Source) -> None:
        self.terms = terms
        self.source = source
        self._records = records(source)
        header = next(self._records, None)
        if header is None:
            raise ListError(f"{source.path.name}: has no header line; export the list again")
        self.layout: Layout = layout(terms.kind, source.path.name, header)
        self._direct, self._derive = direct(terms.kind), derivations(terms.kind)
        self._today = terms.now.astimezone(LOCAL).date()
        self._rows: dict[int, int] = {}
        self._keys: dict[str, int] = {}
        self._watch = Watch()
        self._years = set[int]()

    def __iter__(self) -> Iterator[Checked]:
        return map(self._checked, self._records)

    def _checked(self, record: Record) -> Checked:
        first = self._rows.setdefault(hash(record.cells), record.line)
        if first != record.line:
            return self._repeat(record.line, first)
        row = read_row(self.terms.kind, self.layout, record)
        if isinstance(row, Finding):
            return Checked(record.line, None, row)
        known = Known(
            row, find_product(self.terms.products, row.text("product")), self._today, self.terms.kind.facts
        )
        if mismatch := self._mismatch(known):
            return Checked(record.line, None, mismatch)
        facts = facts_of(known, self._direct, self._derive)
        first = self._keys.setdefault(str(facts[self.terms.kind.key]), record.line)
        return self._accepted(row, facts) if first == record.line else self._other(record.line, first)

    def _accepted(self, row: Row, facts: Facts) -> Checked:
        customer, numbers = self._customer(row), tuple(phone.number for phone in row.phones)
        shared = self._watch.look(row.line, customer, numbers, row.text("address"))
        when = due(self.terms.kind.clock, facts, self._today, self.terms.calendar)
        unknown = Finding(row.line, "", _NO_CALENDAR, CALENDAR_MISSING) if when.lacks else None
        remarks = row.remarks + tuple(filter(None, (shared, unknown)))
        if when.ends:
            self._years.add(when.ends.year)
        contact = ContactRow(
            row=row.line,
            policy_no=str(facts[self.terms.kind.key]),
            customer_key=customer,
            facts=_encode(facts),
            due_from=when.starts,
            due_by=when.ends,
            numbers=numbers,
            flags=_flags(row, remarks),
        )
        return Checked(row.line, contact, None, remarks)

    @property
    def unknown_years(self) -> tuple[int, ...]:
        """The years in which contacts are due and of which no holidays are known: nobody is called then."""
        return tuple(sorted(year for year in self._years if not self.terms.calendar.knows(year)))

    def _mismatch(self, known: Known) -> Finding | None:
        """A wrong type of product would leave out the disclosures that the right one prescribes."""
        product, row = known.product, known.row
        listed = row.text("product_type")
        if product is None or listed in ("", product.type):
            return None
        reason = f"产品目录里这个险种是{product.type}，请核对产品类型"
        return Finding(row.line, self.layout.field("product_type"), reason, "product_type_mismatch")

    def _customer(self, row: Row) -> str:
        return customer_key(
            self.terms.secret,
            row.text("certificate_type"),
            row.text("certificate_number"),
            row.text("holder"),
            str(row.phones[0].number),
        )

    def _repeat(self, line: int, first: int) -> Checked:
        reason = f"与第{first}行完全相同，只导入第一次出现的一行"
        remark = self._watch.repeat(line, first)
        return Checked(line, None, self._key_finding(line, reason, "duplicate"), (remark,) if remark else ())

    def _other(self, line: int, first: int) -> Checked:
        reason = f"与第{first}行的号码相同而内容不同，请核对后只保留正确的一行"
        return Checked(line, None, self._key_finding(line, reason, "policy_no_repeated"))

    def _key_finding(self, line: int, reason: str, code: str) -> Finding:
        return Finding(line, self.layout.field(self.terms.kind.key), reason, code)


def _flags(row: Row, remarks: tuple[Finding, ...]) -> tuple[str, ...]:
    codes = tuple(remark.code for remark in remarks)
    return ("extension", *codes) if any(phone.extension for phone in row.phones) else codes
