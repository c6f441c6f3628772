"""No step on a script's way into force goes without a proof of today's rules."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import ledger
from dialer import release
from dialer.errors import UnknownScript
from ledger import ScriptRefused, events, script_life, transaction
from scripts import locks, packs
from scripts.drafting import redraft
from scripts.load import LIBRARY, library, load, named
from scripts.model import Script
from scripts.proofs import prove
from tests.conftest import MORNING
from tests.ledger_people import agent
from tests.ledger_rows import OFFICER, officer

pytestmark = pytest.mark.xdist_group("release")  # the whole library is proven once

SURVEY = library()["survey"]
UNPROVEN = load(Path(__file__).parent / "scripts_unproven" / "disclosure_without_explanation.toml")


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "h.db")
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        with transaction(conn):
            officer(conn)
        yield conn


def taken_in(conn: sqlite3.Connection, script: Script, author_id: int | None = None) -> str:
    with transaction(conn):
        return release.take_in(conn, release.proof(script), author_id, MORNING)


def test_what_is_shipped_becomes_checked_drafts_of_the_program_once(conn: sqlite3.Connection) -> None:
    assert release.take_in_shipped(conn, MORNING) == []
    assert release.take_in_shipped(conn, MORNING) == []
    found = script_life.listing(conn)
    assert {one.digest for one in found} == {script.digest for script in library().values()}
    assert {(one.status, one.author, one.findings) for one in found} == {("checked", "huifang", 0)}
    steps = script_life.steps(conn, SURVEY.digest)
    assert [step.status for step in steps] == ["draft", "checked"]
    assert steps[1].rules == release.rules()


def test_words_of_ones_own_stay_when_the_program_ships_others_of_the_same_number(
    conn: sqlite3.Connection,
) -> None:
    with transaction(conn):
        author = agent(conn, "quality", MORNING, role="quality")
    own = redraft(SURVEY, {"0/about": "我们自己的回访"}, SURVEY.version)
    taken_in(conn, own, author)
    (refusal,) = release.take_in_shipped(conn, MORNING)
    assert refusal.startswith(f"script survey@{SURVEY.version}: its words changed")
    assert script_life.get(conn, SURVEY.digest) is None


def test_an_unproven_script_stays_a_draft_and_goes_nowhere(conn: sqlite3.Connection) -> None:
    digest = taken_in(conn, UNPROVEN)
    proven = release.proof(UNPROVEN)
    found = script_life.needed(conn, digest)
    assert (found.status, found.findings) == ("draft", len(proven.findings))
    for step in (release.approve, release.activate):
        with pytest.raises(ScriptRefused, match="has findings"), transaction(conn):
            step(conn, proven, OFFICER, MORNING)


def test_a_script_that_newer_rules_object_to_is_not_activated(conn: sqlite3.Connection) -> None:
    digest = taken_in(conn, SURVEY)
    proven = release.proof(SURVEY)
    with transaction(conn):
        release.approve(conn, proven, OFFICER, MORNING)
    objected = replace(proven, findings=release.proof(UNPROVEN).findings, rules="newer")
    with pytest.raises(ScriptRefused, match="has findings"), transaction(conn):
        release.activate(conn, objected, OFFICER, MORNING)
    assert script_life.needed(conn, digest).status == "approved"


def test_a_region_that_demands_filing_gets_it_before_activation(conn: sqlite3.Connection) -> None:
    region = next(name for name, pack in packs.packs().items() if pack.filing)
    script = named(f"new-contract@{region}")
    proven = release.proof(script)
    digest = taken_in(conn, script)
    with transaction(conn):
        script_life.checked(conn, digest, 0, MORNING)
        script_life.approve(conn, digest, OFFICER, MORNING)
    with pytest.raises(ScriptRefused, match="must be filed"), transaction(conn):
        release.activate(conn, replace(proven, findings=()), OFFICER, MORNING)
    assert release.filed_first(script)
    assert not release.filed_first(SURVEY)


def test_what_calls_were_made_with_before_lives_were_kept_is_approved_like_the_rest(
    conn: sqlite3.Connection,
) -> None:
    conn.execute(
        "insert into scripts (digest, name, version, title, purpose, canonical, created_at)"
        " values (?, 'survey', ?, '', 'duty', ?, '2026-01-01T00:00:00.000Z')",
        (SURVEY.digest, SURVEY.version, SURVEY.canonical),
    )
    assert script_life.needed(conn, SURVEY.digest).status == "kept"
    assert events.verify(conn) == []
    release.take_in_shipped(conn, MORNING)
    with transaction(conn):
        release.approve(conn, release.proof(SURVEY), OFFICER, MORNING)
    assert script_life.needed(conn, SURVEY.digest).status == "approved"
    assert events.verify(conn) == []


def test_what_is_in_force_is_left_alone(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        release.put_in_force(conn, ["survey"], OFFICER, MORNING)
        release.put_in_force(conn, ["survey"], OFFICER, MORNING)
    statuses = [step.status for step in script_life.steps(conn, SURVEY.digest)]
    assert statuses == ["draft", "checked", "approved", "active"]


def test_a_kept_text_that_cannot_be_read_is_not_proven(conn: sqlite3.Connection) -> None:
    own = redraft(SURVEY, {"0/about": "读不出来的回访"}, SURVEY.version)
    digest = taken_in(conn, own)
    assert release.proof_of(conn, digest).script.digest == digest
    lost = redraft(SURVEY, {"0/about": "改坏了的回访"}, SURVEY.version + 1)
    taken_in(conn, lost)
    conn.execute("update scripts set canonical = '{}' where digest = ?", (lost.digest,))
    with pytest.raises(UnknownScript, match="cannot be read"):
        release.proof_of(conn, lost.digest)


def test_the_locks_beside_a_file_hold_for_what_was_taken_in_from_it(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    text = (LIBRARY / "orphan.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace('"orphan"', '"own"', 1), encoding="utf-8")
    unlocked = load(tmp_path / "own.toml")
    assert {finding.rule for finding in prove(unlocked)} == {"verbatim_unlocked"}
    rows = locks.renewed(unlocked, "法务 1", MORNING.date(), locks.shelves(unlocked))
    (tmp_path / "locks.toml").write_text(locks.text(rows), encoding="utf-8")
    digest = taken_in(conn, load(tmp_path / "own.toml"))
    with transaction(conn):
        release.approve(conn, release.proof_of(conn, digest), OFFICER, MORNING)
    assert script_life.needed(conn, digest).status == "approved"
