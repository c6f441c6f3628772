"""`huifang campaign` for who is called: excluded, exclude, quotas, phases, alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from dialer.errors import CampaignError
from dialer.selection import by_hand
from dialer.selection.by_hand import REASONS
from dialer.selection.redraw import differences
from ivr.command.campaigns import find
from ivr.command.office import BY, ROW, as_json, office, show
from ledger import alarms as points
from ledger import selection, transaction
from ledger.selection import Exclusion

SHOWN = click.option("--limit", type=ROW, default=100, show_default=True)
AFTER = click.option(
    "--after", type=click.IntRange(0, 2**63 - 1), default=0, help="Only those of a higher id."
)


@click.command()
@click.argument("name")
@click.option("--rule", default="", help="Only those whom this rule left out.")
@SHOWN
@AFTER
@as_json
def excluded(name: str, rule: str, limit: int, after: int, as_json: bool) -> None:
    """Say who of the list of NAME is left out, by which rule, and how it was drawn."""
    here = office()
    with here.ledger() as conn:
        found = find(conn, name)
        here.note(conn, "exclusions_read", f"campaign:{found.campaign_id}")
        counts = selection.excluded(conn, found.campaign_id)
        rows = selection.exclusions(conn, found.campaign_id, rule=rule, after=after, limit=limit)
        how = selection.get(conn, found.campaign_id)
    if as_json:
        body = {"selection": how and asdict(how), "rules": counts, "excluded": _plain(rows)}
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    for one, count in counts.items():
        click.echo(f"{one:<28}{count:>8}")
    if how and how.unproven:
        click.echo(f"{how.unproven} claim to be left out without evidence and approval: they stay in")
    columns = ("exclusion_id", "row", "policy_no", "rule", "evidence", "approval", "user")
    show(_plain(rows), json_wanted=False, columns=columns)


@click.command()
@click.argument("name")
@click.argument("policy")
@click.option("--reason", type=click.Choice(REASONS), required=True)
@click.option("--evidence", required=True, help="The record that proves it: a recording, a signed form.")
@click.option("--approval", required=True, help="The reference of the regulator's consent.")
def exclude(name: str, policy: str, reason: str, evidence: str, approval: str) -> None:
    """Take POLICY out of the campaign NAME, for good; it is sealed and audited."""
    here = office()
    with here.ledger() as conn:
        found = find(conn, name)
        why = Exclusion(0, reason, evidence, approval, BY)
        with transaction(conn):
            by_hand.exclude(conn, found, policy, why, here.clock.now())
    click.echo(f"{policy}: left out of campaign {found.campaign_id} ({reason})")


@click.command()
@click.argument("name")
def redraw(name: str) -> None:
    """Draw the sample of NAME again with its kept seed, and say what differs; nothing is written."""
    with office().ledger() as conn:
        found = differences(conn, find(conn, name).campaign_id)
    if found:
        raise CampaignError(f"campaign {name}: {'; '.join(found[:3])} ({len(found)} in all)")
    click.echo("drawn again: the same")


@click.command()
@click.argument("name")
@as_json
def quotas(name: str, as_json: bool) -> None:
    """Say how far the quotas of NAME are."""
    with office().ledger() as conn:
        rows = selection.quotas(conn, find(conn, name).campaign_id)
    columns = ("subject", "month", "wanted", "succeeded", "open", "spare")
    show(_plain(rows), json_wanted=as_json, columns=columns)


@click.command()
@click.argument("name")
@as_json
def phases(name: str, as_json: bool) -> None:
    """Say how far the clean-up NAME is: whom its phases must notify, and who is overdue."""
    here = office()
    with here.ledger() as conn:
        found = find(conn, name)
        how = selection.get(conn, found.campaign_id)
        rows = selection.cohorts(conn, found.campaign_id, here.clock.now())
    source = how.source if how else ""
    if as_json:
        body = {"source": source, "cohorts": _plain(rows)}
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    click.echo(f"{found.name}: {SOURCES.get(source, 'no clean-up')}")
    show(
        _plain(rows), json_wanted=False, columns=("cohort", "due", "succeeded", "open", "overdue", "ends_at")
    )
    if late := sum(row.overdue for row in rows):
        click.secho(f"OVERDUE: {late} were not notified before their phase ended", fg="red", bold=True)


SOURCES: Mapping[str, str] = {
    "head_office": "head office's list",
    "branch": "added by a branch, not in head office's report (S000-24)",
}


@click.command()
@click.argument("name")
@click.option("--kind", default="", help="Only alarms of this kind: alarm_1, alarm_2 …, overdue.")
@SHOWN
@AFTER
@as_json
def alarms(name: str, kind: str, limit: int, after: int, as_json: bool) -> None:
    """List the alarms of NAME that were raised."""
    here = office()
    with here.ledger() as conn:
        found = find(conn, name)
        here.note(conn, "alarms_read", f"campaign:{found.campaign_id}")
        counts = points.raised(conn, found.campaign_id)
        rows = points.listing(conn, found.campaign_id, kind=kind, after=after, limit=limit)
    if as_json:
        click.echo(json.dumps({"raised": counts, "alarms": _plain(rows)}, ensure_ascii=False, indent=1))
        return
    for one, count in counts.items():
        click.echo(f"{one:<28}{count:>8}")
    columns = ("alarm_id", "row", "policy_no", "kind", "due_at", "raised_at", "status", "due_by")
    show(_plain(rows), json_wanted=False, columns=columns)


def _plain(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {name: at.isoformat() if isinstance(at, datetime) else at for name, at in asdict(row).items()}
        for row in rows
    ]


COMMANDS = (excluded, exclude, redraw, quotas, phases, alarms)
"""Commands of `huifang campaign`."""
