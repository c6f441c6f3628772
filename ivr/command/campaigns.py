"""`huifang campaign`: a list, a script and calling rules, dialed while they run."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import datetime

import click

from dialer import rulebook
from dialer.campaigns import Plan, Preview, choose_mode, create_campaign
from dialer.campaigns import preview as preview_of
from dialer.errors import CampaignError
from dialer.gate import Rules
from dialer.profile import load_profile
from ivr.command.office import ROW, Office, as_json, office, show
from ivr.tally import tally
from ledger import campaigns, transaction
from ledger.campaigns import Campaign

NUMBER = re.compile("[0-9]{1,18}")
MODE = click.Choice(campaigns.MODES)
MOVES = {"start": "running", "pause": "paused", "stop": "stopped"}


@click.group()
def campaign() -> None:
    """Campaigns: create, preview, mode, start, pause, stop, status."""


@campaign.command()
@click.argument("name")
@click.option("--list", "list_id", type=ROW, required=True, help="The list to call.")
@click.option("--from", "caller", default="", help="The caller number; the company's first without it.")
@click.option("--script", default="", help="Another script than that of the kind of list.")
@click.option("--profile", default="", help="Other calling rules than those of the kind of list.")
@click.option("--mode", type=MODE, default=campaigns.ROBOT, show_default=True, help="Who speaks.")
@click.option("--unit", default="", help="Only agents of this organisation unit; all of them without it.")
@click.option("--region", default="", help="The region in whose words the script is spoken.")
@as_json
def create(name: str, list_id: int, as_json: bool, **plan: str) -> None:
    """Make a draft campaign NAME of a list."""
    campaign_id = make(office(), name, list_id, **plan)
    if as_json:
        click.echo(json.dumps({"id": campaign_id, "name": name}, ensure_ascii=False))
    else:
        click.echo(
            f"campaign {campaign_id} “{name}” is a draft; start it: huifang campaign start {campaign_id}"
        )


def make(
    here: Office,
    name: str,
    list_id: int,
    *,
    caller: str = "",
    script: str = "",
    profile: str = "",
    mode: str = campaigns.ROBOT,
    unit: str = "",
    region: str = "",
) -> int:
    """Make a draft campaign and return its id."""
    company = here.home.company()
    wanted = caller.removeprefix("+") or str(company.numbers[0])
    number = next((number for number in company.numbers if str(number) == wanted), None)
    if number is None:
        raise CampaignError(f"caller number {caller}: is not listed in {here.home.company_file}")
    plan = Plan(
        name,
        list_id,
        number,
        company.facts(),
        script,
        profile,
        calendar=here.home.calendar(),
        mode=mode,
        unit=unit,
        region=region,
    )
    with here.ledger() as conn:
        if campaigns.by_name(conn, name):
            raise CampaignError(f"campaign {name}: there is one of this name; choose another")
        return create_campaign(conn, plan, here.clock.now())


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
            "skipped": dict(seen.skipped),
        }
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        click.echo(str(seen))


def foresee(here: Office, name: str) -> Preview:
    """Run the gate over everything that waits in a campaign, without writing anything."""
    with here.ledger() as conn:
        found = find(conn, name)
        return preview_of(conn, found.campaign_id, rules_of(here, conn, found), here.clock.now())


def rules_of(here: Office, conn: sqlite3.Connection, found: Campaign) -> Rules:
    """What the gate decides by in this campaign."""
    callers = here.home.company().callers()
    return rulebook.rules_of(
        conn, found.campaign_id, callers, load_profile(found.profile), here.home.calendar()
    )


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
def start(name: str) -> None:
    """Let the dialer call from this campaign."""
    move(office(), name, "start")


@campaign.command()
@click.argument("name")
def pause(name: str) -> None:
    """Place no further call until it is started again."""
    move(office(), name, "pause")


@campaign.command()
@click.argument("name")
def stop(name: str) -> None:
    """End it for good."""
    move(office(), name, "stop")


def move(here: Office, name: str, how: str) -> None:
    """Set the status of a campaign."""
    with here.ledger() as conn:
        found = find(conn, name)
        if found.status in ("stopped", "done") and how != "stop":
            raise CampaignError(
                f"campaign {found.campaign_id}: is {found.status}; make a new one of its list"
            )
        with transaction(conn):
            campaigns.set_status(conn, found.campaign_id, MOVES[how], here.clock.now())
    click.echo(f"campaign {found.campaign_id} “{found.name}”: {MOVES[how]}")


@campaign.command()
@click.argument("name", required=False)
@as_json
def status(name: str | None, as_json: bool) -> None:
    """Show all campaigns, or how far one of them is (by id or name)."""
    with office().ledger() as conn:
        if name is None:
            rows = [_row(found) for found in campaigns.listing(conn)]
            show(rows, json_wanted=as_json, columns=("id", "name", "mode", "status", "started"))
            return
        found = find(conn, name)
        progress = campaigns.progress(conn, found.campaign_id)
    lines = tally(progress)
    if as_json:
        body = _row(found) | {line.key: line.count for line in lines}
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    click.echo(f"{found.name}: {found.status} ({found.mode})")
    for line in lines:
        click.echo(f"{'  ' * line.level}{line.words:<{28 - 2 * line.level}}{line.count:>8}")


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
        "started": started.isoformat() if isinstance(started, datetime) else None,
    }
