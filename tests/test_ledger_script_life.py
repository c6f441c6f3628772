import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ledger import ScriptRefused, connect, events, migrate, script_life, transaction
from tests.ledger_people import agent
from tests.ledger_rows import NOW, Words, later

FILED_ON = date(2026, 11, 20)


def words(version: int = 1, text: str = "", name: str = "nb") -> Words:
    return Words(name, version, f"{name} {version} {text}")


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


@pytest.fixture
def people(conn: sqlite3.Connection) -> dict[str, int]:
    """Somebody of each role; `he` and `she` are both of compliance."""
    roles = {
        "he": "compliance",
        "she": "compliance",
        "admin": "admin",
        "quality": "quality",
        "agent": "agent",
    }
    return {name: agent(conn, name, NOW, role=role) for name, role in roles.items()}


def drafted(conn: sqlite3.Connection, script: Words, author_id: int | None = None) -> str:
    with transaction(conn):
        return script_life.draft(conn, script, author_id, NOW)


def in_force(conn: sqlite3.Connection, script: Words, approver_id: int) -> str:
    digest = drafted(conn, script)
    with transaction(conn):
        script_life.checked(conn, digest, 0, NOW)
        script_life.approve(conn, digest, approver_id, NOW)
        script_life.activate(conn, digest, approver_id, NOW, filing=False)
    return digest


def refused(conn: sqlite3.Connection, code: str) -> "pytest.RaisesExc[ScriptRefused]":
    return pytest.raises(ScriptRefused, check=lambda error: error.code == code)


def status(conn: sqlite3.Connection, digest: str) -> str:
    return script_life.needed(conn, digest).status


def test_a_version_goes_from_draft_to_retired_and_every_step_is_kept(
    conn: sqlite3.Connection, people: dict[str, int]
) -> None:
    digest = drafted(conn, words(), people["quality"])
    with transaction(conn):
        script_life.checked(conn, digest, 0, later(minutes=1), rules="r1")
        script_life.approve(conn, digest, people["he"], later(minutes=2))
        script_life.file(conn, digest, " 京备〔2026〕7号 ", FILED_ON, people["he"], later(minutes=3))
        script_life.activate(conn, digest, people["admin"], later(minutes=4), filing=True)
        script_life.retire(conn, digest, people["she"], later(minutes=5))
    steps = script_life.steps(conn, digest)
    assert [(step.status, step.user) for step in steps] == [
        ("draft", "quality"), ("checked", "huifang"), ("approved", "he"), ("filed", "he"),
        ("active", "admin"), ("retired", "she"),
    ]  # fmt: skip
    assert (steps[1].findings, steps[1].rules) == (0, "r1")
    assert (steps[3].reference, steps[3].filed_on, steps[3].at) == (
        "京备〔2026〕7号", "2026-11-20", later(minutes=3)
    )  # fmt: skip
    version = script_life.needed(conn, digest)
    assert (version.status, version.author, version.filed) == ("retired", "quality", True)
    assert events.verify(conn) == []


def test_no_step_can_be_taken_before_its_turn(conn: sqlite3.Connection, people: dict[str, int]) -> None:
    he, digest = people["he"], drafted(conn, words())
    with transaction(conn):
        for step in (
            lambda: script_life.approve(conn, digest, he, NOW),
            lambda: script_life.file(conn, digest, "7", FILED_ON, he, NOW),
            lambda: script_life.activate(conn, digest, he, NOW, filing=False),
            lambda: script_life.retire(conn, digest, he, NOW),
        ):
            with refused(conn, "wrong_order"):
                step()
        script_life.checked(conn, digest, 0, NOW)
        with refused(conn, "wrong_order"):
            script_life.activate(conn, digest, he, NOW, filing=False)
        with refused(conn, "unknown"):
            script_life.approve(conn, "0" * 64, he, NOW)
    assert status(conn, digest) == "checked"


def test_a_draft_with_findings_stays_a_draft_and_its_findings_are_kept(conn: sqlite3.Connection) -> None:
    digest = drafted(conn, words())
    with transaction(conn):
        script_life.checked(conn, digest, 0, NOW)
        script_life.checked(conn, digest, 3, later(hours=1))
    version = script_life.needed(conn, digest)
    assert (version.status, version.findings) == ("draft", 3)
    assert [step.findings for step in script_life.steps(conn, digest)] == [None, 0, 3]


