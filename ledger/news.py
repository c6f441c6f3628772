"""News of policies and claims: what they cancel, kept for good beside what was cancelled."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger import events, offers
from ledger.connection import insert
from ledger.evidence import sealed
from ledger.times import to_text

OPEN = ("ready", "leased", "offered", "accepted", "spare", "elsewhere")
"""The statuses of a task that something is still due for."""

# No index leads from a policy to its contacts but that of each list: lists and campaigns are few.
TASKS = """
select t.id, t.status, c.id, c.answered_at is not null
from lists l cross join contacts k indexed by contacts_policy on k.list_id = l.id and k.policy_no = :key
  cross join campaigns p on p.list_id = l.id
  cross join tasks t on t.campaign_id = p.id and t.contact_id = k.id
  left join calls c on c.task_id = t.id and c.ended_at is null
where l.kind in (select value from json_each(:kinds))
  and t.status in (select value from json_each(:open))
  and not exists (select 1 from cancellations x where x.task_id = t.id)
order by t.id
"""
LATEST = """
select state from policy_news where key = ? and kind_of_key = ? order by id desc limit 1
"""
NEWS = "insert into policy_news (key, kind_of_key, state, source, at) values (?, ?, ?, ?, ?)"
CANCELLATION = "insert into cancellations (task_id, news_id, at) values (?, ?, ?)"
CANCEL = """
update tasks set status = 'cancelled', outcome_reason = ?, finished_at = ?, offered_to = null where id = ?
"""
UNPLAN = """
update follow_ons set status = 'cancelled' where status = 'planned'
  and task_id in (select t.id from campaigns p join tasks t on t.campaign_id = p.id
    where p.list_id = :list_id and t.contact_id = :contact_id)
"""
ROOTS = """
select distinct l.id, k.id
from lists l cross join contacts k indexed by contacts_policy on k.list_id = l.id and k.policy_no = :key
where l.kind in (select value from json_each(:kinds))
"""
CLOSE_WAYS = """
update fallbacks set status = 'cancelled', closed_at = ? where task_id = ? and status in ('open', 'stopped')
"""
RINGING = """
select c.id, c.carrier_sid from calls c indexed by calls_open join cancellations x on x.task_id = c.task_id
where c.ended_at is null and c.answered_at is null and c.carrier_sid is not null
"""
BROUGHT = """
select count(distinct n.id), count(x.task_id)
from policy_news n left join cancellations x on x.news_id = n.id where n.source = ?
"""
HISTORY = "select state, source, at from policy_news where key = ? and kind_of_key = ? order by id"


@dataclass(frozen=True, slots=True)
class Affected:
    """A task that the news is about; `call_id` is its open call."""

    task_id: int
    status: str
    call_id: int | None
    answered: bool


@dataclass(frozen=True, slots=True)
class News:
    """What was said of a policy or claim; `source` says by whom."""

    key: str
    kind_of_key: str
    state: str
    source: str


def affected(conn: sqlite3.Connection, key: str, kinds: Collection[str]) -> list[Affected]:
    """The open tasks of a policy or claim in every campaign of lists of these kinds."""
    keys = {"key": key, "kinds": json.dumps(list(kinds)), "open": json.dumps(OPEN)}
    return [
        Affected(task_id, status, call_id, bool(answered))
        for task_id, status, call_id, answered in conn.execute(TASKS, keys)
    ]


def is_known(conn: sqlite3.Connection, news: News) -> bool:
    """Whether this is the latest that was said of the policy or claim."""
    row = conn.execute(LATEST, (news.key, news.kind_of_key)).fetchone()
    return row is not None and row[0] == news.state


def write(conn: sqlite3.Connection, news: News, over: Collection[Affected], now: datetime) -> int:
    """Keep the news and cancel these tasks; who is being talked to is left in peace, but not called again."""
    at = to_text(now)
    row = (news.key, news.kind_of_key, news.state, news.source, at)
    news_id = insert(conn, NEWS, row)
    written = []
    for one in over:
        if one.status in ("offered", "accepted"):
            offers.withdraw(conn, one.task_id, now)
        if not one.answered:
            conn.execute(CANCEL, (news.state, at, one.task_id))
            conn.execute(CLOSE_WAYS, (at, one.task_id))
        cancellation = (one.task_id, news_id, at)
        written.append((insert(conn, CANCELLATION, cancellation), cancellation))
    events.append(conn, "policy_news", sealed({"news": [(news_id, row)], "cancellations": written}), now)
    return news_id


def unplan(conn: sqlite3.Connection, key: str, kinds: Collection[str]) -> int:
    """Cancel the rounds that are planned for a policy or claim and not made yet; returns how many."""
    found = conn.execute(ROOTS, {"key": key, "kinds": json.dumps(list(kinds))}).fetchall()
    return sum(
        conn.execute(UNPLAN, {"list_id": list_id, "contact_id": contact_id}).rowcount
        for list_id, contact_id in found
    )


def is_cancelled(conn: sqlite3.Connection, task_id: int | None) -> bool:
    """Whether the task was cancelled, though its talk may still go on."""
    row: tuple[int] = conn.execute(
        "select exists (select 1 from cancellations where task_id = ?)", (task_id,)
    ).fetchone()
    return bool(row[0])


def ringing(conn: sqlite3.Connection) -> list[tuple[int, str]]:
    """The calls that the carrier still tries though their task was cancelled: call and carrier's id."""
    return conn.execute(RINGING).fetchall()


def brought(conn: sqlite3.Connection, source: str) -> tuple[int, int]:
    """How many news came from a source, and how many tasks they cancelled."""
    row: tuple[int, int] = conn.execute(BROUGHT, (source,)).fetchone()
    return row


def history(conn: sqlite3.Connection, key: str, kind_of_key: str) -> list[tuple[str, str, str]]:
    """Everything that was ever said of a policy or claim: state, source and moment."""
    return conn.execute(HISTORY, (key, kind_of_key)).fetchall()
