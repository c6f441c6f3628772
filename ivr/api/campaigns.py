"""Campaigns over HTTP: make one of a list, look ahead, start and stop it, read its live numbers."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from dialer.campaigns import preview as preview_of
from dialer.errors import DialerError
from ivr.api.operations import Answer, Operation, part, who
from ivr.api.problems import Problem
from ivr.api.values import MOST, STRICT, Counts, Moment, Name, Page, RowId, Word, following
from ivr.command.campaigns import make, rules_of
from ivr.command.office import Office
from ivr.edge import edge, now, store
from ivr.home import Home, HomeError
from ledger import LedgerBusy, LedgerError, alarms, audit, selection
from ledger import campaigns as stored
from ledger.campaigns import Campaign
from ledger.progress import progress as progress_of

campaigns = part("campaigns")
READ = ("campaigns:read", "campaigns:write")
WRITE = ("campaigns:write",)
STATUS = {"start": "running", "resume": "running", "pause": "paused", "stop": "stopped"}
FROM = {
    "start": ("draft", "paused"),
    "resume": ("paused",),
    "pause": ("running",),
    "stop": ("draft", "running", "paused"),
}
"""From which statuses a campaign can be moved so; where it has the wanted one already, nothing happens."""


@dataclass(frozen=True, slots=True, config=STRICT)
class NewCampaign:
    """What a campaign is made of; an empty script, profile or caller is that of the kind of list."""

    name: Name
    list_id: RowId
    script: Word = ""
    profile: Word = ""
    mode: Literal["robot", "preview", "progressive"] = "robot"
    unit: Word = ""
    region: Word = ""
    caller: Word = ""


@dataclass(frozen=True, slots=True)
class Campaigned:
    """A campaign."""

    id: int
    name: str
    list_id: int
    script_digest: str
    purpose: str
    profile: str
    mode: str
    status: Literal["draft", "running", "paused", "stopped", "done"]
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None


@dataclass(frozen=True, slots=True)
class Campaigns:
    """A part of the campaigns, oldest first."""

    items: list[Campaigned]
    next: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What the gate would do now with everything that waits; counts by rule."""

    tasks: int
    called: int
    now: int
    later: Counts
    skipped: Counts
    excluded: Counts


@dataclass(frozen=True, slots=True)
class Numbers:
    """The live numbers of a campaign, in tasks; a rate is an outcome over `due`, never over attempts."""

    status: str
    due: int
    waiting: int
    retrying: int
    in_progress: int
    finished: int
    dialed: int
    reached: int
    outcomes: Counts
    problems: Counts
    blocked: Counts
    cancelled: Counts
    elsewhere: Counts
    excluded: Counts
    alarms: Counts


