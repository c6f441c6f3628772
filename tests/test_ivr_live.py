"""Live updates for real: the process, sessions, commits of others, ends, refusals, a killed parent."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import ledger
from ivr.demo import free_port
from ivr.people.session import LIMITS, WATCH
from ledger import desks, sessions, transaction, waits
from ledger.records import Wish
from tests.ledger_people import agent, inbound, ready_agent
from tests.ledger_rows import NOW, later
from tests.live import Live, await_port, listens, running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with agents of north (1) and south (2), their supervisors (3, 4), one of quality (5)."""
    root = tmp_path_factory.mktemp("live")
    ledger.migrate(root / "huifang.db")
    with closing(ledger.connect(root / "huifang.db")) as conn, transaction(conn):
        conn.execute("insert into units (id, name) values (1, '北区'), (2, '南区')")
        for unit_id, name in enumerate(("周敏", "吴刚"), start=1):
            ready_agent(conn, name, NOW, unit_id=unit_id)
        for unit_id, name in enumerate(("北主管", "南主管"), start=1):
            agent(conn, name, NOW, role="supervisor", unit_id=unit_id)
        agent(conn, "质检", NOW, role="quality", unit_id=1)
        for user_id in range(1, 6):
            sessions.begin(conn, f"cookie-{user_id}", user_id, passed=True, now=WATCH.now())
        sessions.begin(conn, "half", 3, passed=False, now=WATCH.now())
    return root


@pytest.fixture(scope="module")
def live(home: Path) -> Iterator[Live]:
    """The live process of that home."""
    with running(home) as process:
        yield process


