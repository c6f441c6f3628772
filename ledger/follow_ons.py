"""Further rounds of a task: planned once for each cause and round, made as tasks of a sibling campaign."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger import campaigns, news
from ledger.campaigns import Campaign
from ledger.records import TaskRow
from ledger.times import maybe_text, timed, to_text

PLAN = """
insert or ignore into follow_ons (task_id, rule, round, facts, due_from, due_by, status, next_at, at)
values (?, ?, ?, ?, ?, ?, 'planned', ?, ?)
"""
ROOT = "select task_id, rule, round from follow_ons where made_task_id = ?"
PLANNED = """
select f.id, f.task_id, f.rule, f.round, f.facts, f.due_from, f.due_by, t.campaign_id, t.contact_id, k.facts,
  l.kind
from follow_ons f join tasks t on t.id = f.task_id join contacts k on k.id = t.contact_id
  join campaigns p on p.id = t.campaign_id join lists l on l.id = p.list_id
where f.status = 'planned' and f.next_at <= ? order by f.next_at, f.id limit ?
"""
MADE = "update follow_ons set status = 'made', made_task_id = ? where id = ? and status = 'planned'"
CANCELLED = "update follow_ons set status = 'cancelled' where id = ? and status = 'planned'"
LATER = "update follow_ons set next_at = ? where id = ? and status = 'planned'"
SIBLING = "select campaign_id from siblings where of_campaign_id = ? and rule = ? and round = ?"
SIBLINGS = "insert into siblings (campaign_id, of_campaign_id, rule, round) values (?, ?, ?, ?)"
TASK = "select id from tasks where campaign_id = ? and contact_id = ?"
# Campaigns that began, of lists of these kinds, with contacts that nobody looked at yet.
UNPLANNED = """
select p.id, l.kind, ifnull(m.place, 0) from campaigns p join lists l on l.id = p.list_id
  left join marks m on m.name = 'rounds ' || p.id
where p.started_at is not null and p.status <> 'stopped' and l.kind in (select value from json_each(?))
  and p.id not in (select campaign_id from siblings)
  and ifnull(m.place, 0) < (select ifnull(max(t.contact_id), 0) from tasks t where t.campaign_id = p.id)
order by p.id limit 1
"""
CONTACTS = """
select t.contact_id, t.id, t.status, k.facts from tasks t join contacts k on k.id = t.contact_id
where t.campaign_id = ? and t.contact_id > ? order by t.contact_id limit ?
"""
MARK = "insert or replace into marks (name, place) values ('rounds ' || ?, ?)"
LISTING = """
select f.task_id, f.rule, f.round, f.due_from, f.due_by, f.status, f.made_task_id from follow_ons f
  join tasks t on t.id = f.task_id where t.campaign_id = ? order by f.due_from, f.id limit ?
"""


@dataclass(frozen=True, slots=True)
class Root:
    """The first task of a row of rounds, with the rule and round of the one that was asked about."""

    task_id: int
    rule: str = ""
    round: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """A round that is to be planned; `facts` is JSON, what differs from the contact's."""

    task_id: int
    rule: str
    round: int
    due_from: datetime
    due_by: datetime | None
    facts: str = "{}"


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned round whose moment has come; `own_facts` and `facts` are JSON."""

    follow_on_id: int
    task_id: int
    rule: str
    round: int
    own_facts: str
    due_from: datetime
    due_by: datetime | None
    campaign_id: int
    contact_id: int
    facts: str
    kind: str


@dataclass(frozen=True, slots=True)
class Unplanned:
    """Contacts of a campaign that nobody looked at yet: (task, status, facts); `last` is the last contact."""

    campaign_id: int
    kind: str
    tasks: list[tuple[int, str, str]]
    last: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A round as it stands."""

    task_id: int
    rule: str
    round: int
    due_from: datetime
    due_by: datetime | None
    status: str
    made_task_id: int | None


def plan(conn: sqlite3.Connection, one: Round, now: datetime) -> bool:
    """Plan a round; False where it was planned before, or the task is no longer due."""
    if news.is_cancelled(conn, one.task_id):
        return False
    at = to_text(one.due_from)
    row = (one.task_id, one.rule, one.round, one.facts, at, maybe_text(one.due_by), at, to_text(now))
    return conn.execute(PLAN, row).rowcount == 1


def root(conn: sqlite3.Connection, task_id: int) -> Root:
    """The first of the tasks in whose row this one is."""
    row = conn.execute(ROOT, (task_id,)).fetchone()
    return Root(task_id) if row is None else Root(*row)


def planned(conn: sqlite3.Connection, now: datetime, limit: int) -> list[Planned]:
    """The planned rounds whose moment has come, the oldest first."""
    return [Planned(*timed(row, 5, 6)) for row in conn.execute(PLANNED, (to_text(now), limit))]


def make(conn: sqlite3.Connection, one: Planned, campaign_id: int, row: TaskRow) -> int:
    """Make the round a task of this campaign; returns the task."""
    campaigns.add_tasks(conn, campaign_id, [row])
    found: tuple[int] = conn.execute(TASK, (campaign_id, one.contact_id)).fetchone()
    conn.execute(MADE, (found[0], one.follow_on_id))
    return found[0]


def cancel(conn: sqlite3.Connection, follow_on_id: int) -> None:
    """The round will not be made."""
    conn.execute(CANCELLED, (follow_on_id,))


def later(conn: sqlite3.Connection, follow_on_id: int, next_at: datetime) -> None:
    """The round cannot be made now; it is tried again at this moment."""
    conn.execute(LATER, (to_text(next_at), follow_on_id))


def sibling(conn: sqlite3.Connection, campaign_id: int, rule: str, number: int) -> Campaign | None:
    """The campaign in which a round of another campaign is called."""
    row = conn.execute(SIBLING, (campaign_id, rule, number)).fetchone()
    return None if row is None else campaigns.get(conn, row[0])


def add_sibling(conn: sqlite3.Connection, sibling_id: int, campaign_id: int, rule: str, number: int) -> None:
    """Say which campaign a round of another one is called in."""
    conn.execute(SIBLINGS, (sibling_id, campaign_id, rule, number))


def unplanned(conn: sqlite3.Connection, kinds: Collection[str], limit: int) -> Unplanned | None:
    """The next contacts to be looked at of a campaign of these kinds; None: all were."""
    names = "[" + ",".join(f'"{name}"' for name in kinds) + "]"
    found = conn.execute(UNPLANNED, (names,)).fetchone()
    if found is None:
        return None
    rows = conn.execute(CONTACTS, (found[0], found[2], limit)).fetchall()
    return Unplanned(found[0], found[1], [row[1:] for row in rows], rows[-1][0])


def mark(conn: sqlite3.Connection, campaign_id: int, contact_id: int) -> None:
    """The campaign's contacts up to this one were looked at."""
    conn.execute(MARK, (campaign_id, contact_id))


def listing(conn: sqlite3.Connection, campaign_id: int, limit: int = 1000) -> list[Listed]:
    """The rounds of a campaign's tasks, the first to come at the top."""
    return [Listed(*timed(row, 3, 4)) for row in conn.execute(LISTING, (campaign_id, limit))]
