"""The hotline over a ledger that limps: it answers in time, and no wish not to be called is lost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from ivr.hotline import limping
from ledger import connect, dnc, transaction, wishes
from tests.conftest import MORNING
from tests.test_ivr_hotline import STRANGER, Caller, Town, town_at


@pytest.fixture
def town(ledger_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setattr(limping, "EVERY", 0.05)
    with closing(ledger.Writer(ledger_path, deadline=0.05)) as writer:
        town, close = town_at(ledger_path, MORNING, writer)
        yield town
        close()


@pytest.fixture
def folder(ledger_path: Path) -> Path:
    return ledger_path.parent / "wishes"


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends, "it never became true"
        time.sleep(0.02)


def blocked(conn: sqlite3.Connection) -> list[str]:
    return [entry.purpose for entry in dnc.check(conn, int(STRANGER))]


@pytest.mark.parametrize("answer", ["[5]", "[8]", "不要再打了", "别再给我打电话"])
def test_a_wish_is_taken_while_the_ledger_is_locked_and_holds_afterwards(
    town: Town, conn: sqlite3.Connection, folder: Path, answer: str
) -> None:
    with closing(connect(town.path)) as other, transaction(other):
        caller = town.call().dial()
        assert "系统现在忙" in caller.words()
        assert "人工智能合成" in caller.words()
        assert "已经登记" in caller.give(answer).words()
        assert [wish.number for wish in wishes.waiting(folder)] == [int(STRANGER)]
        assert blocked(conn) == []
    until(lambda: wishes.waiting(folder) == [])
    assert blocked(conn) == ["all"]


def test_when_the_ledger_writes_again_the_caller_is_led_on(town: Town, conn: sqlite3.Connection) -> None:
    with closing(connect(town.path)) as other, transaction(other):
        caller = town.call().dial()
        assert "还没有好" in town.call(sid="CA2").dial().give("[1]").words()
    until(lambda: "Redirect" in caller.give_again("[1]"))
    assert "请问您要办什么" in caller.dial().words()


def test_once_it_limps_nobody_waits_for_it(town: Town, conn: sqlite3.Connection) -> None:
    with closing(connect(town.path)) as other, transaction(other):
        town.call().dial()
        for n in range(50):
            assert "系统现在忙" in town.call(sid=f"CA{n}").dial().words()
    assert conn.execute("select count(*) from calls").fetchone() == (0,)


@pytest.mark.parametrize("answer", ["[8]", "以后别打了"])
def test_a_wish_in_the_middle_of_a_call_is_taken(
    town: Town, conn: sqlite3.Connection, folder: Path, answer: str
) -> None:
    caller = town.call().dial()
    with closing(connect(town.path)) as other, transaction(other):
        assert "已经登记" in caller.give(answer).words()
    until(lambda: wishes.waiting(folder) == [])
    (entry,) = dnc.check(conn, int(STRANGER))
    assert entry.call_id == 1


def test_another_answer_in_the_middle_of_a_call_can_be_given_again(town: Town) -> None:
    caller = town.call().dial()
    with closing(connect(town.path)) as other, transaction(other):
        assert "系统现在忙" in caller.give("[1]").words()


def test_a_full_disk_takes_no_call_but_a_wish(town: Town, folder: Path, conn: sqlite3.Connection) -> None:
    """The largest page count is what SQLite itself calls a full disk."""
    full = f"pragma max_page_count = {conn.execute('pragma page_count').fetchone()[0]}"
    town.writer.run(lambda writing: writing.execute(full).close())
    fill(town)
    caller = town.call(sid="CA999").dial()
    assert "系统现在忙" in caller.words()
    assert "已经登记" in caller.give("[5]").words()
    assert len(wishes.waiting(folder)) in (0, 1)
    until(lambda: blocked(conn) == ["all"])


def fill(town: Town) -> None:
    """Calls until there is no page left."""
    for n in range(400):
        if "系统现在忙" in town.call(sid=f"CA{n}").dial().words():
            return
    raise AssertionError("the ledger never became full")


def test_a_wish_that_cannot_be_kept_is_not_confirmed(town: Town, folder: Path) -> None:
    folder.rename(folder.with_name("gone"))
    with closing(connect(town.path)) as other, transaction(other):
        assert "现在登记不了" in town.call().dial().give("[5]").words()


def test_a_hidden_number_is_told_that_it_cannot_be_registered(town: Town, folder: Path) -> None:
    with closing(connect(town.path)) as other, transaction(other):
        assert "没有显示号码" in Caller(town, "anonymous", "CA7").dial().give("[5]").words()
    assert wishes.waiting(folder) == []


def test_a_process_that_starts_applies_what_an_earlier_one_took(
    ledger_path: Path, folder: Path, conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limping, "EVERY", 0.05)
    wishes.prepare(folder)
    wishes.take(folder, int(STRANGER), "CA1", MORNING)
    with closing(ledger.Writer(ledger_path)) as writer:
        _, close = town_at(ledger_path, MORNING, writer)
        until(lambda: blocked(conn) == ["all"])
        close()
