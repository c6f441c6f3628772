"""Make a campaign of a list and a script, and say beforehand what the gate will let through."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.call_facts import call_facts
from dialer.errors import CalendarError, CampaignError
from dialer.gate import Rules, decide
from dialer.hours import next_opening
from dialer.lists.check import CALENDAR_MISSING
from dialer.lists.clock import due
from dialer.lists.importer import UNFINISHED
from dialer.lists.kinds import load_kind
from dialer.profile import Profile, load_profile
from dialer.rulebook import asked
from dialer.versions import version
from ledger import campaigns, lists, script_life
from ledger.campaigns import Campaign
from ledger.connection import transaction
from ledger.lists import Contact, ListRow
from ledger.records import Action, TaskRow
from ledger.waiting import waiting
from scripts.engine import missing
from scripts.load import library
from scripts.model import Script
from scripts.values import Performer


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is made of; `company` holds the company's own facts, like `company` and `hotline`.

    `mode` says who speaks, `unit` names the organisation unit whose agents do; all of them without it.
    `region` names the region in whose words the script is spoken; those of the whole country without it.
    """

    name: str
    list_id: int
    from_number: int
    company: Mapping[str, str | int | bool | None]
    script: str = ""
    profile: str = ""
    calendar: Calendar = CHINA
    mode: str = campaigns.ROBOT
    unit: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the gate would say now: who is called, who later, and who never, by rule."""

    tasks: int
    now: int
    later: Mapping[str, int]
    skipped: Mapping[str, int]

    @property
    def called(self) -> int:
        """Everybody who is called, now or later."""
        return self.tasks - sum(self.skipped.values())

    def __str__(self) -> str:
        skipped = ", ".join(f"{count} by {rule}" for rule, count in self.skipped.items())
        return f"{self.called} of {self.tasks} will be called; skipped: {skipped or 'none'}"


def create_campaign(conn: sqlite3.Connection, plan: Plan, now: datetime) -> int:
    """Open a campaign as a draft with a task for every contact, in one transaction; the list is locked.

    Script and profile are those of the kind of list unless the plan names others; what is the script's active
    version now is spoken to the campaign's end. Each task keeps the names of the facts without which that
    cannot be said to its contact.
    """
    source = _list(conn, plan.list_id)
    kind = load_kind(source.kind)
    script = script_in_force(conn, plan.script or kind.script, plan.region)
    _check_performer(script, plan.mode)
    profile = load_profile(plan.profile or kind.profile)
    with transaction(conn):
        campaign_id = campaigns.create(
            conn,
            name=plan.name,
            list_id=plan.list_id,
            script_digest=script.digest,
            purpose=script.purpose,
            from_number=plan.from_number,
            profile=plan.profile or kind.profile,
            now=now,
            mode=plan.mode,
            unit_id=unit_of(conn, plan.unit),
        )
        campaigns.add_tasks(conn, campaign_id, _tasks(conn, plan, script, profile, now))
        lists.lock(conn, plan.list_id, now)
    return campaign_id


def script_in_force(conn: sqlite3.Connection, name: str, region: str = "") -> Script:
    """The active version of a script; CampaignError says what it lacks."""
    found = script_life.active(conn, name, region)
    script = found and version(conn, found.digest)
    if script:
        return script
    place = f"{name}@{region}" if region else name
    known = [one for one in script_life.versions(conn, name) if one.region == region]
    if not known and name not in library():
        raise CampaignError(f'script "{place}": there is none; choose one of: {", ".join(library())}')
    stands = ", ".join(f"{one.version} is {one.status}" for one in known) or "none was added"
    raise CampaignError(
        f'script "{place}": no version is active ({stands}); huifang scripts approve, then activate'
    )


def choose_mode(conn: sqlite3.Connection, campaign: Campaign, mode: str, unit: str) -> None:
    """Choose who speaks, in a transaction; a script may be a person's alone, or the robot's."""
    if script := version(conn, campaign.script_digest):
        _check_performer(script, mode)
    campaigns.set_mode(conn, campaign.campaign_id, mode, unit_of(conn, unit))


def preview(conn: sqlite3.Connection, campaign_id: int, rules: Rules, now: datetime) -> Preview:
    """Run the gate over everything that waits, without writing anything."""
    facts = waiting(conn, asked(campaign_id, rules, now))
    verdicts = [decide(one, rules=rules, now=now) for one in facts]
    later = Counter(verdict.rule for verdict in verdicts if verdict.action is Action.DEFER)
    skipped = Counter(verdict.rule for verdict in verdicts if verdict.action is Action.BLOCK)
    return Preview(len(verdicts), len(verdicts) - later.total() - skipped.total(), later, skipped)


def unit_of(conn: sqlite3.Connection, name: str) -> int | None:
    """The id of an organisation unit; None where none is named."""
    if not name:
        return None
    found = campaigns.unit_named(conn, name)
    if found is None:
        raise CampaignError(f"unit {name}: there is none; name one of those that the agents belong to")
    return found


def _list(conn: sqlite3.Connection, list_id: int) -> ListRow:
    found = lists.get(conn, list_id)
    if found is None:
        raise CampaignError(f"list {list_id}: there is none; import it first")
    if found.rows == UNFINISHED:
        raise CampaignError(f"list {list_id}: its import was cut off; import {found.name} again to finish it")
    return found


def _check_performer(script: Script, mode: str) -> None:
    wanted = Performer.ROBOT if mode == campaigns.ROBOT else Performer.AGENT
    if wanted not in script.performers:
        modes = "robot" if mode != campaigns.ROBOT else "preview or progressive"
        raise CampaignError(f'script "{script.name}" is not for the mode {mode}; choose the mode {modes}')


def _tasks(
    conn: sqlite3.Connection, plan: Plan, script: Script, profile: Profile, now: datetime
) -> Iterator[TaskRow]:
    source = _list(conn, plan.list_id)
    extra = call_facts({}, plan.company, profile=profile, now=now, calendar=plan.calendar)
    for contact in lists.contacts(conn, plan.list_id):
        facts = extra | json.loads(contact.facts)
        facts["cooling_over"] = False  # either is sayable when `cooling_end` is; the call knows which
        due_from, due_by = _due(contact, source, plan)
        due = max(due_from or now, now)
        yield TaskRow(
            contact.contact_id,
            ",".join(missing(script, facts)),
            due_from,
            due_by,
            next_opening(profile, due, plan.calendar),
        )


def _due(contact: Contact, source: ListRow, plan: Plan) -> tuple[datetime | None, datetime | None]:
    """From when and until when; what the import left open is counted now, or the campaign is refused."""
    if CALENDAR_MISSING not in contact.flags:
        return contact.due_from, contact.due_by
    clock, facts = load_kind(source.kind).clock, json.loads(contact.facts)
    try:
        return due(clock, facts, source.created_at.astimezone(LOCAL).date(), plan.calendar)
    except CalendarError as error:
        raise CampaignError(f"list {source.list_id}: row {contact.row}: {error}") from error
