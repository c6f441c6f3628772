"""What is typed about people, read once: `Wrong` names the text that says what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from dialer.lists.findings import Unfit
from dialer.lists.phones import parse_phones
from ledger.people import ROLES, Particulars, plain

LONGEST = 60


class Wrong(Exception):
    """An entry will not do; `key` is the text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def login_name(text: str) -> str:
    """A name to log in by: no spaces, nothing invisible."""
    name = plain(text)
    if not name or len(name) > LONGEST or not name.isprintable() or any(sign.isspace() for sign in name):
        raise Wrong("people.bad_name")
    return name


def particulars(form: Mapping[str, str], units: Collection[int]) -> Particulars:
    """What a form says about a person."""
    role, unit = form.get("role", ""), form.get("unit", "")
    if role not in ROLES:
        raise Wrong("people.bad_role")
    if unit and unit not in map(str, units):
        raise Wrong("people.bad_unit")
    return Particulars(
        role=role,
        full_name=words(form.get("full_name", "")),
        staff_no=words(form.get("staff_no", "")),
        unit_id=int(unit) if unit else None,
        phone=phone(form.get("phone", "")),
    )


def words(text: str) -> str:
    """A short text of one line."""
    if len(text) > LONGEST or not text.isprintable():
        raise Wrong("people.bad_text")
    return text.strip()


def phone(text: str) -> int | None:
    """A telephone number, or none."""
    if not text.strip():
        return None
    try:
        found = parse_phones(text)
    except Unfit:
        raise Wrong("people.bad_phone") from None
    return found[0].number if found else None


def days(first: str, last: str) -> tuple[str, str]:
    """The first and the last day of something, in order."""
    try:
        begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise Wrong("people.bad_days") from None
    if ends < begins:
        raise Wrong("people.bad_days")
    return begins.isoformat(), ends.isoformat()
