"""`huifang campaign`: a list, a script and calling rules, dialed while they run."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import datetime

import click

from dialer.campaigns import Preview, choose_mode
from dialer.campaigns import preview as preview_of
from dialer.errors import CampaignError
from dialer.gate import Rules
from dialer.preview import by_rule
from dialer.sharing import NORMAL, PRIORITIES
from ivr.campaigning import making
from ivr.campaigning.figures import figures
from ivr.campaigning.making import Draft
from ivr.campaigning.report import in_words, rates, report
from ivr.command.dnc_lists import warn
from ivr.command.office import BY, ROW, Office, as_json, office, show
from ivr.tally import tally
from ledger import audit, campaigns, selection, transaction
from ledger.campaigns import Campaign, Share

NUMBER = re.compile("[0-9]{1,18}")
MODE = click.Choice(campaigns.MODES)
PRIORITY = click.IntRange(PRIORITIES.start, PRIORITIES.stop - 1)
LINES = click.IntRange(1)
RATE = click.FloatRange(0, min_open=True)


@click.group()
def campaign() -> None:
    """Campaigns: create, preview, mode, share, start, pause, resume, stop, status, report."""


@campaign.command()
@click.argument("name")
@click.option("--list", "list_id", type=ROW, required=True, help="The list to call.")
@click.option("--from", "caller", default="", help="The caller number; the company's first without it.")
@click.option("--script", default="", help="Another script than that of the kind of list.")
@click.option("--profile", default="", help="Other calling rules than those of the kind of list.")
@click.option("--mode", type=MODE, default=campaigns.ROBOT, show_default=True, help="Who speaks.")
@click.option("--unit", default="", help="Only agents of this organisation unit; all of them without it.")
@click.option("--region", default="", help="The region in whose words the script is spoken.")
@click.option("--recipe", default="", help="Select by this recipe instead of that of the kind of list.")
@click.option(
    "--seed", default="", help="Draw with this seed, to draw the same again; without it, by chance."
)
@click.option("--again", is_flag=True, help="Call also who was reached with this script before.")
@click.option("--priority", type=PRIORITY, default=NORMAL, show_default=True, help="5 is called most.")
@click.option("--max-lines", type=LINES, help="Calls of this campaign in progress at most.")
@click.option("--max-cps", "rate", type=RATE, help="Calls per second of this campaign at most.")
@as_json
def create(
    name: str,
    list_id: int,
    priority: int,
    max_lines: int | None,
    rate: float | None,
    again: bool,
    as_json: bool,
    **plan: str,
) -> None:
    """Make a draft campaign NAME of a list, and say who of it is left out."""
    here, share = office(), Share(priority, max_lines, rate)
    campaign_id = make(here, name, list_id, share=share, again=again, **plan)
    with here.ledger() as conn:
        excluded = selection.excluded(conn, campaign_id)
    if as_json:
        click.echo(json.dumps({"id": campaign_id, "name": name, "left_out": excluded}, ensure_ascii=False))
        return
    click.echo(f"campaign {campaign_id} “{name}” is a draft; start it: huifang campaign start {campaign_id}")
    if excluded:
        click.echo(f"left out: {by_rule(excluded)}; see huifang campaign excluded {campaign_id}")


def make(
    here: Office,
    name: str,
    list_id: int,
    *,
    share: Share | None = None,
    again: bool = False,
    **plan: str,
) -> int:
    """Make a draft campaign and return its id."""
    draft = Draft(name, list_id, share=share or Share(), again=again, **plan)
    with here.ledger() as conn:
        return making.make(conn, draft, here.home.company(), here.home.calendar(), here.clock.now())


@campaign.command()
@click.argument("name")
@as_json
def preview(name: str, as_json: bool) -> None:
    """Say what the gate would do now with everything that waits; nothing is written."""
    seen = foresee(office(), name)
    if as_json:
        body = {
            "tasks": seen.tasks,
            "called": seen.called,
            "now": seen.now,
            "later": dict(seen.later),
            "when": {rule: moment.isoformat() for rule, moment in seen.when.items()},
            "skipped": dict(seen.skipped),
            "left_out": dict(seen.excluded),
        }
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        click.echo(str(seen))


def foresee(here: Office, name: str) -> Preview:
    """Run the gate over everything that waits in a campaign, without writing anything."""
    with here.ledger() as conn:
        found = find(conn, name)
        warn(here, conn)
        return preview_of(conn, found.campaign_id, rules_of(here, conn, found), here.clock.now())


def rules_of(here: Office, conn: sqlite3.Connection, found: Campaign) -> Rules:
    """What the gate decides by in this campaign."""
    return making.rules_of(conn, found, here.home.company(), here.home.calendar())


@campaign.command()
@click.argument("name")
@click.argument("mode", type=MODE)
@click.option("--unit", default="", help="Only agents of this organisation unit; all of them without it.")
def mode(name: str, mode: str, unit: str) -> None:
    """Choose who speaks, as long as the campaign is a draft or paused."""
    with office().ledger() as conn:
        found = find(conn, name)
        with transaction(conn):
            choose_mode(conn, found, mode, unit)
    click.echo(f"campaign {found.campaign_id} “{found.name}”: {mode}")


@campaign.command()
@click.argument("name")
@click.option("--priority", type=PRIORITY, help="5 is called most.")
@click.option(
    "--max-lines", type=click.IntRange(0), help="Calls in progress at most; 0 for as many as there are."
)
@click.option("--max-cps", "rate", type=click.FloatRange(0), help="Calls per second at most; 0 for all.")
def share(name: str, priority: int | None, max_lines: int | None, rate: float | None) -> None:
    """Set what it may take of the account, also while it runs."""
    with office().ledger() as conn:
        found = find(conn, name)
        lines = found.max_lines if max_lines is None else max_lines or None
        pace = found.max_per_second if rate is None else rate or None
        with transaction(conn):
            campaigns.set_share(conn, found.campaign_id, Share(priority or found.priority, lines, pace))
    click.echo(f"campaign {found.campaign_id} “{found.name}”: priority {priority or found.priority}")


@campaign.command()
@click.argument("name")
@as_json
def start(name: str, as_json: bool) -> None:
    """Let the dialer call from this campaign."""
    move(office(), name, "start", as_json=as_json)


@campaign.command()
@click.argument("name")
@as_json
def resume(name: str, as_json: bool) -> None:
    """Go on with a campaign that was paused; the same as start."""
    move(office(), name, "resume", as_json=as_json)


@campaign.command()
@click.argument("name")
@as_json
def pause(name: str, as_json: bool) -> None:
    """Place no further call until it is started again."""
    move(office(), name, "pause", as_json=as_json)


@campaign.command()
@click.argument("name")
@click.option("--reason", default="", help="Why; it is kept with the campaign.")
@as_json
def stop(name: str, reason: str, as_json: bool) -> None:
    """End it for good."""
    move(office(), name, "stop", reason, as_json=as_json)


def move(here: Office, name: str, how: str, reason: str = "", *, as_json: bool = False) -> None:
    """Set the status of a campaign and note it in the audit."""
    with here.ledger() as conn:
        found = find(conn, name)
        with transaction(conn):
            status = making.move(conn, found, how, here.clock.now(), reason)
            audit.note(conn, BY, f"campaign.{how}", f"campaign:{found.campaign_id}", here.clock.now())
    if as_json:
        body = {"id": found.campaign_id, "name": found.name, "status": status}
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        click.echo(f"campaign {found.campaign_id} “{found.name}”: {status}")


@campaign.command()
@click.argument("name", required=False)
@as_json
def status(name: str | None, as_json: bool) -> None:
    """Show all campaigns, or how far one of them is (by id or name)."""
    here = office()
    with here.ledger() as conn:
        if name is None:
            rows = [_row(found) for found in campaigns.listing(conn)]
            show(rows, json_wanted=as_json, columns=("id", "name", "mode", "status", "priority", "started"))
            return
        seen = figures(conn, find(conn, name), here.clock.now())
    lines = tally(seen.progress)
    if as_json:
        body = _row(seen.campaign) | {line.key: line.count for line in lines} | rates(seen)
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    click.echo(f"{seen.campaign.name}: {seen.campaign.status} ({seen.campaign.mode})")
    for line in lines:
        click.echo(f"{'  ' * line.level}{line.words:<{28 - 2 * line.level}}{line.count:>8}")


@campaign.command("report")
@click.argument("name")
@as_json
def report_(name: str, as_json: bool) -> None:
    """Report coverage, success in time, problem cases, other channels and calls by the hour (A+6)."""
    here = office()
    with here.ledger() as conn:
        told = report(figures(conn, find(conn, name), here.clock.now()))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for line in in_words(told):
        click.echo(line)


def find(conn: sqlite3.Connection, name: str) -> Campaign:
    """Return a campaign by id or name."""
    found = campaigns.get(conn, int(name)) if NUMBER.fullmatch(name) else None
    found = found or campaigns.by_name(conn, name)
    if found is None:
        raise CampaignError(f"campaign {name}: there is none; see huifang campaign status")
    return found


def _row(found: Campaign) -> dict[str, object]:
    started = found.started_at
    return {
        "id": found.campaign_id,
        "name": found.name,
        "mode": found.mode,
        "status": found.status,
        "priority": found.priority,
        "started": started.isoformat() if isinstance(started, datetime) else None,
    }
