"""One morning of a campaign on the embedded exchange, as somebody who has just cloned the project sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
import requests

import ledger
from dialer.lists.invent import invent
from ivr import afternoon, welcome
from ivr.demo import DemoError, free_port, prepare
from ivr.home import Home
from ivr.people import codes, passwords
from ledger import desks, events, people
from recordings.verify import verify

ROWS, SPEED = 20, 480


def demo(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demo in a process of its own, without a terminal."""
    command = [sys.executable, "-m", "ivr.cli", "demo", "--once", "--speed", str(SPEED), *arguments]
    environ = os.environ | {"HUIFANG_HOME": str(home), "HUIFANG_CLOCK": "soon", "TWILIO_API_BASE": ""}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A home after one morning, and what was printed."""
    folder = tmp_path_factory.mktemp("morning")
    (folder / "list.csv").write_bytes(invent(ROWS, 3))
    done = demo(folder / "home", "--list", str(folder / "list.csv"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Home(folder / "home"), done.stdout


pytestmark = pytest.mark.xdist_group("campaign")


def test_the_morning_ends_with_a_table_and_the_places(morning: tuple[Home, str]) -> None:
    home, printed = morning
    for words in (
        "list.csv: 20 rows",
        "应回访 due",
        "已接通 reached",
        "成功 SUCCESS",
        "问题件 PROBLEM",
        "拦截 blocked",
    ):
        assert words in printed
    for place in (home.root / "huifang.db", home.audio, home.root / "logs"):
        assert str(place) in printed
        assert place.exists()


def test_the_morning_leaves_whole_evidence_and_stored_recordings(morning: tuple[Home, str]) -> None:
    home, _ = morning
    with closing(ledger.connect(home.root / "huifang.db")) as conn:
        assert events.verify(conn) == []
        ((reached,),) = conn.execute("select count(*) from calls where answered_at is not null").fetchall()
        assert conn.execute("select count(*) from recordings where status = 'stored'").fetchone() == (
            reached,
        )
        assert conn.execute(
            "select count(*) from tasks where attempts = 0 and status = 'ready'"
        ).fetchone() == (0,)
        assert conn.execute("select count(*) from calls where outcome = 'SUCCESS'").fetchone()[0] > 0
    assert list(verify(home.root / "huifang.db", home.root)) == []


def test_the_logs_of_the_morning_are_quiet(morning: tuple[Home, str]) -> None:
    home, _ = morning
    logs = {path.stem: path.read_text(encoding="utf-8") for path in (home.root / "logs").glob("*.log")}
    assert set(logs) == {"exchange", "serve", "collect", "dial"}
    assert "Traceback" not in "".join(logs.values())
    assert " ERROR " not in "".join(logs.values())


def test_a_home_in_which_real_work_was_done_is_not_touched(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    ledger.migrate(home.root / "huifang.db")
    before = (home.root / "huifang.db").read_bytes()
    done = demo(home.root)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert str(home.root) in done.stderr
    assert (home.root / "huifang.db").read_bytes() == before


def test_the_home_of_an_earlier_demo_is_emptied(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    prepare(home)
    (home.root / "huifang.db").touch()
    prepare(home)
    assert not (home.root / "huifang.db").exists()
    (home.root / "demo.json").unlink()
    (home.root / "huifang.db").touch()
    with pytest.raises(DemoError, match="HUIFANG_HOME"):
        prepare(home)


def test_a_demo_that_is_told_to_end_takes_its_processes_with_it(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(invent(ROWS, 3))
    home = tmp_path / "home"
    environ = os.environ | {"HUIFANG_HOME": str(home), "HUIFANG_CLOCK": "", "TWILIO_API_BASE": ""}
    command = [sys.executable, "-m", "ivr.cli", "demo", "--list", str(tmp_path / "list.csv")]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as running:
        await_file(home / "logs" / "dial.log")
        started = children(running.pid)
        running.terminate()
        assert running.wait(60) == 128 + signal.SIGTERM
    assert len(started) == 4
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


def test_an_impatient_second_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(invent(ROWS, 3))
    home = tmp_path / "home"
    environ = os.environ | {"HUIFANG_HOME": str(home), "HUIFANG_CLOCK": "", "TWILIO_API_BASE": ""}
    # A suite that runs in the background hands down an ignored SIGINT.
    command = [
        "env",
        "--default-signal=INT",
        sys.executable,
        "-m",
        "ivr.cli",
        "demo",
        "--list",
        str(tmp_path / "list.csv"),
    ]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        await_file(home / "logs" / "dial.log")
        started = children(running.pid)
        running.send_signal(signal.SIGINT)
        await_end(started[-1])
        running.send_signal(signal.SIGINT)
        words = running.communicate(timeout=60)[1]
        assert running.returncode == 130
    assert words.strip() == b"huifang: interrupted"
    assert len(started) == 4
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


def await_end(pid: int) -> None:
    """Wait until a process is over."""
    for _ in range(3000):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.005)
    pytest.fail(f"{pid} goes on")


def await_file(path: Path) -> None:
    """Wait until a process has made a file."""
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    pytest.fail(f"{path} was not made")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True
    )
    return [int(line) for line in found.stdout.split()]


def test_a_free_port_is_free() -> None:
    assert 1024 < free_port() < 65536


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-23T11:40:00+08:00", "2026-11-23T14:00:00+08:00"),
        ("2026-11-23T15:20:00+08:00", "2026-11-23T15:20:00+08:00"),
        ("2026-11-23T17:10:00+08:00", "2026-11-24T14:00:00+08:00"),
    ],
)
def test_the_agents_come_in_the_afternoon_and_the_clock_never_goes_back(now: str, begins: str) -> None:
    assert afternoon.begin(datetime.fromisoformat(now)) == datetime.fromisoformat(begins)


def test_everybody_in_the_demo_gets_in_by_the_real_door_and_agents_may_call(tmp_path: Path) -> None:
    ledger.migrate(tmp_path / "huifang.db")
    now = datetime.fromisoformat(afternoon.START)
    with closing(ledger.connect(tmp_path / "huifang.db")) as conn:
        hands = welcome.hire(conn, now)
        assert {hand.role for hand in hands} == {"agent", "supervisor", "admin", "compliance"}
        for hand in hands:
            user = people.by_name(conn, hand.name)
            assert user is not None
            kept = people.secrets(conn, user.user_id)
            assert passwords.fits(hand.password, kept.password)
            assert not user.must_change
            assert user.second_factor == (hand.role != "agent")
            assert desks.is_certified(conn, user.user_id, now) == (hand.role == "agent")
            if hand.totp:
                step = codes.step_of(codes.code_at(kept.totp, now), hand.totp, now)
                assert step is not None
                assert people.use_code(conn, user.user_id, step)


def test_a_demo_is_either_over_after_the_morning_or_begins_after_it(tmp_path: Path) -> None:
    done = demo(tmp_path / "home", "--desk")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_the_afternoon_starts_at_once_and_its_card_lets_an_agent_in(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(invent(ROWS, 3))
    home, printed = tmp_path / "home", tmp_path / "printed"
    environ = os.environ | {"HUIFANG_HOME": str(home), "HUIFANG_CLOCK": "", "TWILIO_API_BASE": ""}
    command = [sys.executable, "-m", "ivr.cli", "demo", "--desk", "--list", str(tmp_path / "list.csv")]
    with (
        printed.open("wb") as out,
        subprocess.Popen(command, env=environ, stdout=out) as running,
    ):
        try:
            card = awaited(printed, r"Ctrl-C")
            started = children(running.pid)
            url = found(r"(http://\S+)/desk", card)
            page = signed_in(url, "zhou", found(r"zhou +(\S+)", card))
            phone = requests.get(found(r"(http://\S+/phone)#", card), timeout=10)
        finally:
            running.terminate()
        assert running.wait(60) == 128 + signal.SIGTERM
    assert page.url == f"{url}/desk"
    assert page.ok
    assert phone.ok
    assert len(started) == 4
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []
    with closing(ledger.connect(home / "huifang.db")) as conn:
        assert events.verify(conn) == []
        modes = conn.execute("select mode, status from campaigns order by id").fetchall()
    assert modes == [("robot", "running"), ("preview", "running")]
    prepare(Home(home))


def signed_in(url: str, name: str, password: str) -> requests.Response:
    """The first page of somebody who comes in by the door."""
    browser = requests.Session()
    door = browser.get(f"{url}/login", timeout=10).text
    token = found(r'name="csrf_token" value="([^"]+)"', door)
    form = {"name": name, "password": password, "csrf_token": token}
    return browser.post(f"{url}/login", data=form, headers={"Referer": url}, timeout=10)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, pattern
    return match[1]


def awaited(path: Path, pattern: str) -> str:
    """What a process has printed, once this is there."""
    for _ in range(1200):
        if re.search(pattern, text := path.read_text(encoding="utf-8")):
            return text
        time.sleep(0.05)
    pytest.fail(f"not printed: {pattern}")
