"""Who sees which campaigns."""

from __future__ import annotations

from flask import abort

from ivr.edge import store
from ivr.people.rights import scope
from ledger import campaigns
from ledger.board import shows_campaign
from ledger.campaigns import Campaign
from ledger.people import ADMIN, COMPLIANCE, QUALITY, SUPERVISOR

ACT = (SUPERVISOR,)
READ = (SUPERVISOR, QUALITY, COMPLIANCE)
LOOK = (*READ, ADMIN)
"""Who may act, see customers' tasks, and see the figures, in which nobody's data is."""


def visible(campaign_id: int) -> Campaign:
    """The campaign, if it is among those that the person of this request may see."""
    units = scope()
    with store().read() as conn:
        found = campaigns.get(conn, campaign_id)
        if found is None or not shows_campaign(conn, units, campaign_id):
            abort(404)
    return found
