"""Campaigns over HTTP: make one of a list, look ahead, start and stop it, read its live numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from ivr.api.operations import Answer, Operation, part, who
from ivr.api.problems import Problem
from ivr.api.reading import refuse
from ivr.api.values import MOST, STRICT, Counts, Moment, Name, Page, RowId, Word, following
from ivr.campaigning import errand, making
from ivr.campaigning.figures import figures
from ivr.campaigning.making import MOVES
from ivr.campaigning.report import report
from ivr.edge import now, store
from ledger import LedgerBusy, LedgerError, alarms, audit, lists, selection
from ledger import campaigns as stored
from ledger.campaigns import Campaign

campaigns = part("campaigns")
READ = ("campaigns:read", "campaigns:write")
WRITE = ("campaigns:write",)
WAITS = {
    "busy": "others are being made or looked ahead; try again later",
    "slow": "it takes longer and goes on; look for it by its name",
}
PLAN = ("script", "profile", "mode", "unit", "region", "caller")
OPTIONS = {"caller": "from"}
"""Options of `huifang campaign create` that are named otherwise than here."""
PREVIEWED = ("tasks", "called", "now", "later", "skipped", "left_out")
REPORTED = (
    "status",
    "at",
    "due",
    "attempted",
    "reached",
    "completed",
    "success",
    "coverage",
    "success_in_time",
    "success_in_time_rate",
    "on_time_rate",
    "overdue",
    "problems",
    "blocked",
    "cancelled",
    "elsewhere",
    "left_out",
    "alarms",
    "attempts",
    "attempts_by_hour",
)
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
    left_out: Counts


@dataclass(frozen=True, slots=True)
class Numbers:
    """The live numbers of a campaign, in tasks: coverage is success over due, never over attempts.

    `on_time_rate` is what was over by its deadline, of all that should have been; hours are those of the day.
    """

    status: str
    at: Moment
    due: int
    waiting: int
    retrying: int
    in_progress: int
    attempted: int
    reached: int
    completed: int
    success: int
    coverage: float | None
    success_in_time: int
    success_in_time_rate: float | None
    on_time_rate: float | None
    overdue: int
    outcomes: Counts
    problems: Counts
    blocked: Counts
    cancelled: Counts
    elsewhere: Counts
    left_out: Counts
    alarms: Counts
    attempts: int
    attempts_by_hour: dict[str, Counts]


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
        refusals=("not_made", "conflict", "invalid"),
    )
)
def create(body: NewCampaign) -> Answer:
    """Make a campaign; nothing is dialed before it is started."""
    with store().read() as conn:
        if stored.by_name(conn, body.name):
            raise Problem("conflict", "there is a campaign of this name; choose another")
        if lists.get(conn, body.list_id) is None:
            raise refuse("/list_id", "not_found", "没有这份名单", "there is no such list")
    given = asdict(body)
    options = [f"--{OPTIONS.get(key, key)}={given[key]}" for key in PLAN if given[key]]
    made = _errand("campaign", "create", f"--list={body.list_id}", *options, "--json", "--", body.name)
    campaign_id = int(made["id"])
    _note("campaign.make", campaign_id)
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
    _found(campaign_id)
    seen = _errand("campaign", "preview", str(campaign_id), "--json")
    return Preview(**{key: seen[key] for key in PREVIEWED})


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
        if found.status == MOVES[how]:
            return
        if found.status not in FROM[how]:
            raise Problem("conflict", f"the campaign is {found.status}; it cannot be moved so")
        making.move(conn, found, how, at, by)
        audit.note(conn, by, f"campaign.{how}", f"campaign:{campaign_id}", at)

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
        seen = figures(conn, found, now())
    told = report(seen)
    more = {key: getattr(seen.progress, key) for key in ("waiting", "retrying", "in_progress")}
    outcomes = dict(seen.progress.outcomes)
    return Numbers(**{key: told[key] for key in REPORTED}, **more, outcomes=outcomes)


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


def _errand(*arguments: str) -> Mapping[str, Any]:
    """What goes through a whole list is done in a process of its own, as for the pages."""
    try:
        return errand.run(*arguments)
    except errand.Refused as refused:
        if refused.code == "refused":
            raise Problem("not_made", refused.message) from None
        raise Problem("busy", WAITS[refused.code], headers={"Retry-After": "30"}) from None


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
