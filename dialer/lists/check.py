"""Walk a list from its first row to its last: each becomes a contact or a written refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.lists.certificates import customer_key
from dialer.lists.clock import due
from dialer.lists.derivations import derivations
from dialer.lists.facts import direct, facts_of
from dialer.lists.findings import Finding, english
from dialer.lists.identity import cross_check
from dialer.lists.kinds import Kind
from dialer.lists.known import Facts, Known
from dialer.lists.layout import Layout, find_layout, no_header
from dialer.lists.memory import Firsts
from dialer.lists.products import Catalogue, find_product
from dialer.lists.rows import SELLER_PHONE, Row, RowReader
from dialer.lists.source import Record, Source, Table
from dialer.lists.watch import Limits, Watch, load_limits, remark, watched
from dialer.lists.workbook import hidden_sheets, tables
from ledger.canonical import encode
from ledger.records import ContactRow

CALENDAR_MISSING = "calendar_missing"
"""The flag of a contact whose deadline is not certain before somebody supplies the holidays of a year."""
HOLIDAYS_UNKNOWN = "holidays_unknown"
_NO_HOLIDAYS = (
    "从这一行起，有期限落在{year}年，而这一年的节假日数据还没有，到时不会拨打；"
    "请在数据目录的 holidays.csv 里补上"
)
_NO_CALENDAR = (
    "期限落在尚无节假日数据的年份，暂按最保守的算法提前；请在数据目录的 holidays.csv 里补上这一年，"
    "创建回访活动时按它重新计算"
)
_LINE_BITS = 40
"""A place is the number of a sheet and, in these lower bits, a line of it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a list is checked with: kind, products, the secret of the customers' keys, moment, calendar.

    `mapping` gives a column to headers, in comparable form, that no synonym knows; `limits` are those of the
    batch watch, the shipped ones where there are none.
    """

    kind: Kind
    products: Catalogue
    secret: bytes
    now: datetime
    calendar: Calendar = CHINA
    mapping: Mapping[str, str] = field(default_factory=dict)
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Checked:
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
        self._limits = load_limits(terms.kind.name) if terms.limits is None else terms.limits
        self._direct, self._derive = direct(terms.kind), derivations(terms.kind)
        self._today = terms.now.astimezone(LOCAL).date()
        self._rows, self._keys, self._twins = Firsts(), Firsts(), Firsts()
        self._watch = Watch(self._limits)
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
        self.done, self._layout, self._reader = table.done, place, RowReader(place)
        checked = map(self._checked, table.records)
        return (_in_sheet(one, table.sheet) for one in checked) if table.sheet else checked

    def _checked(self, record: Record) -> Checked:
        line, place = record.line, self._place(record.line)
        earlier = self._rows.first(hash(record.cells), place)
        row = self._reader.read(record)
        if earlier != place:
            return self._repeat(line, row, earlier)
        if isinstance(row, Finding):
            return Checked(None, row)
        known = Known(
            row, find_product(self.terms.products, row.text("product")), self._today, self.terms.kind.facts
        )
        crossed = self._mismatch(known) or cross_check(row, self._layout)
        if isinstance(crossed, Finding):
            return Checked(None, crossed)
        facts = facts_of(known, self._direct, self._derive)
        earlier = self._keys.first(hash(str(facts[self.terms.kind.key])), place)
        return self._other(line, earlier) if earlier != place else self._accepted(row, facts, crossed)

    def _accepted(self, row: Row, facts: Facts, crossed: tuple[Finding, ...]) -> Checked:
        customer, numbers = self._customer(row), tuple(phone.number for phone in row.phones)
        self.sellers.update(phone.number for phone in row.numbers(SELLER_PHONE))
        when = due(self.terms.kind.clock, facts, self._today, self.terms.calendar)
        lacks = _no_calendar(row.line) if when.lacks else None
        late = self._unknown_year(row.line, when.ends)
        found = (self._shared(row, customer), self._twin(row, customer), lacks, late)
        remarks = (*row.remarks, *crossed, *filter(None, found))
        contact = ContactRow(
            row=row.line,
            policy_no=str(facts[self.terms.kind.key]),
            customer_key=customer,
            facts=encode(facts),
            due_from=when.starts,
            due_by=when.ends,
            numbers=numbers,
            flags=_flags(row, remarks),
        )
        return Checked(contact, None, remarks)

    def _unknown_year(self, line: int, ends: datetime | None) -> Finding | None:
        """The first row that is due in a year without holidays tells it for all: nobody is called then."""
        if ends is None or ends.year in self._years:
            return None
        self._years.add(ends.year)
        if self.terms.calendar.knows(ends.year):
            return None
        reason = _NO_HOLIDAYS.format(year=ends.year)
        return Finding(line, "", reason, HOLIDAYS_UNKNOWN, english(HOLIDAYS_UNKNOWN))

    def _mismatch(self, known: Known) -> Finding | None:
        """A wrong type of product would leave out the disclosures that the right one prescribes."""
        product, row = known.product, known.row
        listed = row.text("product_type")
        if product is None or listed in ("", product.type):
            return None
        reason = f"产品目录里这个险种是{product.type}，请核对产品类型"
        return self._finding(row.line, "product_type", reason, "product_type_mismatch")

    def _shared(self, row: Row, customer: str) -> Finding | None:
        found = self._watch.look(customer, watched(row, self._limits), self._place(row.line))
        return (
            remark(row.line, {what: self._named(place) for what, place in found.items()}) if found else None
        )

    def _twin(self, row: Row, customer: str) -> Finding | None:
        """The same person and product under another number; without a certificate nobody is sure."""
        product, place = row.text("product"), self._place(row.line)
        if not product or not row.text("certificate_number"):
            return None
        first = self._twins.first(hash((customer, product)), place)
        if first == place:
            return None
        reason = f"与第{self._named(first)}行是同一位客户的同一险种，只有号码不同，请核对是否重复"
        reason_en = f"the customer and product of line {self._named(first)}; check that it is another policy"
        return self._finding(row.line, self.terms.kind.key, reason, "possible_duplicate", reason_en)

    def _customer(self, row: Row) -> str:
        return customer_key(
            self.terms.secret,
            row.text("certificate_type"),
            row.text("certificate_number"),
            row.text("holder"),
            str(row.phones[0].number) if row.phones else "",
        )

    def _repeat(self, line: int, row: Row | Finding, first: int) -> Checked:
        """The second of two same rows; what was remarked of the first is remarked here, too."""
        shared = None if isinstance(row, Finding) else self._shared(row, self._customer(row))
        name = self._named(first)
        reason = f"与第{name}行完全相同，只导入第一次出现的一行"
        reason_en = f"the same as line {name}; only the first one is imported"
        refusal = self._finding(line, self.terms.kind.key, reason, "duplicate", reason_en)
        return Checked(None, refusal, (shared,) if shared else ())

    def _other(self, line: int, first: int) -> Checked:
        name = self._named(first)
        reason = f"与第{name}行的号码相同而内容不同，请核对后只保留正确的一行"
        reason_en = f"the number of line {name} with other contents; keep the right one"
        return Checked(
            None, self._finding(line, self.terms.kind.key, reason, "policy_no_repeated", reason_en)
        )

    def _finding(self, line: int, column: str, reason: str, code: str, reason_en: str = "") -> Finding:
        return Finding(line, self._layout.field(column), reason, code, reason_en or english(code))

    def _place(self, line: int) -> int:
        return len(self.sheets) << _LINE_BITS | line

    def _named(self, place: int) -> str:
        """The line of a place, with its sheet when that is another one."""
        sheet, line = place >> _LINE_BITS, place & ((1 << _LINE_BITS) - 1)
        return str(line) if sheet == len(self.sheets) else f"{self.sheets[sheet - 1]}!{line}"


def _no_calendar(line: int) -> Finding:
    return Finding(line, "", _NO_CALENDAR, CALENDAR_MISSING, english(CALENDAR_MISSING))


def _in_sheet(checked: Checked, sheet: str) -> Checked:
    return Checked(
        checked.contact and replace(checked.contact, sheet=sheet),
        checked.refusal and replace(checked.refusal, sheet=sheet),
        tuple(replace(one, sheet=sheet) for one in checked.remarks),
    )


def _flags(row: Row, remarks: tuple[Finding, ...]) -> tuple[str, ...]:
    codes = tuple(one.code for one in remarks)
    return ("extension", *codes) if any(phone.extension for phone in row.phones) else codes
