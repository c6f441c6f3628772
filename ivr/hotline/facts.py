"""What is true of a call that comes in: who may be calling, whether people answer, what can be offered.

Of a customer who is recognised only what the identity check compares is here; no script can say more.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta

from dialer.appointments import half_hour
from dialer.calendar import LOCAL
from dialer.call_facts import Facts, call_facts
from dialer.lists.phones import as_dialed
from dialer.opening import Opening
from dialer.profile import Profile
from ivr.home import Company
from ledger import callers
from ledger.callers import Caller
from ledger.records import CallState

PROOF = ("id_tail", "birthday")
"""What the identity check compares."""
RECENT = timedelta(days=30)
"""An accident or a complaint is still open for so long."""
NEEDED = {
    "有效": ("product",),
    "宽限期": ("product", "premium", "grace_end"),
    "停效": ("product", "suspended_on", "reinstate_by"),
}
"""What must be known of a policy to tell its status without a person."""


def hotline_facts(
    conn: sqlite3.Connection,
    call: CallState,
    company: Company,
    *,
    profile: Profile,
    opening: Opening,
    now: datetime,
) -> Facts:
    """All facts of a call on the hotline; they are kept with its first part."""
    caller = callers.recognise(conn, call.number)
    own = company.facts() | {"caller_number": as_dialed(company.numbers[0])}
    facts = call_facts({}, own, profile=profile, now=now, calendar=opening.calendar, direction=call.direction)
    facts |= _of_caller(caller)
    facts["open_matter"] = callers.open_matter(conn, call.number, caller.callback, now - RECENT)
    facts["open_now"] = opening.is_open(now)
    facts["callback_by"] = _spoken(callback_by(opening, profile, now))
    facts["number_shown"] = bool(call.number)
    facts["case_no"] = f"{now.astimezone(LOCAL):%m%d}{call.call_id:04d}"
    facts["our_numbers"] = " ".join(our_numbers(company))
    return facts


def callback_by(opening: Opening, profile: Profile, now: datetime) -> datetime:
    """Until when somebody calls back: soon while people are there, else in the next working morning."""
    by = half_hour(opening.next(now) + profile.slots.callback)
    return by if opening.is_open(by) else half_hour(opening.next(by) + profile.slots.callback)


def our_numbers(company: Company) -> list[str]:
    """Every way in which a customer may dial or see one of our numbers."""
    found = [company.hotline]
    for number in company.numbers:
        international, national = str(number), as_dialed(number)
        found += [international, f"00{international}", national, national.removeprefix("0")]
    return list(dict.fromkeys(digits for text in found if (digits := "".join(filter(str.isdigit, text)))))


def _of_caller(caller: Caller) -> Facts:
    known = json.loads(caller.facts)
    return {
        "known": bool(caller.customer_key),
        "elder": caller.elder,
        "callback_open": caller.callback is not None,
        "policy_known": all(known.get(name) for name in NEEDED.get(str(known.get("policy_status")), ("",))),
        **{name: known[name] for name in PROOF if known.get(name)},
    }


def _spoken(moment: datetime) -> str:
    return moment.astimezone(LOCAL).isoformat(timespec="seconds")
