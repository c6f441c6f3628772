"""Examine rows one by one: everything about a row that needs no other row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.lists.certificates import customer_key
from dialer.lists.clock import Due, due
from dialer.lists.derivations import derivations
from dialer.lists.facts import direct, facts_of
from dialer.lists.findings import Finding, english
from dialer.lists.identity import cross_check
from dialer.lists.kinds import Kind
from dialer.lists.known import Known
from dialer.lists.layout import Layout
from dialer.lists.products import Catalogue, find_product
from dialer.lists.rows import Row, RowReader
from dialer.lists.source import Record
from dialer.lists.watch import Limits, load_limits, watched
from ledger.canonical import encode
from ledger.records import ContactRow

SELLERS = ("seller_phone", "servicer_phone")
"""Columns with the numbers of those who sell."""
PHONE_CHANGED = "phone_changed"
CHANGED_EN = "the number has been changed lately; check why"
LATELY = timedelta(days=180)
"""How far back a change of number is remarked."""
CALENDAR_MISSING = "calendar_missing"
"""The flag of a contact whose deadline is not certain before somebody supplies the holidays of a year."""
_NO_CALENDAR = (
    "期限落在尚无节假日数据的年份，暂按最保守的算法提前；请在数据目录的 holidays.csv 里补上这一年，"
    "创建回访活动时按它重新计算"
)


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


class Draft(NamedTuple):
    """A row that may become a contact, and what others are compared with.

    `product` is empty when nobody could tell whether this is another policy of the same person.
    """

    contact: ContactRow
    remarks: tuple[Finding, ...]
    watched: tuple[tuple[str, str | int], ...]
    product: str
    sellers: tuple[int, ...]


Examined = Draft | Finding
"""A draft, or why the row is refused."""


class Examiner:
    """Examines the rows of one table.

    Block by block, one check after the other: a quarter faster than all checks on one row after the other.
    """

    def __init__(self, terms: Terms, place: Layout) -> None:
        self._terms, self._place, self._reader = terms, place, RowReader(place)
        self._limits = limits_of(terms)
        self._direct, self._derive = direct(terms.kind), derivations(terms.kind)
        self._today = terms.now.astimezone(LOCAL).date()

    def examine(self, records: Sequence[Record]) -> list[Examined]:
        """What becomes of each row of a block."""
        read = self._reader.read(records)
        known = [row if isinstance(row, Finding) else self._known(row) for row in read]
        crossed = [one if isinstance(one, Finding) else self._crossed(one) for one in known]
        good = [
            (one, remarks)
            for one, remarks in zip(known, crossed, strict=True)
            if isinstance(one, Known) and not isinstance(remarks, Finding)
        ]
        drafts = iter(self._drafts([one for one, _ in good], [remarks for _, remarks in good]))
        return [one if isinstance(one, Finding) else next(drafts) for one in crossed]

    def _drafts(self, known: Sequence[Known], remarks: Sequence[tuple[Finding, ...]]) -> list[Draft]:
        clock, calendar = self._terms.kind.clock, self._terms.calendar
        facts = [facts_of(one, self._direct, self._derive) for one in known]
        texts = [encode(one) for one in facts]
        customers = [self._customer(one.row) for one in known]
        whens = [due(clock, one, self._today, calendar) for one in facts]
        keys = [str(one[self._terms.kind.key]) for one in facts]
        parts = zip(known, keys, texts, customers, whens, remarks, strict=True)
        return [self._draft(*part) for part in parts]

    def _draft(
        self, known: Known, key: str, text: str, customer: str, when: Due, remarks: tuple[Finding, ...]
    ) -> Draft:
        row = known.row
        if (changed := row.day("phone_changed_on")) and timedelta() <= self._today - changed <= LATELY:
            reason = "号码近期有变更，请核实变更原因"
            field = self._place.field("phone_changed_on")
            remarks = (*remarks, Finding(row.line, field, reason, PHONE_CHANGED, CHANGED_EN))
        if when.lacks:
            missing = Finding(row.line, "", _NO_CALENDAR, CALENDAR_MISSING, english(CALENDAR_MISSING))
            remarks = (*remarks, missing)
        contact = ContactRow(
            row=row.line,
            policy_no=key,
            customer_key=customer,
            facts=text,
            due_from=when.starts,
            due_by=when.ends,
            numbers=tuple([phone.number for phone in row.phones]),
            flags=("extension",) if any(phone.extension for phone in row.phones) else (),
        )
        return Draft(
            contact=contact,
            remarks=remarks,
            watched=watched(row, self._limits),
            product=row.text("product") if row.text("certificate_number") else "",
            sellers=tuple([phone.number for column in SELLERS for phone in row.numbers(column)]),
        )

    def _known(self, row: Row) -> Known:
        terms = self._terms
        return Known(row, find_product(terms.products, row.text("product")), self._today, terms.kind.facts)

    def _crossed(self, known: Known) -> Finding | tuple[Finding, ...]:
        """What speaks against the row as a whole, or is to be remarked about it."""
        mismatch = self._mismatch(known) or cross_check(known.row, self._place)
        return mismatch if isinstance(mismatch, Finding) else known.row.remarks + mismatch

    def _mismatch(self, known: Known) -> Finding | None:
        """A wrong type of product would leave out the disclosures that the right one prescribes."""
        product, row = known.product, known.row
        listed = row.text("product_type")
        if product is None or listed in ("", product.type):
            return None
        code, reason = "product_type_mismatch", f"产品目录里这个险种是{product.type}，请核对产品类型"
        return Finding(row.line, self._place.field("product_type"), reason, code, english(code))

    def _customer(self, row: Row) -> str:
        return customer_key(
            self._terms.secret,
            row.text("certificate_type"),
            row.text("certificate_number"),
            row.text("holder"),
            str(row.phones[0].number) if row.phones else "",
        )


def limits_of(terms: Terms) -> Limits:
    """The limits of the batch watch."""
    return load_limits(terms.kind.name) if terms.limits is None else terms.limits
