"""What is true only of this call: company, caller number, the times it may offer, how late it is."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from dialer.ending import open_book
from ivr.demo import COMPANY
from ivr.occasion import Occasion
from ledger import state
from ledger.records import Claimed
from tests.conftest import MORNING


def test_the_facts_of_the_moment_join_those_of_the_list(
    conn: sqlite3.Connection, ledger_path: Path, claimed: list[Claimed]
) -> None:
    call = state.read(conn, claimed[0].call_id).state
    facts = Occasion(COMPANY, open_book(ledger_path)).facts(conn, call, MORNING)
    assert facts.items() >= json.loads(call.facts).items()
    assert (facts["company"], facts["caller_number"]) == ("晨星人寿", "075588880000")
    assert facts["slot_one"] == "2026-11-23T15:00:00+08:00"
    assert facts["slot_two"] == "2026-11-23T19:00:00+08:00"


def test_a_call_after_the_last_day_says_that_the_right_is_over(
    conn: sqlite3.Connection, ledger_path: Path, claimed: list[Claimed]
) -> None:
    call = replace(state.read(conn, claimed[0].call_id).state, facts='{"cooling_end":"2026-11-23"}')
    occasion = Occasion(COMPANY, open_book(ledger_path))
    assert occasion.facts(conn, call, MORNING)["cooling_over"] is False
    assert occasion.facts(conn, call, MORNING + timedelta(days=1))["cooling_over"] is True


def test_a_call_without_a_campaign_shows_the_companys_first_number(
    conn: sqlite3.Connection, ledger_path: Path, claimed: list[Claimed]
) -> None:
    call = replace(state.read(conn, claimed[0].call_id).state, campaign_id=None)
    facts = Occasion(COMPANY, open_book(ledger_path)).facts(conn, call, MORNING)
    assert facts["caller_number"] == "075588880000"
