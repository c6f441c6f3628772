"""Who of a list is not called and why, what was drawn, quotas and cohorts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from ledger import audit, events
from ledger.connection import insert
from ledger.errors import LedgerError
from ledger.evidence import SEALS, sealed
from ledger.times import timed, to_text

ADD = """
insert into exclusions (id, campaign_id, contact_id, rule, evidence, approval, user, at)
values (?, ?, ?, ?, ?, ?, ?, ?)
"""
LISTING = """
select e.id, k.row, k.policy_no, e.rule, e.evidence, e.approval, e.user, e.at
from exclusions e join contacts k on k.id = e.contact_id
where e.campaign_id = :campaign_id and e.id > :after and (:rule = '' or e.rule = :rule)
order by e.id limit :limit
"""
REACHED = """
select t.contact_id from campaigns c join scripts s on s.digest = c.script_digest
  join tasks t on t.campaign_id = c.id
where c.list_id = ? and s.name = ? and t.status = 'done' and t.outcome = 'SUCCESS'
"""
SELECTION = """
insert into selections (campaign_id, recipe, recipe_digest, source, method, seed, rate, contacts, population,
  population_digest, chosen, chosen_digest, unproven, at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
FOUND = f"select {', '.join(SEALS['selections'].columns)} from selections where campaign_id = ?"
CONSIDERED = """
select k.policy_no, exists (select 1 from tasks t where t.campaign_id = c.id and t.contact_id = k.id),
  ifnull((select e.rule from exclusions e where e.campaign_id = c.id and e.contact_id = k.id), '')
from campaigns c join contacts k on k.list_id = c.list_id where c.id = ? order by k.id
"""
TASK = """
select t.id, t.status, k.id from contacts k join campaigns c on c.list_id = k.list_id
  left join tasks t on t.campaign_id = c.id and t.contact_id = k.id
where c.id = ? and k.policy_no = ?
"""
CANCEL = """
update tasks set status = 'cancelled', outcome_reason = ?, finished_at = ?
where id = ? and status in ('ready', 'spare')
"""
TASK_OF = "(select id from tasks where campaign_id = :campaign_id and contact_id = :contact_id)"
QUOTA = """
insert into quotas (name, subject, month, wanted) values (:name, :subject, :month, :wanted)
on conflict do nothing
"""
DRAW = f"""
insert into draws (task_id, campaign_id, quota_id, position) values ({TASK_OF}, :campaign_id,
  (select id from quotas where name = :name and subject = :subject and month = :month), :position)
"""
SUCCEEDED = """
(select count(*) from draws o join tasks s on s.id = o.task_id
  where o.quota_id = q.id and s.status = 'done' and s.outcome = 'SUCCESS')
"""
OPEN_FIRST = f"""
update tasks set status = 'ready', outcome_reason = '' where status = 'spare' and id in (
  select task_id from (
    select d.task_id, q.wanted - {SUCCEEDED} as lacking,
      row_number() over (partition by d.quota_id order by d.position, d.task_id) as place
    from draws d join quotas q on q.id = d.quota_id where d.campaign_id = :campaign_id)
  where place <= lacking)
"""
CLOSE_MET = f"""
update tasks set status = 'cancelled', outcome_reason = 'quota_met', finished_at = :at
where status = 'spare' and id in (
  select d.task_id from draws d join quotas q on q.id = d.quota_id
  where d.campaign_id = :campaign_id and q.wanted <= {SUCCEEDED})
"""
QUOTAS = f"""
select q.subject, q.month, q.wanted, {SUCCEEDED},
  sum(t.status in ('ready', 'offered', 'accepted', 'leased')), sum(t.status = 'spare')
from draws d join quotas q on q.id = d.quota_id join tasks t on t.id = d.task_id
where d.campaign_id = ? group by q.id order by q.month, q.subject
"""
COHORT = f"insert into cohorts (task_id, campaign_id, cohort) values ({TASK_OF}, :campaign_id, :cohort)"
COHORTS = """
select c.cohort, count(*), sum(t.status = 'done' and t.outcome = 'SUCCESS'),
  sum(t.finished_at is null), sum((t.finished_at is null or t.outcome_reason = 'deadline_expired')
    and t.due_by <= :now), min(t.due_by)
from cohorts c join tasks t on t.id = c.task_id
where c.campaign_id = :campaign_id and t.status <> 'cancelled' group by c.cohort
order by min(t.due_by), c.cohort
"""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A contact that is not called, and by which rule; `user` where a person said so."""

    contact_id: int
    rule: str
    evidence: str = ""
    approval: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """A row of `exclusions` with the row of the list and the policy or claim it is of."""

    exclusion_id: int
    row: int
    policy_no: str
    rule: str
    evidence: str
    approval: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """A row of `selections`: what was selected how, so that it can be drawn again."""

    campaign_id: int
    recipe: str
    recipe_digest: str
    source: str
    method: str
    seed: str
    rate: str
    contacts: int
    population: int
    population_digest: str
    chosen: int
    chosen_digest: str
    unproven: int


@dataclass(frozen=True, slots=True)
class Draw:
    """A contact's place in the order of a quota: so many successes for somebody and a month."""

    contact_id: int
    name: str
    subject: str
    month: str
    wanted: int
    position: int


@dataclass(frozen=True, slots=True)
class Quota:
    """How far a quota is; `spare` may still be drawn."""

    subject: str
    month: str
    wanted: int
    succeeded: int
    open: int
    spare: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """How far a cohort is; `overdue` were not reached before its phase ended, `ends_at`."""

    cohort: str
    due: int
    succeeded: int
    open: int
    overdue: int
    ends_at: datetime | None


def add_exclusions(
    conn: sqlite3.Connection, campaign_id: int, rows: Sequence[Exclusion], now: datetime
) -> None:
    """Keep who is left out; what needed an approval is sealed with it."""
    first = conn.execute("select ifnull(max(id), 0) + 1 from exclusions").fetchone()[0]
    full = [(at, (campaign_id, *astuple(row), to_text(now))) for at, row in enumerate(rows, first)]
    conn.executemany(ADD, ((row_id, *row) for row_id, row in full))
    if approved := [(row_id, row) for row_id, row in full if row[4]]:
        events.append(conn, "excluded", sealed({"exclusions": approved}), now)


def exclude(
    conn: sqlite3.Connection, campaign_id: int, policy_no: str, why: Exclusion, now: datetime
) -> None:
    """Take a contact out of a campaign by hand (S000-25): sealed, and noted in the audit.

    `why.contact_id` is found by the policy or claim number.
    """
    found = conn.execute(TASK, (campaign_id, policy_no)).fetchone()
    if found is None:
        raise LedgerError(f"{policy_no}: is not in the list of campaign {campaign_id}")
    task_id, status, contact_id = found
    if not conn.execute(CANCEL, (why.rule, to_text(now), task_id)).rowcount:
        raise LedgerError(f"{policy_no}: {_hindrance(status)}")
    row = Exclusion(contact_id, why.rule, why.evidence, why.approval, why.user)
    add_exclusions(conn, campaign_id, [row], now)
    audit.note(conn, why.user, "excluded", f"task:{task_id}", now)


def _hindrance(status: str | None) -> str:
    if status is None:
        return "is left out already; see huifang campaign excluded"
    if status in ("leased", "offered", "accepted"):
        return "is being called; try again when the call is over"
    return f"is {status} already and will not be called"


def excluded(conn: sqlite3.Connection, campaign_id: int) -> dict[str, int]:
    """How many contacts are left out, by rule."""
    counts = "select rule, count(*) from exclusions where campaign_id = ? group by rule order by rule"
    return dict(conn.execute(counts, (campaign_id,)).fetchall())


def exclusions(
    conn: sqlite3.Connection, campaign_id: int, *, rule: str = "", after: int = 0, limit: int
) -> list[ExclusionRow]:
    """Who is left out, in the order in which it was decided; all rules without `rule`."""
    keys = {"campaign_id": campaign_id, "rule": rule, "after": after, "limit": limit}
    return [ExclusionRow(*timed(row, 7)) for row in conn.execute(LISTING, keys)]


def reached(conn: sqlite3.Connection, list_id: int, script: str) -> frozenset[int]:
    """The contacts of a list with whom a talk of this script ended in SUCCESS."""
    return frozenset(row[0] for row in conn.execute(REACHED, (list_id, script)))


def record(conn: sqlite3.Connection, selection: Selection, now: datetime) -> None:
    """Keep how a campaign was selected, sealed."""
    row = (*astuple(selection), to_text(now))
    row_id = insert(conn, SELECTION, row)
    events.append(conn, "selected", sealed({"selections": [(row_id, row)]}), now)


def get(conn: sqlite3.Connection, campaign_id: int) -> Selection | None:
    """How a campaign was selected."""
    row = conn.execute(FOUND, (campaign_id,)).fetchone()
    return None if row is None else Selection(*row[:-1])


def considered(conn: sqlite3.Connection, campaign_id: int) -> Iterator[tuple[str, bool, str]]:
    """Everybody of the list in its order: policy or claim number, has a task, the rule that left them out."""
    for key, called, rule in conn.execute(CONSIDERED, (campaign_id,)):
        yield key, bool(called), rule


def add_draws(conn: sqlite3.Connection, campaign_id: int, draws: Iterable[Draw]) -> None:
    """Give spare tasks their places in the order of their quotas."""
    for draw in draws:
        place: Mapping[str, int | str] = {
            "campaign_id": campaign_id,
            "contact_id": draw.contact_id,
            "name": draw.name,
            "subject": draw.subject,
            "month": draw.month,
            "wanted": draw.wanted,
            "position": draw.position,
        }
        conn.execute(QUOTA, place)
        conn.execute(DRAW, place)


def open_quotas(conn: sqlite3.Connection, campaign_id: int, now: datetime) -> None:
    """Make the first of each quota ready, as many as it lacks; nobody where it is met already."""
    conn.execute(OPEN_FIRST, {"campaign_id": campaign_id})
    conn.execute(CLOSE_MET, {"campaign_id": campaign_id, "at": to_text(now)})


def quotas(conn: sqlite3.Connection, campaign_id: int) -> list[Quota]:
    """How far the quotas of a campaign are, by month and by whom."""
    return [Quota(*row) for row in conn.execute(QUOTAS, (campaign_id,))]


def add_cohorts(conn: sqlite3.Connection, campaign_id: int, cohorts: Iterable[tuple[int, str]]) -> None:
    """Keep the cohort of each contact, by contact."""
    rows = (
        {"campaign_id": campaign_id, "contact_id": contact_id, "cohort": cohort}
        for contact_id, cohort in cohorts
    )
    conn.executemany(COHORT, rows)


def cohorts(conn: sqlite3.Connection, campaign_id: int, now: datetime) -> list[Cohort]:
    """How far the cohorts of a campaign are, the one that ends first before the others."""
    rows = conn.execute(COHORTS, {"campaign_id": campaign_id, "now": to_text(now)})
    return [Cohort(*timed(row, 5)) for row in rows]
