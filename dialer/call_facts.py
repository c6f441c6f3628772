"""What a script is given: facts of the contact, of the company, and of the moment of the call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from dialer import concession
from dialer.appointments import offer
from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.deadlines import working_days_later
from dialer.profile import Profile

Facts = dict[str, str | int | bool | None]

REPLY = 2
"""Working days within which a suggestion is answered (S002-115)."""


def call_facts(
    contact: Mapping[str, str | int | bool | None],
    company: Mapping[str, str | int | bool | None],
    *,
    profile: Profile,
    now: datetime,
    calendar: Calendar = CHINA,
    direction: str = "outbound",
) -> Facts:
    """All facts of one call: times to offer and to answer by, whether cooling-off and concessions are over.

    Nobody counts as having been promised this call unless the list says `appointed`.
    `direction` is that of the call: who calls us is greeted in other words.
    """
    offered = offer(profile, now, calendar)
    facts: Facts = {"appointed": False, **contact, **company, "direction": direction}
    facts["slot_one"] = _spoken(offered.slot_one)
    facts["slot_two"] = _spoken(offered.slot_two)
    facts["callback_by"] = _spoken(offered.callback_by)
    facts["reply_by"] = _spoken(working_days_later(now, REPLY, calendar))
    today = now.astimezone(LOCAL).date()
    end = contact.get("cooling_end")
    if isinstance(end, str):
        facts["cooling_over"] = today > date.fromisoformat(end)
    return facts | concession.facts_on(facts, today)


def _spoken(moment: datetime) -> str:
    """The moment with the offset of the customer's zone, as it is read aloud."""
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")
