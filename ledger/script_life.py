"""The life of a script: draft, checked, approved, filed, active, superseded, retired; every step is sealed.

A version is its digest. Of one name at most one version is active in a region; activating another supersedes
it, so that running campaigns end with the version they began with, and nothing new begins with it. Retiring
ends both. Everything here happens in the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from ledger import connection, events, people
from ledger.canonical import Row
from ledger.errors import ScriptRefused
from ledger.evidence import SealedRow, sealed
from ledger.people import ADMIN, COMPLIANCE, QUALITY
from ledger.times import timed, to_text

KEPT = "kept"
"""Of calls made before lives were kept: their words are evidence, nothing begins with them."""
DRAFT, CHECKED, APPROVED, FILED = "draft", "checked", "approved", "filed"
ACTIVE, SUPERSEDED, RETIRED = "active", "superseded", "retired"
REMOVED = "removed"
STATUSES = (DRAFT, CHECKED, APPROVED, FILED, ACTIVE, SUPERSEDED, RETIRED)
IN_FORCE = (ACTIVE, SUPERSEDED)
"""Calls of running campaigns are made with these."""
AUTHORS = (QUALITY, COMPLIANCE)
"""The roles that draft."""
APPROVERS = (COMPLIANCE, ADMIN)
"""The roles that approve, file, activate and retire."""
SHIPPED = "huifang"
"""The author of the scripts that come with the program."""

REASONS = {
    "unknown": "is not in this ledger; see huifang scripts list",
    "nobody": "there is no such person, or not any more; see huifang users list",
    "no_right": "this person's role does not allow it",
    "own_words": "its author cannot approve it; somebody else does",
    "wrong_order": "is {status}; that is not the moment for this step, but for: {next}",
    "findings": "has findings; correct the words and draft a new version",
    "not_filed": "must be filed before it is activated; huifang scripts file",
    "no_reference": "filing needs the reference under which the authority knows it",
    "version_not_raised": "its words changed, so its version must be above {newest}",
    "in_use": "calls or campaigns were made with it; what they said must stay",
    "not_active": "is {status}; a campaign begins only with the active version",
}
"""Why a step is refused, by code."""
NEXT = {
    DRAFT: "add, with words that have no findings",
    CHECKED: "approve",
    APPROVED: "activate, or file where the region asks for it",
    FILED: "activate",
    ACTIVE: "retire, or a newer version",
    SUPERSEDED: "activate, or retire",
    RETIRED: "a newer version",
    KEPT: "add",
}
"""What can be done in a status, as the commands are called."""

VERSIONS = """
select s.digest, s.name, s.region, s.version, s.title, s.purpose, s.status, s.created_at,
  d.user_id, ifnull(u.name, iif(d.id is null, '', 'huifang')),
  (select l.findings from script_steps l where l.digest = s.digest and l.id > d.id and l.findings is not null
    order by l.id desc limit 1),
  exists (select 1 from script_steps l where l.digest = s.digest and l.id > d.id and l.status = 'filed')
from scripts s
  left join script_steps d on d.id = (select max(l.id) from script_steps l
    where l.digest = s.digest and l.status = 'draft' and l.findings is null)
  left join users u on u.id = d.user_id
"""
WROTE = """
select exists (select 1 from script_steps
  where digest = ? and status = 'draft' and findings is null and user_id = ?)
"""
STEPS = """
select l.id, l.digest, l.status, l.user_id, ifnull(u.name, 'huifang'), l.reference, l.filed_on, l.findings,
  l.rules, l.at