def test_a_version_that_newer_rules_object_to_is_not_activated(
    conn: sqlite3.Connection, people: dict[str, int]
) -> None:
    digest = drafted(conn, words())
    with transaction(conn):
        script_life.checked(conn, digest, 0, NOW)
        script_life.approve(conn, digest, people["he"], NOW)
        script_life.checked(conn, digest, 1, NOW)
        with refused(conn, "findings"):
            script_life.activate(conn, digest, people["he"], NOW, filing=False)


def test_nobody_approves_their_own_words_not_even_after_removing_them(
    conn: sqlite3.Connection, people: dict[str, int]
) -> None:
    digest = drafted(conn, words(), people["he"])
    with transaction(conn):
        script_life.remove(conn, digest, people["he"], NOW)
        script_life.draft(conn, words(), people["she"], NOW)
        script_life.checked(conn, digest, 0, NOW)
        for author in ("he", "she"):
            with refused(conn, "own_words"):
                script_life.approve(conn, digest, people[author], NOW)
        script_life.approve(conn, digest, people["admin"], NOW)


def test_only_quality_and_compliance_draft_and_only_compliance_and_admins_decide(
    conn: sqlite3.Connection, people: dict[str, int]
) -> None:
    with transaction(conn):
        for nobody in ("agent", "admin"):
            with refused(conn, "no_right"):
                script_life.draft(conn, words(), people[nobody], NOW)
        digest = script_life.draft(conn, words(), people["he"], NOW)
        script_life.checked(conn, digest, 0, NOW)
        for nobody in ("agent", "quality"):
            with refused(conn, "no_right"):
                script_life.approve(conn, digest, people[nobody], NOW)
        conn.execute("update users set disabled_at = ? where name = 'she'", (str(NOW),))
        for gone in (people["she"], 99):
            with refused(conn, "nobody"):
                script_life.approve(conn, digest, gone, NOW)


def test_where_filing_is_demanded_it_comes_before_activation(
    conn: sqlite3.Connection, people: dict[str, int]
) -> None:
    he, digest = people["he"], drafted(conn, words())
    with transaction(conn):
        script_life.checked(conn, digest, 0, NOW)
        script_life.approve(conn, digest, he, NOW)
        with refused(conn, "not_filed"):
            script_life.activate(conn, digest, he, NOW, filing=True)
        with refused(conn, "no_reference"):
            script_life.file(conn, digest, "  ", FILED_ON, he, NOW)
        script_life.file(conn, digest, "7", FILED_ON, he, NOW)
        script_life.activate(conn, digest, he, NOW, filing=True)
    assert status(conn, digest) == "active"


def test_changed_words_need_a_higher_version(conn: sqlite3.Connection, people: dict[str, int]) -> None:
    drafted(conn, words(version=2))
    assert drafted(conn, words(version=2)) == words(version=2).digest
    for version in (1, 2):
        with refused(conn, "version_not_raised"):
            drafted(conn, words(version=version, text="changed"))
    drafted(conn, words(version=3, text="changed"))
    drafted(conn, words(version=1, name="other"))
    with transaction(conn):
        script_life.draft(conn, replace(words(text="in Shandong"), region="shandong"), None, NOW)
    assert [(one.region, one.version) for one in script_life.versions(conn, "nb")] == [
        ("", 2), ("", 3), ("shandong", 1),
    ]  # fmt: skip


def test_a_name_has_one_active_version_in_a_region_and_the_one_before_is_superseded(
    conn: sqlite3.Connection, people: dict[str, int]
) -> None:
    first = in_force(conn, words(version=1), people["he"])
    second = in_force(conn, words(version=2), people["he"])
    assert (status(conn, first), status(conn, second)) == ("superseded", "active")
    found = script_life.active(conn, "nb")
    assert found is not None
    assert found.digest == second
    assert script_life.active(conn, "nb", "shandong") is None
    assert script_life.steps(conn, first)[-1].user == "he"
    assert events.verify(conn) == []
    with pytest.raises(sqlite3.IntegrityError):
        conn.execute("update scripts set status = 'active'")


def test_a_superseded_version_may_come_back(conn: sqlite3.Connection, people: dict[str, int]) -> None:
    first = in_force(conn, words(version=1), people["he"])
    second = in_force(conn, words(version=2), people["he"])
    with transaction(conn):
        script_life.activate(conn, first, people["admin"], NOW, filing=False)
    assert (status(conn, first), status(conn, second)) == ("active", "superseded")


