"""The contacts of a list become the tasks of a campaign, but for those who are left out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from dialer import concession
from dialer.calendar import LOCAL, Calendar
from dialer.errors import CampaignError, DialerError
from dialer.hours import next_opening
from dialer.lacking import Lacking
from dialer.lists import clock
from dialer.lists.examine import CALENDAR_MISSING
from dialer.lists.known import Fact
from dialer.profile import Profile
from dialer.selection.choice import Choice, Terms
from ledger import alarms, campaigns, lists, selection
from ledger.alarms import OVERDUE, Point
from ledger.connection import transaction
from ledger.lists import Contact, ListRow
from ledger.records import TaskRow
from ledger.selection import Draw, Exclusion, Selection

BATCH = 1000
"""Contacts per transaction: about a tenth of a second, in which calls wait."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What tasks are made by; `known` are the facts that every call has, whoever is called."""

    source: ListRow
    lacking: Lacking
    profile: Profile
    calendar: Calendar
    known: Mapping[str, str | int | bool | None]
    terms: Terms

    @property
    def imported_on(self) -> date:
        """The local day of the import, by which clocks of months and quarters run."""
        return self.source.created_at.astimezone(LOCAL).date()


@dataclass(slots=True)
class Batch:
    """What some contacts became."""

    left_out: list[Exclusion] = field(default_factory=list)
    tasks: list[TaskRow] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    cohorts: list[tuple[int, str]] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)

    def write(self, conn: sqlite3.Connection, campaign_id: int, now: datetime) -> None:
        """Write everything, the tasks first."""
        selection.add_exclusions(conn, campaign_id, self.left_out, now)
        campaigns.add_tasks(conn, campaign_id, self.tasks)
        selection.add_draws(conn, campaign_id, self.draws)
        selection.add_cohorts(conn, campaign_id, self.cohorts)
        alarms.add(conn, campaign_id, self.points)


def enrol(conn: sqlite3.Connection, enrolment: Enrolment, opened: Callable[[], int]) -> int:
    """Open the campaign and make its tasks, with who is left out, draws, cohorts and alarm points.

    What is to be written is reckoned outside of the transactions, of which there is one for each batch, so
    that calls go on meanwhile. A short list needs one; what breaks in the first batch leaves nothing behind.
    """
    choice, now = Choice(enrolment.terms), enrolment.terms.now
    batches = _batches(conn, enrolment, choice)
    batch, following = next(batches, Batch()), next(batches, None)
    with transaction(conn):
        campaign_id = opened()
        campaigns.begin_making(conn, campaign_id, now)
        batch.write(conn, campaign_id, now)
        if following is None:
            _finish(conn, choice.record(campaign_id), now)
    while following is not None:
        batch, following = following, _or_stop(conn, campaign_id, batches, now)
        with transaction(conn):
            batch.write(conn, campaign_id, now)
            if following is None:
                _finish(conn, choice.record(campaign_id), now)
    return campaign_id


def _batches(conn: sqlite3.Connection, enrolment: Enrolment, choice: Choice) -> Iterator[Batch]:
    """What the contacts become; no cursor stays open between two batches, as it would see old news."""
    last = 0
    while some := list(lists.contacts(conn, enrolment.source.list_id, after=last, limit=BATCH)):
        batch, last = Batch(), some[-1].contact_id
        for contact in some:
            _take(batch, enrolment, choice, contact)
        yield batch


def _or_stop(
    conn: sqlite3.Connection, campaign_id: int, batches: Iterator[Batch], now: datetime
) -> Batch | None:
    """The next batch; a campaign that cannot be made to its end is stopped."""
    try:
        return next(batches, None)
    except DialerError as error:
        with transaction(conn):
            campaigns.stop(conn, campaign_id, str(error), now)
        raise


def _finish(conn: sqlite3.Connection, record: Selection, now: datetime) -> None:
    selection.open_quotas(conn, record.campaign_id, now)
    selection.record(conn, record, now)
    campaigns.end_making(conn, record.campaign_id, now)


def _take(batch: Batch, enrolment: Enrolment, choice: Choice, contact: Contact) -> None:
    facts: dict[str, Fact] = json.loads(contact.facts)
    contact_id, key = contact.contact_id, contact.policy_no
    if left_out := choice.left_out(contact_id, key, facts):
        batch.left_out.append(left_out)
        return
    task = _task(enrolment, contact, facts)
    if draw := choice.draw(contact_id, key, facts):
        batch.draws.append(draw)
    if cleanup := enrolment.terms.recipe.cleanup:
        batch.cohorts.append((contact_id, cleanup.cohort(facts)))
    batch.points += _points(enrolment, task, facts)
    batch.tasks.append(task)


def _task(enrolment: Enrolment, contact: Contact, facts: Mapping[str, Fact]) -> TaskRow:
    now, recipe = enrolment.terms.now, enrolment.terms.recipe
    due_from, due_by = _due(enrolment, contact, facts)
    guess = replace(enrolment.calendar, guess=True)  # the gate decides again before the call
    opening = next_opening(enrolment.profile, max(due_from or now, now), guess)
    status = "spare" if recipe.quota else "ready"
    missing = enrolment.lacking.of(_sayable(enrolment, facts))
    return TaskRow(contact.contact_id, missing, due_from, due_by, opening, status)


def _sayable(enrolment: Enrolment, facts: Mapping[str, Fact]) -> dict[str, str | int | bool | None]:
    """The facts of a call to the contact; what the day of the call decides is sayable either way."""
    known = {**enrolment.known, **facts, "cooling_over": False}
    return known | concession.facts_on(known, enrolment.terms.now.astimezone(LOCAL).date())


def _due(
    enrolment: Enrolment, contact: Contact, facts: Mapping[str, Fact]
) -> tuple[datetime | None, datetime | None]:
    """From when and until when; what the import left open is counted now, or the campaign is refused."""
    if cleanup := enrolment.terms.recipe.cleanup:
        return cleanup.term(cleanup.cohort(facts), facts)
    if CALENDAR_MISSING not in contact.flags:
        return contact.due_from, contact.due_by
    found = clock.due(enrolment.terms.kind.clock, facts, enrolment.imported_on, enrolment.calendar)
    if found.lacks and not found.ends:
        raise CampaignError(f"list {enrolment.source.list_id}: row {contact.row}: {found.lacks}")
    return found.starts, found.ends


def _points(enrolment: Enrolment, task: TaskRow, facts: Mapping[str, Fact]) -> Iterator[Point]:
    """The alarm points that are still to come, the latest of those that have passed, and the deadline."""
    kind, now = enrolment.terms.kind, enrolment.terms.now
    guess = replace(enrolment.calendar, guess=True)  # an alarm is no deadline
    moments = clock.alarms(kind.clock, facts, enrolment.imported_on, by=task.due_by, calendar=guess)
    passed = sum(moment <= now for moment in moments)
    for at, moment in enumerate(moments, 1):
        if at >= passed:
            yield Point(task.contact_id, f"alarm_{at}", moment)
    if task.due_by is not None:
        yield Point(task.contact_id, OVERDUE, task.due_by)
