"""Who works here, with which role: nobody is ever deleted, so that a name in the audit stays one person's."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import connection, events, sessions
from ledger.canonical import Json
from ledger.errors import LedgerError
from ledger.times import timed, to_text

AGENT, SUPERVISOR, QUALITY = "agent", "supervisor", "quality"
COMPLIANCE, ADMIN = "compliance", "admin"
ROLES = (AGENT, SUPERVISOR, QUALITY, COMPLIANCE, ADMIN)
AT_DESKS = (AGENT, SUPERVISOR)
"""The roles that talk with customers."""
SEE_ALL = (COMPLIANCE, ADMIN)
"""The roles that no unit confines."""

NOBODY = "nobody can sign in yet; make the first admin: huifang users add NAME --role admin"

USER = """
select id, name, role, full_name, staff_no, unit_id, phone, language, must_change, totp <> '', created_at,
  disabled_at
from users
"""
INSERT = """
insert into users (name, role, full_name, staff_no, unit_id, phone, password, must_change, created_at)
values (?, ?, ?, ?, ?, ?, ?, 1, ?)
"""
TAKEN = """
select 1 from users where id <> :but and (
  name in (:name, :staff_no) or (staff_no <> '' and lower(staff_no) in (:name, :staff_no)))
"""
CHANGE = """
update users set role = :role, full_name = :full_name, staff_no = :staff_no, unit_id = :unit_id,
  phone = :phone
where id = :user_id
"""


@dataclass(frozen=True, slots=True)
class User:
    """A row of `users` without its secrets."""

    user_id: int
    name: str
    role: str
    full_name: str
    staff_no: str
    unit_id: int | None
    phone: int | None
    language: str
    must_change: bool
    second_factor: bool
    created_at: datetime
    disabled_at: datetime | None

    @property
    def called(self) -> str:
        """How colleagues read the person: the full name, or the name of the log-in."""
        return self.full_name or self.name


@dataclass(frozen=True, slots=True)
class Particulars:
    """What others enter about a person."""

    role: str
    full_name: str = ""
    staff_no: str = ""
    unit_id: int | None = None
    phone: int | None = None


@dataclass(frozen=True, slots=True)
class Secrets:
    """What proves that somebody is this person; `totp_step` is the last step whose code was used."""

    password: str
    totp: str
    totp_step: int


class NameTaken(LedgerError):
    """Somebody or something else already has this name or number."""


def plain(text: str) -> str:
    """A name as it is kept and compared: one width, lower case, no space around it."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def add(
    conn: sqlite3.Connection, name: str, who: Particulars, password: str, now: datetime, *, by: int | None
) -> int:
    """Add a person with the hash of a password that must be changed; `by` is None on the command line."""
    name = plain(name)
    _free(conn, name, who.staff_no, but=0)
    row = (name, who.role, who.full_name, who.staff_no, who.unit_id, who.phone, password, to_text(now))
    user_id = connection.insert(conn, INSERT, row)
    _note(conn, "user_added", user_id, now, by, role=who.role, unit=who.unit_id)
    return user_id


def change(
    conn: sqlite3.Connection, user_id: int, who: Particulars, now: datetime, *, by: int | None
) -> None:
    """Write the particulars; another role ends the person's sessions."""
    before = get(conn, user_id)
    assert before is not None
    _free(conn, before.name, who.staff_no, but=user_id)
    conn.execute(
        CHANGE,
        {
            "role": who.role,
            "full_name": who.full_name,
            "staff_no": who.staff_no,
            "unit_id": who.unit_id,
            "phone": who.phone,
            "user_id": user_id,
        },
    )
    if before.role != who.role:
        sessions.end_all(conn, user_id, now)
    _note(conn, "user_changed", user_id, now, by, role=who.role, unit=who.unit_id)


def disable(conn: sqlite3.Connection, user_id: int, now: datetime, *, by: int | None) -> bool:
    """Let the person in no more, from this moment on; False when that was so before."""
    changed = conn.execute(
        "update users set disabled_at = ? where id = ? and disabled_at is null", (to_text(now), user_id)
    ).rowcount
    if changed:
        sessions.end_all(conn, user_id, now)
        _note(conn, "user_disabled", user_id, now, by)
    return bool(changed)