def test_a_version_that_was_used_cannot_be_removed(conn: sqlite3.Connection, people: dict[str, int]) -> None:
    digest = in_force(conn, words(), people["he"])
    conn.execute(
        "insert into calls (direction, to_number, from_number, script_digest, status, claimed_at)"
        " values ('inbound', 95500, 1, ?, 'completed', '2026')",
        (digest,),
    )
    with transaction(conn):
        with refused(conn, "wrong_order"):
            script_life.remove(conn, digest, people["he"], NOW)
        script_life.retire(conn, digest, people["he"], NOW)
        with refused(conn, "in_use"):
            script_life.remove(conn, digest, people["he"], NOW)
    assert script_life.uses(conn, digest).calls == 1
    assert script_life.calls_made(conn) == {digest: 1}


def test_a_draft_that_nobody_used_can_be_removed_and_its_number_used_again(
    conn: sqlite3.Connection, people: dict[str, int]
) -> None:
    digest = drafted(conn, words(), people["quality"])
    with transaction(conn):
        script_life.remove(conn, digest, people["quality"], NOW)
        script_life.draft(conn, words(text="better"), people["quality"], NOW)
    assert script_life.get(conn, digest) is None
    assert [step.status for step in script_life.steps(conn, digest)] == ["draft", "removed"]
    assert events.verify(conn) == []


def test_approved_words_are_removed_by_who_may_approve(
    conn: sqlite3.Connection, people: dict[str, int]
) -> None:
    digest = drafted(conn, words(), people["quality"])
    with transaction(conn):
        script_life.checked(conn, digest, 0, NOW)
        script_life.approve(conn, digest, people["he"], NOW)
        with refused(conn, "no_right"):
            script_life.remove(conn, digest, people["quality"], NOW)
        script_life.remove(conn, digest, people["admin"], NOW)


@pytest.mark.parametrize(
    "crime",
    [
        "update script_steps set user_id = 2 where status = 'approved'",
        "update script_steps set findings = 0 where findings = 2",
        "update script_steps set reference = '8' where status = 'filed'",
        "delete from script_steps where status = 'approved'",
        "insert into script_steps (digest, name, version, region, status, at) values ('', '', 1, '', '', '')",
        "update scripts set status = 'active'",
        "update scripts set region = 'shandong'",
        "update scripts set version = 9",
        "delete from scripts",
    ],
)
def test_an_altered_life_is_found(conn: sqlite3.Connection, people: dict[str, int], crime: str) -> None:
    digest = drafted(conn, words(), people["quality"])
    with transaction(conn):
        script_life.checked(conn, digest, 2, NOW)
        script_life.checked(conn, digest, 0, NOW)
        script_life.approve(conn, digest, people["he"], NOW)
        script_life.file(conn, digest, "7", FILED_ON, people["he"], NOW)
    assert events.verify(conn) == []
    conn.execute(crime)
    assert events.verify(conn) != []


def _approve(path: Path, digest: str, user_id: int, barrier: "multiprocessing.synchronize.Barrier") -> None:
    with closing(connect(path)) as conn:
        barrier.wait()
        try:
            with transaction(conn):
                script_life.approve(conn, digest, user_id, NOW)
        except ScriptRefused as error:
            raise SystemExit(3) from error


def test_of_two_who_approve_at_the_same_moment_one_does(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    migrate(path)
    with closing(connect(path)) as conn:
        approvers = [agent(conn, name, NOW, role="compliance") for name in ("he", "she")]
        digest = drafted(conn, words())
        with transaction(conn):
            script_life.checked(conn, digest, 0, NOW)
        context = multiprocessing.get_context("fork")
        barrier = context.Barrier(2)
        both = [context.Process(target=_approve, args=(path, digest, who, barrier)) for who in approvers]
        for process in both:
            process.start()
        for process in both:
            process.join()
        assert sorted(process.exitcode or 0 for process in both) == [0, 3]
        assert [step.status for step in script_life.steps(conn, digest)] == ["draft", "checked", "approved"]
        assert events.verify(conn) == []


def test_who_is_killed_while_activating_leaves_the_version_before_in_force(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    migrate(path)
    with closing(connect(path)) as conn:
        he = agent(conn, "he", NOW, role="compliance")
        first, second = in_force(conn, words(version=1), he), drafted(conn, words(version=2))
        with transaction(conn):
            script_life.checked(conn, second, 0, NOW)
            script_life.approve(conn, second, he, NOW)
    if (child := os.fork()) == 0:
        conn = connect(path)
        conn.execute("begin immediate")
        script_life.activate(conn, second, he, NOW, filing=False)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    with closing(connect(path)) as conn:
        assert (status(conn, first), status(conn, second)) == ("active", "approved")
        assert events.verify(conn) == []
        with transaction(conn):
            script_life.activate(conn, second, he, NOW, filing=False)
