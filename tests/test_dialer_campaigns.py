"""Campaigns made of lists and scripts, and what the gate would say to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import ledger
from dialer.call_facts import call_facts
from dialer.campaigns import Plan, create_campaign, preview
from dialer.errors import CampaignError
from dialer.lists.examine import Terms
from dialer.lists.importer import UNFINISHED, import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from ledger import campaigns, dnc, lists, scripts
from ledger.connection import transaction
from scripts.load import library
from tests.dialer_facts import FROM, LIFE, NOW, RULES, SURVEY, at
from tests.in_force import put_in_force

DATA = Path(__file__).parent / "data"
COMPANY = {
    "company": "示例人寿",
    "hotline": "95500",
    "staff_name": "小安",
    "staff_no": "1001",
    "caller_number": "95500",
}


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "huifang.db")
    with closing(ledger.connect(tmp_path / "huifang.db")) as opened:
        with transaction(opened):
            put_in_force(opened, NOW)
        yield opened


def planned(conn: sqlite3.Connection, kind: str = "new_policy") -> Plan:
    terms = Terms(load_kind(kind), load_products(), b"secret", NOW)
    return Plan("autumn", import_list(conn, DATA / f"{kind}.csv", terms).list_id, FROM, COMPANY)


def test_a_campaign_is_a_draft_with_a_task_for_every_contact(conn: sqlite3.Connection) -> None:
    plan = planned(conn)
    campaign = campaigns.get(conn, create_campaign(conn, plan, NOW))
    assert campaign is not None
    assert (campaign.status, campaign.purpose, campaign.profile) == ("draft", "duty", "cn_life")
    assert conn.execute("select count(*) from tasks").fetchone()[0] == 483


def test_the_script_is_kept_with_its_version_and_the_list_is_locked(conn: sqlite3.Connection) -> None:
    plan = planned(conn)
    create_campaign(conn, plan, NOW)
    script = library()["new-contract"]
    kept = scripts.get(conn, script.digest)
    assert kept is not None
    assert (kept.version, kept.canonical) == (script.version, script.canonical)
    source = lists.get(conn, plan.list_id)
    assert source is not None
    assert source.locked_at == NOW


def test_a_contact_whose_clock_has_not_begun_lacks_a_variable_and_is_not_called(
    conn: sqlite3.Connection,
) -> None:
    campaign_id = create_campaign(conn, planned(conn), NOW)
    seen = preview(conn, campaign_id, RULES, NOW)
    assert str(seen) == "467 of 483 will be called; skipped: 16 by variables_missing"
    assert (seen.now, dict(seen.later)) == (467, {})
    rows = conn.execute("select distinct missing from tasks where missing != ''").fetchall()
    assert [tuple(row) for row in rows] == [("cooling_end",)]


def test_a_preview_counts_whoever_must_not_be_called_and_writes_nothing(conn: sqlite3.Connection) -> None:
    campaign_id = create_campaign(conn, planned(conn), NOW)
    with transaction(conn):
        dnc.add(
            conn,
            numbers=[8618919910907],
            customer_key="",
            purpose="all",
            scope="customer",
            reason="asked",
            source="test",
            call_id=None,
            starts_at=NOW,
            ends_at=None,
            now=NOW,
        )
    before = conn.total_changes
    assert preview(conn, campaign_id, RULES, NOW).skipped == {"variables_missing": 16, "do_not_call": 1}
    night = preview(conn, campaign_id, RULES, at("2026-11-23T22:00"))
    assert (night.now, night.later) == (0, {"outside_hours": 466})
    assert conn.total_changes == before


def test_accidents_are_called_within_their_half_hour(conn: sqlite3.Connection) -> None:
    campaign_id = create_campaign(conn, planned(conn, "claims_survey"), NOW)
    rules = replace(RULES, profile=SURVEY)
    seen = preview(conn, campaign_id, rules, NOW)
    assert (seen.tasks, seen.later.keys()) == (115, {"not_yet_due"})
    assert preview(conn, campaign_id, rules, at("2026-11-24T09:00")).skipped == {"deadline_expired": 115}


def test_tasks_wait_for_the_next_opening(conn: sqlite3.Connection) -> None:
    create_campaign(conn, planned(conn), at("2026-11-23T21:00"))
    assert [tuple(row) for row in conn.execute("select distinct next_at, held from tasks")] == [
        ("2026-11-24T01:00:00.000Z", 1)
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"list_id": 9}, "list 9: there is none"),
        ({"script": "poem"}, 'script "poem": there is none; choose one of'),
        ({"script": "hotline", "region": "moon"}, 'script "hotline@moon": no version is active'),
        ({"script": "hotline-callback"}, "choose the mode preview or progressive"),
        ({"profile": "moon"}, 'profile "moon" is unknown'),
    ],
)
def test_what_is_not_there_is_named(
    conn: sqlite3.Connection, changes: dict[str, object], message: str
) -> None:
    plan = replace(planned(conn), **changes)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=message):
        create_campaign(conn, plan, NOW)
    assert campaigns.listing(conn) == []


def test_a_list_whose_import_was_cut_off_makes_no_campaign(conn: sqlite3.Connection) -> None:
    plan = planned(conn)
    with transaction(conn):
        conn.execute("update lists set rows = ? where id = ?", (UNFINISHED, plan.list_id))
    with pytest.raises(CampaignError, match="cut off"):
        create_campaign(conn, plan, NOW)


def test_the_facts_of_a_call_know_the_hour_and_the_end_of_the_cooling_off() -> None:
    contact = {"surname": "张", "cooling_end": "2026-11-23"}
    facts = call_facts(contact, COMPANY, profile=LIFE, now=NOW)
    assert facts["slot_one"] == "2026-11-23T15:00:00+08:00"
    assert facts["slot_two"] == "2026-11-23T19:00:00+08:00"
    assert facts["callback_by"] == "2026-11-23T11:30:00+08:00"
    assert facts["reply_by"] == "2026-11-25T23:59:59+08:00"
    assert facts["appointed"] is False
    assert (facts["surname"], facts["company"], facts["cooling_over"]) == ("张", "示例人寿", False)
    late = call_facts(contact, COMPANY, profile=LIFE, now=at("2026-11-24T09:00"))
    assert late["cooling_over"] is True
    assert "cooling_over" not in call_facts({}, COMPANY, profile=LIFE, now=NOW)
