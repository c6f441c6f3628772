"""Do-not-call over HTTP: add a number, ask for one, take an entry back. Numbers never stand in an address."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from dialer.lists.findings import Unfit
from dialer.lists.phones import parse_phones
from ivr.api.operations import Operation, part, who
from ivr.api.problems import Problem
from ivr.api.reading import refuse
from ivr.api.values import STRICT, Moment, Name, Word
from ivr.edge import now, store
from ledger import audit
from ledger import dnc as entries
from ledger.dnc import DncRow

dnc = part("dnc")
WRITE = ("dnc:write",)
Number = Annotated[str, Field(min_length=3, max_length=40, examples=["13812345678", "+8675588880000"])]


@dataclass(frozen=True, slots=True, config=STRICT)
class NewEntry:
    """A number not to be called: for everything or for marketing, until a moment or until it is revoked."""

    number: Number
    purpose: Literal["all", "marketing"] = "all"
    reason: Word = "asked"
    until: Moment | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class Asked:
    """A number to be looked up."""

    number: Number


@dataclass(frozen=True, slots=True, config=STRICT)
class Revoking:
    """Why an entry is taken back."""

    reason: Name


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the register; it forbids calls while `in_force`."""

    id: int
    purpose: str
    scope: str
    reason: str
    source: str
    starts_at: Moment
    ends_at: Moment | None
    revoked_at: Moment | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class Added:
    """The entries that forbid the number, and where it is known, its customer with all numbers."""

    ids: list[int]
    starts_at: Moment
    ends_at: Moment | None


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a number is blocked now, and every entry that ever named it or its customer."""

    blocked: bool
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Revoked:
    """An entry that forbids nothing any more."""

    id: int
    revoked_at: Moment


@dnc.operation(
    Operation("POST", "/dnc", "Never call a number again", Added, WRITE, body=NewEntry, status=201)
)
def add(body: NewEntry) -> Added:
    """Forbid a number and the customer it belongs to, effective for the very next claim."""
    number, at, by = _number(body.number), now(), who()
    if body.until is not None and body.until <= at:
        raise refuse("/until", "past", "必须是将来的时间", "must lie in the future")

    def write(conn: sqlite3.Connection) -> list[int]:
        numbers, customer = entries.around(conn, number)
        made = entries.add(
            conn,
            numbers=numbers,
            customer_key=customer,
            purpose=body.purpose,
            scope="company",
            reason=body.reason,
            source=by,
            call_id=None,
            starts_at=at,
            ends_at=body.until,
            now=at,
        )
        audit.note(conn, by, "dnc_added", f"dnc:{made[0]}", at)
        return made

    return Added(store().write(write), at, body.until)


@dnc.operation(Operation("POST", "/dnc/check", "Whether a number is blocked", Checked, WRITE, body=Asked))
def check(body: Asked) -> Checked:
    """Every entry of a number, in force or not."""
    number, at, by = _number(body.number), now(), who()
    store().write(lambda conn: audit.note(conn, by, "dnc_read", "dnc", at))
    with store().read() as conn:
        found = entries.check(conn, number)
    return Checked(any(row.active(at) for row in found), [_entry(row) for row in found])


@dnc.operation(
    Operation(
        "POST",
        "/dnc/<int:entry_id>/revoke",
        "Take an entry back; it stays in the history",
        Revoked,
        WRITE,
        body=Revoking,
    )
)
def revoke(entry_id: int, body: Revoking) -> Revoked:
    """Take an entry out of force."""
    at, by = now(), who()
    if not body.reason.strip():
        raise refuse("/reason", "missing", "必须填写", "is missing")
    if not store().write(lambda conn: entries.revoke(conn, entry_id, at, reason=body.reason, by=by)):
        raise Problem("not_found")
    return Revoked(entry_id, at)


def _number(text: str) -> int:
    try:
        phones = parse_phones(text)
    except Unfit:
        phones = ()
    if len(phones) != 1:
        raise refuse("/number", "phone_invalid", "不是一个电话号码", "is not one telephone number")
    return phones[0].number


def _entry(row: DncRow) -> Entry:
    return Entry(
        id=row.dnc_id,
        purpose=row.purpose,
        scope=row.scope,
        reason=row.reason,
        source=row.source,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        revoked_at=row.revoked_at,
        in_force=row.active(now()),
    )