from script_steps l left join users u on u.id = l.user_id where l.digest = ? order by l.id
"""
DRAFTED = """
insert into scripts (digest, name, version, title, purpose, canonical, created_at, region, status)
values (?, ?, ?, ?, ?, ?, ?, ?, 'draft')
on conflict (digest) do update set status = 'draft', region = excluded.region
"""
STEP = """
insert into script_steps
  (digest, name, version, region, status, user_id, reference, filed_on, findings, rules, at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
NEWEST = "select ifnull(max(version), 0) from scripts where name = ? and region = ? and status <> 'kept'"
USED = """
select (select count(*) from calls where script_digest = :digest),
  (select count(*) from campaigns where script_digest = :digest),
  (select count(*) from parts where script_digest = :digest)
"""
CALLS = "select script_digest, count(*) from calls group by script_digest"


class Words(Protocol):
    """What a script says of itself; `scripts.model.Script` is one."""

    @property
    def digest(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def canonical(self) -> str: ...
    @property
    def region(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a script; `findings` are those of the last check, None before the first.

    `author_id` is None for what came with the program; `filed`: whether it ever was.
    """

    digest: str
    name: str
    region: str
    version: int
    title: str
    purpose: str
    status: str
    created_at: datetime
    author_id: int | None
    author: str
    findings: int | None
    filed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A row of `script_steps`: the status since `at`, and who brought it there (`huifang`: the program)."""

    step_id: int
    digest: str
    status: str
    user_id: int | None
    user: str
    reference: str
    filed_on: str | None
    findings: int | None
    rules: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Uses:
    """How often a version was used."""

    calls: int
    campaigns: int
    parts: int

    @property
    def any(self) -> bool:
        """Whether it was used at all."""
        return bool(self.calls or self.campaigns or self.parts)


def draft(conn: sqlite3.Connection, script: Words, author_id: int | None, now: datetime) -> str:
    """Take in the words of a script and return their digest; words that are here already stay as they are.

    Without an author they came with the program. The version rises with every change of the words.
    """
    before = get(conn, script.digest)
    if before is not None and before.status != KEPT:
        return before.digest
    if author_id is not None:
        _allowed(conn, author_id, AUTHORS, script.name)
    (newest,) = conn.execute(NEWEST, (script.name, script.region)).fetchone()
    if script.version <= newest:
        raise refused(named(script), "version_not_raised", newest=newest)
    words = (script.digest, script.name, script.version, script.title, str(script.purpose), script.canonical)
    conn.execute(DRAFTED, (*words, to_text(now), script.region))
    _seal(conn, [_stepped(conn, needed(conn, script.digest), author_id, now)], now)
    return script.digest


def checked(conn: sqlite3.Connection, digest: str, findings: int, now: datetime, *, rules: str = "") -> None:
    """Keep the result of a check by the `rules` of this digest; a draft without findings is checked."""
    version = needed(conn, digest)
    if version.status in (DRAFT, CHECKED):
        version = _moved(conn, version, DRAFT if findings else CHECKED)
    _seal(conn, [_stepped(conn, version, None, now, check=(findings, rules))], now)


def approve(conn: sqlite3.Connection, digest: str, user_id: int, now: datetime) -> None:
    """Somebody other than the author answers for the words."""
    version = _at(conn, digest, CHECKED)
    _allowed(conn, user_id, APPROVERS, named(version))
    if conn.execute(WROTE, (digest, user_id)).fetchone() == (1,):
        raise refused(named(version), "own_words")
    _go(conn, version, APPROVED, user_id, now)


def send_back(conn: sqlite3.Connection, digest: str, reason: str, user_id: int, now: datetime) -> None:
    """An approver returns the words to their author, who drafts them anew."""
    version = _at(conn, digest, CHECKED)
    _allowed(conn, user_id, APPROVERS, named(version))
    moved = _moved(conn, version, DRAFT)
    check = (version.findings or 0, "")
    _seal(conn, [_stepped(conn, moved, user_id, now, filing=(reason.strip(), None), check=check)], now)


def file(
    conn: sqlite3.Connection, digest: str, reference: str, on: date, user_id: int, now: datetime
) -> None:
    """The authority has it under this reference since that day."""
    version = _at(conn, digest, APPROVED)
    _allowed(conn, user_id, APPROVERS, named(version))
    if not reference.strip():
        raise refused(named(version), "no_reference")
    _go(conn, version, FILED, user_id, now, (reference.strip(), on.isoformat()))


def activate(conn: sqlite3.Connection, digest: str, user_id: int, now: datetime, *, filing: bool) -> None:
    """From now on campaigns begin with it; the active version of its name and region is superseded.

    `filing`: whether the rule pack of its region demands that it was filed (`Pack.filing`).
    """
    version = _at(conn, digest, APPROVED, FILED, SUPERSEDED)
    _allowed(conn, user_id, APPROVERS, named(version))
    if version.findings != 0:
        raise refused(named(version), "findings")
    if filing and not version.filed:
        raise refused(named(version), "not_filed")
    steps = []
    if (before := active(conn, version.name, version.region)) is not None:
        steps.append(_stepped(conn, _moved(conn, before, SUPERSEDED), user_id, now))
    steps.append(_stepped(conn, _moved(conn, version, ACTIVE), user_id, now))
    _seal(conn, steps, now)


def retire(conn: sqlite3.Connection, digest: str, user_id: int, now: datetime) -> None:
    """No call is placed with it any more; those in progress go on to their end."""
    version = _at(conn, digest, APPROVED, FILED, ACTIVE, SUPERSEDED)
    _allowed(conn, user_id, APPROVERS, named(version))
    _go(conn, version, RETIRED, user_id, now)


def remove(conn: sqlite3.Connection, digest: str, user_id: int, now: datetime) -> None:
    """Take away a version that was never used; its steps stay, its number may be used again."""
    version = _at(conn, digest, DRAFT, CHECKED, APPROVED, FILED, SUPERSEDED, RETIRED)
    _allowed(conn, user_id, (AUTHORS if version.status in (DRAFT, CHECKED) else APPROVERS), named(version))
    if uses(conn, digest).any:
        raise refused(named(version), "in_use")
    conn.execute("delete from scripts where digest = ?", (digest,))
    _seal(conn, [_stepped(conn, replace(version, status=REMOVED), user_id, now)], now)


def get(conn: sqlite3.Connection, digest: str) -> Version | None:
    """The version with this digest."""
    return next(_read(conn, "where s.digest = ?", digest), None)


def needed(conn: sqlite3.Connection, digest: str) -> Version:
    """The version with this digest; refused where there is none."""
    found = get(conn, digest)
    if found is None:
        raise refused(digest[:12], "unknown")
    return found


def active(conn: sqlite3.Connection, name: str, region: str = "") -> Version | None:
    """The version that campaigns of this region begin with."""
    return next(_read(conn, "where s.name = ? and s.region = ? and s.status = 'active'", name, region), None)


def versions(conn: sqlite3.Connection, name: str) -> list[Version]:
    """All versions of a script, oldest first, in all regions."""
    return list(_read(conn, "where s.name = ? order by s.region, s.version, s.created_at", name))


def listing(conn: sqlite3.Connection) -> list[Version]:
    """All versions of all scripts, by name, region and version."""
    return list(_read(conn, "order by s.name, s.region, s.version, s.created_at"))


def beginning_with(conn: sqlite3.Connection, digest: str) -> list[Version]:
    """The versions whose digest begins so."""
    return list(_read(conn, "where substr(s.digest, 1, length(?1)) = ?1 order by s.digest", digest))


def steps(conn: sqlite3.Connection, digest: str) -> list[Step]:
    """The life of a version so far; a removed one has a life too."""
    return [Step(*timed(row, 9)) for row in conn.execute(STEPS, (digest,))]


def uses(conn: sqlite3.Connection, digest: str) -> Uses:
    """How often a version was used."""
    return Uses(*conn.execute(USED, {"digest": digest}).fetchone())


def calls_made(conn: sqlite3.Connection) -> dict[str, int]:
    """How many calls were made with each version, by digest."""
    return dict(conn.execute(CALLS).fetchall())


def begin_with(conn: sqlite3.Connection, digest: str, statuses: tuple[str, ...] = (ACTIVE,)) -> None:
    """Refuse a version that nothing may begin with."""
    version = needed(conn, digest)
    if version.status not in statuses:
        raise refused(named(version), "not_active", status=version.status)


def named(version: Version | Words) -> str:
    """Name, region and version, as commands take it: `new-contract@4`, `new-contract@dalian@2`."""
    place = f"{version.name}@{version.region}" if version.region else version.name
    return f"{place}@{version.version}"


def refused(name: str, code: str, **values: str | int) -> ScriptRefused:
    """Why a step is refused, to be raised."""
    return ScriptRefused(code, f"script {name}: {REASONS[code].format(**values)}")


def _read(conn: sqlite3.Connection, where: str, *keys: str) -> Iterator[Version]:
    for row in conn.execute(VERSIONS + where, keys):
        values = timed(row, 7)
        values[11] = bool(values[11])
        yield Version(*values)


def _at(conn: sqlite3.Connection, digest: str, *statuses: str) -> Version:
    version = needed(conn, digest)
    if version.status not in statuses:
        raise refused(named(version), "wrong_order", status=version.status, next=NEXT[version.status])
    return version


def _allowed(conn: sqlite3.Connection, user_id: int, roles: tuple[str, ...], name: str) -> None:
    user = people.get(conn, user_id)
    if user is None or user.disabled_at is not None:
        raise refused(name, "nobody")
    if user.role not in roles:
        raise refused(name, "no_right")


def _go(
    conn: sqlite3.Connection,
    version: Version,
    status: str,
    user_id: int,
    now: datetime,
    filing: tuple[str, str] | None = None,
) -> None:
    row = _stepped(conn, _moved(conn, version, status), user_id, now, filing=filing)
    _seal(conn, [row], now)


def _moved(conn: sqlite3.Connection, version: Version, status: str) -> Version:
    conn.execute("update scripts set status = ? where digest = ?", (status, version.digest))
    return replace(version, status=status)


def _stepped(
    conn: sqlite3.Connection,
    version: Version,
    user_id: int | None,
    now: datetime,
    *,
    filing: tuple[str, str | None] | None = None,
    check: tuple[int | None, str] = (None, ""),
) -> SealedRow:
    """The step that brought the version here; `filing`: reference and day, `check`: findings, rules."""
    of = (version.digest, version.name, version.version, version.region, version.status)
    row: Row = (*of, user_id, *(filing or ("", None)), *check, to_text(now))
    return connection.insert(conn, STEP, row), row


def _seal(conn: sqlite3.Connection, rows: list[SealedRow], now: datetime) -> None:
    events.append(conn, "script", sealed({"script_steps": rows}), now)
