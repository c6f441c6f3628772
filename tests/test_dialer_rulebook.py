"""What a campaign calls under, and what the gate is told of calls in other campaigns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from dialer import gate, rulebook
from dialer.errors import CampaignError
from dialer.gate import Rules
from dialer.profile import Frequency, load_profile
from dialer.rulebook import Callers, rules_of
from ledger import claims, connect, dnc, migrate, transaction
from ledger.claims import Terms
from ledger.records import Claimed, ClaimFacts
from ledger.times import to_text
from ledger.waiting import waiting
from tests.ledger_rows import HOTLINE, NOW, TODAY, campaign, contact, later

LIFE = load_profile("cn_life")
OWN = Callers(frozenset({HOTLINE}))
ONE, TWO = 8613800000001, 8613800000002


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


def rules(conn: sqlite3.Connection, campaign_id: int) -> Rules:
    return rules_of(conn, campaign_id, OWN, LIFE)


def claim(conn: sqlite3.Connection, campaign_id: int, limit: int = 1, hours: float = 0) -> list[Claimed]:
    under, now = rules(conn, campaign_id), later(hours=hours)
    decide = partial(gate.decide, rules=under, now=now)
    terms = Terms(campaign_id, now, TODAY, decide, HOTLINE, under.since(now), rulebook.discharge)
    return claims.claim(conn, terms, limit)


def known(conn: sqlite3.Connection, campaign_id: int) -> ClaimFacts:
    (facts,) = waiting(conn, rulebook.asked(campaign_id, rules(conn, campaign_id), later(hours=1)))
    return facts


def over(conn: sqlite3.Connection, columns: str = "status = 'no-answer'") -> None:
    with transaction(conn):
        conn.execute(f"update calls set ended_at = ?, {columns}", (to_text(NOW),))


def test_a_line_shows_its_own_numbers_and_those_of_all() -> None:
    """S001-39: bound to the business line."""
    callers = Callers(frozenset({1}), {"life": frozenset({2}), "property": frozenset({3})})
    assert [callers.of(line) for line in ("life", "property", "health", "")] == [
        {1, 2},
        {1, 3},
        {1},
        {1, 2, 3},
    ]


def test_a_life_campaign_does_not_show_the_number_of_property(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    wrong = Callers(frozenset(), {"property": frozenset({HOTLINE})})
    (facts,) = waiting(conn, rulebook.asked(campaign_id, rules(conn, campaign_id), NOW))
    verdict = gate.decide(facts, rules=rules_of(conn, campaign_id, wrong, LIFE), now=NOW)
    assert verdict.rule == "caller_not_allowed"


def test_a_campaign_that_is_none_has_no_rules(conn: sqlite3.Connection) -> None:
    with pytest.raises(CampaignError, match="campaign 7: there is none"):
        rules(conn, 7)


@pytest.mark.parametrize(
    "other",
    [
        contact(2, numbers=[ONE], customer="somebody else"),
        contact(2, numbers=[TWO], customer="customer-1"),
        contact(2, numbers=[ONE], customer="customer-1"),
    ],
)
def test_calls_count_in_all_campaigns_by_customer_and_by_number(
    conn: sqlite3.Connection, other: object
) -> None:
    first = campaign(conn, [contact(1, numbers=[ONE])])
    second = campaign(conn, [other], name="another")  # type: ignore[list-item]
    assert len(claim(conn, first)) == 1
    assert known(conn, second).in_progress
    over(conn)
    facts = known(conn, second)
    assert [(call.at, call.is_open) for call in facts.past] == [(NOW, False)]
    once = replace(LIFE, frequency=Frequency(1, LIFE.frequency.days, 1))
    verdict = gate.decide(facts, rules=rules_of(conn, second, OWN, once), now=later(hours=1))
    assert verdict.rule == "too_often"


@pytest.mark.parametrize(
    ("end", "counted", "silent"),
    [
        ("status = 'no-answer'", 1, False),
        ("status = 'refused'", 0, False),
        ("status = 'withdrawn'", 0, False),
        ("status = 'completed', answered_at = claimed_at", 1, True),
        ("status = 'completed', answered_at = claimed_at, turn = 0", 1, False),
        ("status = 'failed', claimed_at = '2026-10-01T00:00:00.000Z'", 0, False),
    ],
)
def test_what_the_carrier_never_took_is_no_attempt_and_a_pick_up_without_a_word_is_silent(
    conn: sqlite3.Connection, end: str, counted: int, silent: bool
) -> None:
    campaign_id = campaign(conn, [contact(1)])
    claim(conn, campaign_id)
    over(conn, end)
    with transaction(conn):
        conn.execute("update tasks set status = 'ready'")
    assert [call.silent for call in known(conn, campaign_id).past] == [silent] * counted


def test_one_claim_gives_nobody_two_calls(conn: sqlite3.Connection) -> None:
    rows = [contact(row, customer="same") for row in (1, 2)] + [contact(3)]
    campaign_id = campaign(conn, rows)
    assert [one.to_number for one in claim(conn, campaign_id, limit=3)] == [ONE, 8613800000003]


def test_callers_of_whom_only_the_number_is_known_are_not_one_customer(conn: sqlite3.Connection) -> None:
    rows = [contact(row)._replace(customer_key="") for row in (1, 2)]
    campaign_id = campaign(conn, rows)
    assert len(claim(conn, campaign_id, limit=2)) == 2
    over(conn)
    conn.execute("update tasks set status = 'ready'")
    asked = rulebook.asked(campaign_id, rules(conn, campaign_id), later(hours=1))
    assert [len(facts.past) for facts in waiting(conn, asked)] == [1, 1]


@pytest.mark.parametrize(("purpose", "status"), [("duty", "elsewhere"), ("service", "blocked")])
def test_a_duty_that_may_not_be_phoned_goes_on_in_the_claiming_transaction(
    conn: sqlite3.Connection, purpose: str, status: str
) -> None:
    """A+4, S002-96: the letter is due before anybody else can look."""
    campaign_id = campaign(conn, [contact(1)], purpose=purpose)
    with transaction(conn):
        dnc.add(
            conn, numbers=[ONE], customer_key="", purpose="all", scope="company", reason="asked",
            source="test", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
        )  # fmt: skip
    assert claim(conn, campaign_id) == []
    assert conn.execute("select status, outcome_reason from tasks").fetchall() == [(status, "do_not_call")]
    ways = [way for (way,) in conn.execute("select channel from fallbacks")]
    assert ways == (["letter"] if purpose == "duty" else [])


def test_what_the_list_says_of_the_customer_is_told_to_the_gate(conn: sqlite3.Connection) -> None:
    said = '{"zone":"Europe/Paris","consent":true,"expires_on":"2026-12-31"}'
    campaign_id = campaign(conn, [contact(1)._replace(facts=said)])
    facts = known(conn, campaign_id)
    assert (facts.zone, facts.consent, facts.expires_on) == ("Europe/Paris", True, "2026-12-31")
    assert facts.list_locked
    assert not facts.script_filed


@pytest.mark.parametrize("consent", ['"yes"', "1", "false", "null", '"no"'])
def test_only_a_plain_yes_is_consent(conn: sqlite3.Connection, consent: str) -> None:
    campaign_id = campaign(conn, [contact(1)._replace(facts=f'{{"consent":{consent}}}')])
    assert not known(conn, campaign_id).consent