@pytest.fixture
def conn(home: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else's connection, which writes."""
    with closing(ledger.connect(home / "huifang.db")) as conn:
        yield conn


def pause(conn: sqlite3.Connection, user_id: int, reason: str) -> int:
    """The agent pauses, for another reason than before; returns the version of the desk."""
    with transaction(conn):
        desks.pause(conn, user_id, reason, NOW)
        found = desks.get(conn, user_id)
    assert found is not None
    return found.version


def reason(user_id: int, wanted: str) -> Callable[[Any], bool]:
    """Whether an event of the board gives this agent that reason."""
    return lambda data: data["rows"].get("agents", {}).get(str(user_id), {}).get("reason") == wanted


def test_an_agent_hears_of_the_own_desk_alone(live: Live, conn: sqlite3.Connection) -> None:
    first, second = live.open("/live/desk", "cookie-1"), live.open("/live/desk", "cookie-2")
    began = first.next()[2], second.next()[2]
    version = pause(conn, 1, "meal")
    assert first.next() == (str(version), "", {"version": version})
    other = pause(conn, 2, "rest")
    assert second.next()[2] == {"version": other}
    assert len(second.events) == 2
    assert began[0] != {"version": version}


def test_two_supervisors_see_what_another_process_commits(live: Live, conn: sqlite3.Connection) -> None:
    pages = [live.open("/live/console", f"cookie-{user_id}") for user_id in (3, 5)]
    for page in pages:
        assert page.next()[1] == "board"
    pause(conn, 1, "training")
    for page in pages:
        changed: Any = page.until(reason(1, "training"))
        assert set(changed["rows"]) == {"agents"}
        assert set(changed["rows"]["agents"]) == {"1"}


def test_what_is_gone_is_said_to_be_gone(live: Live, conn: sqlite3.Connection) -> None:
    page = live.open("/live/console", "cookie-3")
    page.next()
    with transaction(conn):
        call_id = inbound(conn, 8613900000000, NOW)
        waits.join(conn, call_id, Wish("asked", 1, later(minutes=2)), NOW)
    page.until(lambda data: str(call_id) in data["rows"].get("queue", {}))  # type: ignore[index, operator]
    with transaction(conn):
        conn.execute("update calls set ended_at = claimed_at where id = ?", (call_id,))
        waits.leave(conn, call_id)
    gone: Any = page.until(lambda data: data["rows"].get("queue") == {str(call_id): None})  # type: ignore[index]
    assert gone["rows"]["calls"] == {str(call_id): None}


def test_a_supervisor_sees_the_own_unit_only(live: Live) -> None:
    north: Any = live.open("/live/console", "cookie-3").next()[2]
    south: Any = live.open("/live/console", "cookie-4").next()[2]
    assert (set(north["rows"]["agents"]), set(south["rows"]["agents"])) == ({"1"}, {"2"})


def test_who_has_seen_the_newest_is_told_nothing_again(live: Live, conn: sqlite3.Connection) -> None:
    seen, _, _ = live.open("/live/desk", "cookie-1").next()
    again = live.open("/live/desk", "cookie-1", Last_Event_ID=seen)
    assert again.status == 200
    version = pause(conn, 1, "other")
    assert again.next()[2] == {"version": version}


@pytest.mark.parametrize(
    ("path", "cookie", "more", "status"),
    [
        ("/live/desk", "unknown", {}, 401),
        ("/live/desk", "half", {}, 401),
        ("/live/console", "cookie-1", {}, 403),
        ("/live/desk", "cookie-1", {"origin": "http://127.0.0.1:9000"}, 403),
        ("/live/desk", "cookie-1", {"origin": None, "Sec_Fetch_Site": "cross-site"}, 403),
        ("/live/desk", "cookie-1", {"method": "POST"}, 405),
        ("/live/else", "cookie-1", {}, 404),
    ],
)
def test_nobody_else_is_let_in(live: Live, path: str, cookie: str, more: dict[str, Any], status: int) -> None:
    page = live.open(path, cookie, **more)
    assert page.status == status
    assert page.head("access-control-allow-origin") == ""


def test_pages_of_the_public_origin_may_read_it_with_their_cookie(live: Live) -> None:
    page = live.open("/live/desk", "cookie-1")
    assert page.status == 200
    assert page.head("access-control-allow-origin") == "http://127.0.0.1:8000"
    assert page.head("access-control-allow-credentials") == "true"
    assert page.head("cache-control") == "no-store"


def test_behind_a_proxy_the_page_is_of_the_same_origin(live: Live) -> None:
    assert (
        live.open("/huifang/live/desk", "cookie-1", origin=None, Sec_Fetch_Site="same-origin").status == 200
    )


def test_an_ended_session_ends_its_stream(live: Live, conn: sqlite3.Connection) -> None:
    with transaction(conn):
        sessions.begin(conn, "short", 3, passed=True, now=WATCH.now())
    page, other = live.open("/live/console", "short"), live.open("/live/console", "cookie-3")
    page.next(), other.next()
    session = sessions.find(conn, "short", LIMITS, WATCH.now())
    assert session is not None
    with transaction(conn):
        sessions.end(conn, session.token, WATCH.now())
    page.wait_for_end()
    assert live.open("/live/console", "short").status == 401
    assert not other.over


def test_who_moves_to_another_unit_sees_the_old_one_no_more(live: Live, conn: sqlite3.Connection) -> None:
    with transaction(conn):
        moved = agent(conn, "调动", NOW, role="supervisor", unit_id=1)
        sessions.begin(conn, "moved", moved, passed=True, now=WATCH.now())
    page = live.open("/live/console", "moved")
    page.next()
    with transaction(conn):
        conn.execute("update users set unit_id = 2 where id = ?", (moved,))
    page.wait_for_end()
    again: Any = live.open("/live/console", "moved").next()[2]
    assert set(again["rows"]["agents"]) == {"2"}


def test_a_writer_is_never_kept_waiting(live: Live, home: Path) -> None:
    page = live.open("/live/console", "cookie-3")
    page.next()
    with closing(sqlite3.connect(home / "huifang.db", timeout=0, isolation_level=None)) as other:
        for _ in range(200):
            other.execute("begin immediate")
            other.execute("update desks set reason = 'rest', version = version + 1 where user_id = 1")
            other.execute("commit")


def test_it_comes_back_with_the_whole_picture(home: Path, conn: sqlite3.Connection) -> None:
    port = free_port()
    with running(home, port) as first:
        page = first.open("/live/console", "cookie-3")
        seen, _, _ = page.next()
        first.process.terminate()
        page.wait_for_end()
    pause(conn, 1, "meeting")
    with running(home, port) as second:
        _, kind, data = second.open("/live/console", "cookie-3", Last_Event_ID=seen).next()
    assert kind == "board"
    assert reason(1, "meeting")(data)


def test_a_killed_parent_leaves_nothing(home: Path) -> None:
    port = free_port()
    start = (
        "import os, subprocess, sys, time; subprocess.Popen([sys.executable, '-m', 'ivr.live', '127.0.0.1',"
        f" '{port}', str(os.getpid())], stderr=subprocess.DEVNULL); time.sleep(60)"
    )
    environ = os.environ | {"HUIFANG_HOME": str(home), "HUIFANG_PUBLIC_URL": "http://127.0.0.1:8000"}
    with subprocess.Popen([sys.executable, "-c", start], env=environ) as parent:
        await_port(port)
        parent.kill()
    ends = time.monotonic() + 20
    while listens(port):
        assert time.monotonic() < ends
        time.sleep(0.05)
