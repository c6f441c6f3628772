"""The demo's afternoon, as fast as life: agents at their desks, callers on the hotline, the robot too."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console

from dialer import wiring
from dialer.calendar import LOCAL
from dialer.carrier import Carrier
from dialer.gate import decide
from dialer.lists.invent import invent
from dialer.rulebook import asked
from ivr import clock as clocks
from ivr import demo, welcome
from ivr.command.campaigns import make, move, rules_of
from ivr.command.lists import run_import
from ivr.command.office import Office, office
from ivr.demo import People, Processes
from ivr.welcome import Hand
from ledger import campaigns, lists
from ledger.records import Action
from ledger.waiting import waiting

START = "2026-11-23T14:00:00+08:00"
BEGINS, LATEST = timedelta(hours=14), timedelta(hours=16, minutes=30)
"""Of the day: when the agents come, and when it is too late for them, who go at six."""
AGENTS_LIST, AGENTS_ROWS = "人工回访.csv", 60
EXCHANGE_CPS = "5"
CPS, LINES = "0.3", "200"
"""So slow that the robot never has all lines: who presses dial waits three seconds at most."""
ASKING = 40
"""Every so manieth customer of the robot wants a person."""


def run(
    before: Office, processes: Processes, people: People, hands: Sequence[Hand], console: Console
) -> None:
    """Go on at speed 1 with the same home and ledger, and stay up until interrupted."""
    processes.stop()
    clock = clocks.Clock(begin(before.clock.now()), 1.0, time.time())
    settings = {"HUIFANG_CLOCK": clock.spec()}
    os.environ.update(settings)
    processes.add(**settings)
    here = office()
    campaign_id = _agents_campaign(here, people)
    with here.ledger() as conn:
        first = first_customer(conn, here, campaign_id)
    _connect(here, processes, people)
    welcome.show(here, first, console)
    welcome.stay(processes, hands, console)


def begin(now: datetime) -> datetime:
    """The moment at which the agents come: never before `now`, for a ledger's clock does not go back."""
    local = now.astimezone(LOCAL)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if local > midnight + LATEST:
        return begin(midnight + timedelta(days=1))
    return max(now, midnight + BEGINS)


def first_customer(conn: sqlite3.Connection, here: Office, campaign_id: int) -> int:
    """The number that the first agent is going to call: the most urgent one that the gate allows now."""
    found = campaigns.get(conn, campaign_id)
    assert found is not None
    rules, now = rules_of(here, conn, found), here.clock.now()
    due = (
        (facts.due_by or datetime.max.replace(tzinfo=UTC), facts.task_id, facts.number or 0)
        for facts in waiting(conn, asked(campaign_id, rules, now))
        if decide(facts, rules=rules, now=now).action is Action.ALLOW
    )
    return min(due)[2]


def _agents_campaign(here: Office, people: People) -> int:
    """A second list, whose customers agents call; they have time. Some of the robot's want a person."""
    for number in list(people)[::ASKING]:
        people[number]["persona"] = "wants_a_person"
    file = here.home.root / AGENTS_LIST
    file.write_bytes(invent(AGENTS_ROWS, 11).replace(b"P2026", b"R2026"))
    list_id = run_import(here, file, "new_policy", quiet=True).list_id
    with here.ledger() as conn:
        called = demo.people_of(lists.contacts(conn, list_id))
    people |= {number: facts | {"persona": "has_time"} for number, facts in called.items()}
    campaign_id = make(here, "新契约回访 · 人工", list_id, mode=campaigns.PREVIEW)
    move(here, str(campaign_id), "start")
    return campaign_id


def _connect(here: Office, processes: Processes, people: People) -> None:
    """Start everything; the account gets its number, and the application of agents' telephones."""
    processes.exchange(demo.write_people(here.home, people), seed=8, cps=EXCHANGE_CPS)
    settings = here.settings
    carrier = Carrier(settings.account_sid, settings.auth_token, settings.api_base, settings.signed_url)
    company = here.home.company()
    for number in company.numbers:
        carrier.client.incoming_phone_numbers.create(
            phone_number=f"+{number}", friendly_name=f"{company.name} 热线"
        )
        wiring.hotline(carrier, number)
    processes.add(TWILIO_TWIML_APP_SID=wiring.application(carrier))
    processes.serve()
    processes.start("collect")
    processes.start("dial", "--cps", CPS, "--lines", LINES)