def enable(conn: sqlite3.Connection, user_id: int, now: datetime, *, by: int | None) -> bool:
    """Let a disabled person in again; False when nobody was disabled."""
    changed = conn.execute(
        "update users set disabled_at = null where id = ? and disabled_at is not null", (user_id,)
    ).rowcount
    if changed:
        _note(conn, "user_enabled", user_id, now, by)
    return bool(changed)


def set_password(
    conn: sqlite3.Connection,
    user_id: int,
    password: str,
    now: datetime,
    *,
    by: int | None,
    temporary: bool,
) -> None:
    """Keep the hash of a new password and end the person's sessions."""
    conn.execute(
        "update users set password = ?, must_change = ? where id = ?", (password, int(temporary), user_id)
    )
    sessions.end_all(conn, user_id, now)
    _note(conn, "password_set", user_id, now, by, temporary=temporary)


def rehash(conn: sqlite3.Connection, user_id: int, password: str) -> None:
    """Keep the same password under newer parameters."""
    conn.execute("update users set password = ? where id = ?", (password, user_id))


def set_second_factor(
    conn: sqlite3.Connection, user_id: int, totp: str, step: int, now: datetime, *, by: int | None
) -> None:
    """Keep the secret of a second factor whose code of `step` was just given; '' takes it away."""
    conn.execute("update users set totp = ?, totp_step = ? where id = ?", (totp, step, user_id))
    if not totp:
        sessions.end_all(conn, user_id, now)
    _note(conn, "second_factor_set" if totp else "second_factor_reset", user_id, now, by)


def use_code(conn: sqlite3.Connection, user_id: int, step: int) -> bool:
    """Mark the code of a step as used; False when it, or a later one, was used before."""
    return bool(
        conn.execute(
            "update users set totp_step = :step where id = :user_id and totp_step < :step",
            {"step": step, "user_id": user_id},
        ).rowcount
    )


def speak(conn: sqlite3.Connection, user_id: int, language: str) -> None:
    """Remember the language of the person's screens."""
    conn.execute("update users set language = ? where id = ?", (language, user_id))


def get(conn: sqlite3.Connection, user_id: int) -> User | None:
    """The person with this id."""
    return _one(conn, "where id = ?", user_id)


def by_name(conn: sqlite3.Connection, name: str) -> User | None:
    """The person who logs in by this name."""
    return _one(conn, "where name = ?", plain(name))


def by_login(conn: sqlite3.Connection, text: str) -> User | None:
    """The person with this name or this staff number, which nobody else has as a name."""
    return _one(conn, "where name = ?1 or (staff_no <> '' and lower(staff_no) = ?1)", plain(text))


def secrets(conn: sqlite3.Connection, user_id: int) -> Secrets:
    """The hash of the password, and the second factor."""
    row = conn.execute("select password, totp, totp_step from users where id = ?", (user_id,)).fetchone()
    return Secrets(*row)


def listing(conn: sqlite3.Connection, units: Collection[int] | None = None) -> list[User]:
    """Everybody, or those of these units, by role and name; those who left come last."""
    limit, keys = within(units)
    rows = conn.execute(f"{USER} where {limit} order by disabled_at is not null, role, name", keys)
    return [_user(row) for row in rows]


def within(units: Collection[int] | None, column: str = "unit_id") -> tuple[str, list[int]]:
    """The condition that a row belongs to one of these units, None being no condition, and its parameters."""
    if units is None:
        return "true", []
    return f"{column} in ({', '.join('?' * len(units))})", sorted(units)


def count(conn: sqlite3.Connection) -> int:
    """How many people there are, disabled ones too."""
    row: tuple[int] = conn.execute("select count(*) from users").fetchone()
    return row[0]


def _free(conn: sqlite3.Connection, name: str, staff_no: str, *, but: int) -> None:
    keys = {"but": but, "name": name, "staff_no": plain(staff_no) or name}
    if conn.execute(TAKEN, keys).fetchone():
        raise NameTaken(f"user {name}: somebody has this name or staff number; choose another")


def _note(
    conn: sqlite3.Connection, kind: str, user_id: int, now: datetime, by: int | None, **data: Json
) -> None:
    events.append(conn, kind, {"user": user_id, "by": by, **data}, now)


def _one(conn: sqlite3.Connection, where: str, value: int | str) -> User | None:
    row = conn.execute(f"{USER} {where}", (value,)).fetchone()
    return None if row is None else _user(row)


def _user(row: Any) -> User:
    values = timed(row, 10, 11)
    values[8], values[9] = bool(values[8]), bool(values[9])
    return User(*values)