@dataclass(frozen=True, slots=True, config=STRICT)
class Wanted:
    """A part of a listing, and if so wished of one rule or kind only."""

    after: Annotated[int, Field(ge=0, le=MOST)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    of: Word = ""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A row of the list that is not called, and by which rule."""

    id: int
    row: int
    policy_no: str
    rule: str
    evidence: str
    approval: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Exclusions:
    """A part of those who are not called."""

    items: list[Exclusion]
    next: int | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A task that was still open at one of its alarm points; `kind` names the point."""

    id: int
    task_id: int
    row: int
    policy_no: str
    kind: str
    due_at: Moment
    raised_at: Moment
    status: str
    due_by: Moment | None


@dataclass(frozen=True, slots=True)
class Alarms:
    """A part of the raised alarms."""

    items: list[Alarm]
    next: int | None


@campaigns.operation(Operation("GET", "/campaigns", "All campaigns", Campaigns, READ, query=Page))
def listing(query: Page) -> Campaigns:
    """A part of the campaigns."""
    with store().read() as conn:
        found = [one for one in stored.listing(conn) if one.campaign_id > query.after][: query.limit]
    last = found[-1].campaign_id if found else 0
    return Campaigns([_shown(one) for one in found], following(found, query.limit, last))


@campaigns.operation(
    Operation(
        "POST",
        "/campaigns",
        "Make a draft campaign of a list",
        Campaigned,
        WRITE,
        body=NewCampaign,
        status=201,
        refusals=("not_made", "conflict"),
    )
)
def create(body: NewCampaign) -> Answer:
    """Make a campaign; nothing is dialed before it is started."""
    asked = asdict(body)
    with store().read() as conn:
        if stored.by_name(conn, body.name):
            raise Problem("conflict", "there is a campaign of this name; choose another")
    try:
        campaign_id = make(_office(), asked.pop("name"), asked.pop("list_id"), **asked)
    except LedgerBusy:
        raise
    except (DialerError, LedgerError, HomeError) as error:
        raise Problem("not_made", str(error)) from None
    _note("campaign_made", campaign_id)
    location = {"Location": f"/api/v1/campaigns/{campaign_id}"}
    return Answer(_shown(_found(campaign_id)), 201, location)


@campaigns.operation(Operation("GET", "/campaigns/<int:campaign_id>", "One campaign", Campaigned, READ))
def one(campaign_id: int) -> Campaigned:
    """A campaign."""
    return _shown(_found(campaign_id))


@campaigns.operation(
    Operation(
        "GET",
        "/campaigns/<int:campaign_id>/preview",
        "What the gate would do now with everything that waits",
        Preview,
        READ,
        refusals=("not_made",),
    )
)
def preview(campaign_id: int) -> Preview:
    """Look ahead; nothing is written."""
    found = _found(campaign_id)
    try:
        with store().read() as conn:
            rules = rules_of(_office(), conn, found)
            seen = preview_of(conn, campaign_id, rules, now())
            excluded = selection.excluded(conn, campaign_id)
    except (DialerError, HomeError) as error:
        raise Problem("not_made", str(error)) from None
    return Preview(
        tasks=seen.tasks,
        called=seen.called,
        now=seen.now,
        later=dict(seen.later),
        skipped=dict(seen.skipped),
        excluded=excluded,
    )


@campaigns.operation(
    Operation(
        "POST",
        "/campaigns/<int:campaign_id>/<any(start, pause, resume, stop):how>",
        "Start, pause, resume or stop a campaign",
        Campaigned,
        WRITE,
        refusals=("conflict", "not_made"),
    )
)
def move(campaign_id: int, how: str) -> Campaigned:
    """Set its status; said twice it changes nothing the second time."""
    by, at = who(), now()

    def write(conn: sqlite3.Connection) -> None:
        found = stored.get(conn, campaign_id)
        if found is None:
            raise Problem("not_found")
        if found.status == STATUS[how]:
            return
        if found.status not in FROM[how]:
            raise Problem("conflict", f"the campaign is {found.status}; it cannot be moved so")
        stored.set_status(conn, campaign_id, STATUS[how], at)
        audit.note(conn, by, f"campaign_{how}", f"campaign:{campaign_id}", at)

    try:
        store().write(write)
    except LedgerBusy:
        raise
    except LedgerError as error:
        raise Problem("not_made", str(error)) from None
    return _shown(_found(campaign_id))


@campaigns.operation(
    Operation("GET", "/campaigns/<int:campaign_id>/status", "Its live numbers", Numbers, READ)
)
def status(campaign_id: int) -> Numbers:
    """The numbers as they stand, all of one moment."""
    found = _found(campaign_id)
    with store().read() as conn:
        seen = progress_of(conn, campaign_id)
        excluded = selection.excluded(conn, campaign_id)
        raised = alarms.raised(conn, campaign_id)
    return Numbers(
        status=found.status,
        due=seen.due,
        waiting=seen.waiting,
        retrying=seen.retrying,
        in_progress=seen.in_progress,
        finished=seen.finished,
        dialed=seen.dialed,
        reached=seen.reached,
        outcomes=dict(seen.outcomes),
        problems=dict(seen.problems),
        blocked=dict(seen.blocked),
        cancelled=dict(seen.cancelled),
        elsewhere=dict(seen.elsewhere),
        excluded=excluded,
        alarms=raised,
    )


@campaigns.operation(
    Operation(
        "GET",
        "/campaigns/<int:campaign_id>/excluded",
        "Who of the list is not called, and why",
        Exclusions,
        READ,
        query=Wanted,
    )
)
def excluded(campaign_id: int, query: Wanted) -> Exclusions:
    """A part of those who are left out; `of` is a rule."""
    _found(campaign_id)
    with store().read() as conn:
        found = selection.exclusions(conn, campaign_id, rule=query.of, after=query.after, limit=query.limit)
    items = [
        Exclusion(one.exclusion_id, one.row, one.policy_no, one.rule, one.evidence, one.approval, one.at)
        for one in found
    ]
    return Exclusions(items, following(items, query.limit, items[-1].id if items else 0))


@campaigns.operation(
    Operation(
        "GET",
        "/campaigns/<int:campaign_id>/alarms",
        "Tasks that were still open at an alarm point",
        Alarms,
        READ,
        query=Wanted,
    )
)
def raised(campaign_id: int, query: Wanted) -> Alarms:
    """A part of the raised alarms; `of` is a kind of alarm."""
    _found(campaign_id)
    with store().read() as conn:
        found = alarms.listing(conn, campaign_id, kind=query.of, after=query.after, limit=query.limit)
    items = []
    for one in found:
        shown = asdict(one)
        items.append(Alarm(id=shown.pop("alarm_id"), **shown))
    return Alarms(items, following(items, query.limit, items[-1].id if items else 0))


def _office() -> Office:
    parts = edge()
    return Office(parts.settings, Home(parts.settings.home), parts.clock)


def _found(campaign_id: int) -> Campaign:
    with store().read() as conn:
        found = stored.get(conn, campaign_id)
    if found is None:
        raise Problem("not_found")
    return found


def _note(action: str, campaign_id: int) -> None:
    by, at, subject = who(), now(), f"campaign:{campaign_id}"
    store().write(lambda conn: audit.note(conn, by, action, subject, at))


def _shown(found: Campaign) -> Campaigned:
    return Campaigned(
        id=found.campaign_id,
        name=found.name,
        list_id=found.list_id,
        script_digest=found.script_digest,
        purpose=found.purpose,
        profile=found.profile,
        mode=found.mode,
        status=found.status,  # type: ignore[arg-type]
        created_at=found.created_at,
        started_at=found.started_at,
        ended_at=found.ended_at,
    )
