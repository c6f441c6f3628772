"""The audit, for those who watch over it; looking into it is noted in it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Blueprint, render_template, request

from dialer.calendar import LOCAL
from ivr.edge import store
from ivr.people.entries import LONGEST
from ivr.people.rights import allowed, audit
from ledger import audit as trail
from ledger import people
from ledger.audit import Wanted
from ledger.people import ADMIN, COMPLIANCE

blueprint = Blueprint("audit", __name__)

PAGE = 50


@blueprint.get("/audit")
@allowed(COMPLIANCE, ADMIN)
def listing() -> str:
    """List who read or changed what, newest first, by person, subject and day."""
    asked = request.args
    user, subject, day = (asked.get(name, "").strip() for name in ("user", "subject", "day"))
    audit("audit_read", f"audit:{user[:LONGEST] or '*'}")
    before = asked.get("before", type=int)
    with store().read() as conn:
        found = trail.listing(conn, _wanted(user, subject, day), limit=PAGE + 1, before=before)
        names = [person.name for person in people.listing(conn)]
    older = found[PAGE - 1].entry_id if len(found) > PAGE else None
    return render_template(
        "audit.html", entries=found[:PAGE], older=older, names=names, user=user, subject=subject, day=day
    )


def _wanted(user: str, subject: str, day: str) -> Wanted:
    """A day that is none limits nothing."""
    try:
        since = datetime.combine(datetime.fromisoformat(day).date(), time(), LOCAL)
    except ValueError:
        return Wanted(people.plain(user), subject)
    return Wanted(people.plain(user), subject, since, since + timedelta(days=1))
