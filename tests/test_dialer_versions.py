"""A call stays on the version it began with, also when the program no longer ships it, or never did."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import ledger
from dialer import versions
from dialer.campaigns import Plan, create_campaign, script_in_force
from dialer.errors import CampaignError
from dialer.gate import Rules, decide
from dialer.profile import load_profile
from dialer.versions import version, words
from ivr.demo import COMPANY
from ivr.heard import as_rows, heard, lines
from ledger import campaigns, events, script_life, transaction
from ledger.records import Claimed
from ledger.story import conversation
from scripts.drafting import redraft
from scripts.load import library
from scripts.model import Script
from tests.conftest import MORNING
from tests.edge import Phone, Post, talk
from tests.ledger_people import agent
from tests.ledger_rows import OFFICER, claim_some, in_force

OLD = library()["new-contract"]
NEW = redraft(
    OLD, {"0/step/aware/hears/deposit/tell": "这是保险，不是存款。", "0/about": "新单回访"}, OLD.version + 1
)
"""A version that was written here; no file of the program has it."""


@pytest.fixture
def newer(conn: sqlite3.Connection) -> Script:
    """The newer version is in force; the campaign goes on with the older one."""
    with transaction(conn):
        in_force(conn, NEW, MORNING)
    return NEW


def altered(conn: sqlite3.Connection, script: Script, canonical: str) -> None:
    conn.execute("update scripts set canonical = ? where digest = ?", (canonical, script.digest))


def test_words_that_no_file_has_are_found_in_the_ledger(conn: sqlite3.Connection, newer: Script) -> None:
    found = version(conn, newer.digest)
    assert found is not None
    assert (found.digest, found.text("aware", "tell.deposit").pieces) == (
        NEW.digest,
        ("这是保险，不是存款。",),
    )
    assert version(conn, newer.digest) is found
    assert version(conn, "0" * 64) is None


@pytest.mark.parametrize("crime", ["words", "not json", "another script"])
def test_words_that_were_altered_are_spoken_to_nobody(
    conn: sqlite3.Connection, caplog: pytest.LogCaptureFixture, crime: str
) -> None:
    draft = redraft(NEW, {"0/about": f"回访 {crime}"}, NEW.version + 1)
    with transaction(conn):
        script_life.draft(conn, draft, None, MORNING)
    texts = {
        "words": draft.canonical.replace("不是存款", "就是存款"),
        "not json": "{",
        "another script": OLD.canonical,
    }
    altered(conn, draft, texts[crime])
    with caplog.at_level(logging.WARNING):
        assert version(conn, draft.digest) is None
    assert "不是存款" not in caplog.text
    assert events.verify(conn) != []


def test_what_is_remembered_is_bounded(conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "MOST", 2)
    drafts = [redraft(OLD, {"0/about": f"回访{n}"}, OLD.version + n) for n in range(2, 5)]
    with transaction(conn):
        for draft in drafts:
            script_life.draft(conn, draft, None, MORNING)
    first = version(conn, drafts[0].digest)
    for draft in drafts[1:]:
        version(conn, draft.digest)
    again = version(conn, drafts[0].digest)
    assert again is not first
    assert again == first


def test_a_campaign_of_words_written_here_is_spoken_in_them(
    conn: sqlite3.Connection, signed_post: Post, newer: Script
) -> None:
    plan = Plan("newer", 1, COMPANY.numbers[0], COMPANY.facts())
    campaign_id = create_campaign(conn, plan, MORNING)
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, "running", MORNING)
    (made,) = claim_some(conn, campaign_id, now=MORNING)
    with transaction(conn):
        ledger.calls.placing(conn, made.call_id, MORNING)
    spoken = "".join(talk(Phone(signed_post, made.call_id), conn))
    assert "新单回访" in spoken
    assert conversation(conn, made.call_id).call.script_digest == NEW.digest


def test_a_call_in_progress_and_its_campaign_stay_on_their_version(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    phone = Phone(signed_post, claimed[0].call_id)
    walk = talk(phone, conn)
    next(walk)
    with transaction(conn):
        in_force(conn, NEW, MORNING)
    assert "新保单的例行回访" in "".join(walk)
    phone.status()
    assert conversation(conn, phone.call_id).call.outcome == "SUCCESS"
    again = Phone(signed_post, claimed[1].call_id)
    assert OLD.digest == conversation(conn, again.call_id).call.script_digest
    with transaction(conn):
        script_life.retire(conn, OLD.digest, OFFICER, MORNING)
    assert "新保单的例行回访" in "".join(talk(again, conn))


def test_after_a_script_is_retired_nobody_is_called_and_the_gate_says_why(
    conn: sqlite3.Connection,
) -> None:
    with transaction(conn):
        script_life.retire(conn, OLD.digest, OFFICER, MORNING)
    rules = Rules(load_profile("cn_life"), "duty", COMPANY.numbers[0], frozenset(COMPANY.numbers))
    assert (
        claim_some(conn, 1, limit=3, gate=lambda facts: decide(facts, rules=rules, now=MORNING), now=MORNING)
        == []
    )
    assert set(conn.execute("select verdict, rule from gate_decisions")) == {("block", "script_not_in_force")}
    assert conn.execute("select count(*) from calls").fetchone() == (0,)
    assert events.verify(conn) == []


def test_what_each_customer_heard_is_told_in_the_words_of_their_version(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    old = Phone(signed_post, claimed[0].call_id)
    list(talk(old, conn))
    old.status()
    with transaction(conn):
        in_force(conn, NEW, MORNING)
    create = Plan("newer", 1, COMPANY.numbers[0], COMPANY.facts())
    campaign_id = create_campaign(conn, create, MORNING)
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, "running", MORNING)
        script_life.retire(conn, OLD.digest, OFFICER, MORNING)
    (made,) = claim_some(conn, campaign_id, now=MORNING)
    with transaction(conn):
        ledger.calls.placing(conn, made.call_id, MORNING)
    new = Phone(signed_post, made.call_id)
    list(talk(new, conn))
    new.status()
    for phone, script, about in ((old, OLD, "新保单的例行回访"), (new, NEW, "新单回访")):
        story = conversation(conn, phone.call_id)
        told = list(lines(conn, story))
        assert told[1] == f"—— {script.title} · new-contract@{script.version} · {script.digest}"
        assert [line.split()[2:5] for line in told[2:4]] == [
            ["approved", "by", "officer"],
            ["active", "by", "officer"],
        ]
        assert any(about in line for line in told)
        assert not any(line.endswith("NO SCRIPT'S") for line in told)
        assert [one.words for one in heard(conn, story)] == [
            row["words"] for row in as_rows(conn, story)["heard"]
        ]
    assert (
        json.dumps(as_rows(conn, conversation(conn, old.call_id)), ensure_ascii=False).count(OLD.digest) > 1
    )


def test_words_are_compared_with_what_was_told(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    phone = Phone(signed_post, claimed[0].call_id)
    list(talk(phone, conn))
    story = conversation(conn, phone.call_id)
    forged = replace(
        story, disclosures=(replace(story.disclosures[0], text_digest="0"), *story.disclosures[1:])
    )
    assert [line.endswith("NO SCRIPT'S") for line in lines(conn, forged)].count(True) == 1


def test_a_script_that_is_only_drafted_makes_no_campaign(tmp_path: Path) -> None:
    ledger.migrate(tmp_path / "h.db")
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        with pytest.raises(CampaignError, match="none was added"):
            script_in_force(conn, "survey")
        with transaction(conn):
            author = agent(conn, "quality", MORNING, role="quality")
            script_life.draft(conn, NEW, author, MORNING)
        with pytest.raises(CampaignError, match=f"{NEW.version} is draft"):
            script_in_force(conn, "new-contract")


def test_what_only_an_earlier_loader_took_is_still_read_and_never_performed(conn: sqlite3.Connection) -> None:
    data = json.loads(library()["new-contract"].canonical)
    del data["files"][0]["step"]["aware_by_seller"]["otherwise"]
    data["files"][0]["key_of_an_earlier_release"] = True
    canonical = json.dumps(data, ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    row = (digest, "new-contract", 1, "新契约回访", "duty", canonical, MORNING.isoformat())
    conn.execute(
        "insert into scripts (digest, name, version, title, purpose, canonical, created_at)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    assert version(conn, digest) is None
    found = words(conn, digest)
    assert found is not None
    assert (found.digest, words(conn, digest)) == (digest, found)
    assert found.text("received", "say") == library()["new-contract"].text("received", "say")
    assert version(conn, digest) is None
