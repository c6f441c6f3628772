"""`huifang gate`: why a customer is called now, later, or never."""

from __future__ import annotations

import click

from dialer.errors import CampaignError, ListError
from dialer.lists.findings import Unfit
from dialer.lists.phones import parse_phones
from dialer.preview import explained
from ivr.command.campaigns import find, rules_of
from ivr.command.office import as_json, office, show
from ledger.records import Verdict
from ledger.waiting import contacts


@click.group()
def gate() -> None:
    """The compliance gate: explain."""


@gate.command()
@click.argument("campaign")
@click.argument("who")
@as_json
def explain(campaign: str, who: str, as_json: bool) -> None:
    """Say what every rule objects to calling WHO of CAMPAIGN: a policy, claim or phone number."""
    here = office()
    with here.ledger() as conn:
        found = find(conn, campaign)
        here.note(conn, "gate_explained", f"campaign:{found.campaign_id}")
        waiting = contacts(conn, found.campaign_id, who, _number(who))
        if not waiting:
            raise CampaignError(f"{who}: no task of campaign {found.campaign_id} waits for it")
        rules, now = rules_of(here, conn, found), here.clock.now()
        said = [
            _row(contact_id, verdict)
            for contact_id in waiting
            for verdict in explained(conn, found.campaign_id, contact_id, rules, now)
        ]
    show(said, json_wanted=as_json, columns=("contact", "rule", "verdict", "until", "version"))


def _row(contact_id: int, verdict: Verdict) -> dict[str, object]:
    return {
        "contact": contact_id,
        "rule": verdict.rule,
        "verdict": verdict.action.value,
        "until": verdict.until.isoformat() if verdict.until else None,
        "version": verdict.version,
    }


def _number(who: str) -> int | None:
    try:
        return parse_phones(who)[0].number
    except (Unfit, ListError):
        return None
