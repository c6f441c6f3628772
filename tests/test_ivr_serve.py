"""The web process as its supervisor sees it: where it listens, and what is left of it when it is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from ivr.demo import free_port
from ivr.home import Home
from ivr.serve import beside

SETTINGS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "0123456789abcdef",
    "HUIFANG_PUBLIC_URL": "http://127.0.0.1:8000",
    "HUIFANG_SECRET_KEY": "0123456789abcdef",
}
Server = tuple[subprocess.Popen[bytes], str]


def command(port: int) -> list[str]:
    """The web process on that port."""
    live_port = str(free_port())
    return [sys.executable, "-m", "ivr.cli", "serve", "--port", str(port), "--live-port", live_port]


@pytest.fixture
def server(home: Home) -> Iterator[Server]:
    """A running web process and the URL at which it answers."""
    port = free_port()
    with subprocess.Popen(command(port), env=os.environ | SETTINGS, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}/health"
        until(lambda: answers(url))
        yield process, url
        process.terminate()


def until(true: Callable[[], bool]) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + 30
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def workers(process: subprocess.Popen[bytes], *, live: bool = False) -> list[int]:
    """The processes that a process has started to answer the web, or for live updates."""
    done = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    return [int(pid) for pid, args in lines if ("ivr.live" in args) is live and "watch" not in args]


def test_it_does_not_share_a_port_that_is_in_use(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            command(port), env=os.environ | SETTINGS, capture_output=True, text=True, check=False, timeout=30
        )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"--port {port}" in done.stderr


def test_a_killed_web_process_takes_its_worker_with_it(server: Server) -> None:
    process, url = server
    (worker,), (live,) = workers(process), workers(process, live=True)
    process.kill()
    until(lambda: not Path(f"/proc/{worker}").exists() and not Path(f"/proc/{live}").exists())
    assert not answers(url)


def test_a_killed_worker_is_replaced(server: Server) -> None:
    process, url = server
    (worker,) = workers(process)
    os.kill(worker, signal.SIGKILL)
    until(lambda: worker not in workers(process) and answers(url))
    assert process.poll() is None


def test_a_killed_live_process_is_replaced(server: Server) -> None:
    process, url = server
    (live,) = workers(process, live=True)
    os.kill(live, signal.SIGKILL)
    until(lambda: len(found := workers(process, live=True)) == 1 and found != [live])
    assert answers(url)


def test_a_web_process_that_is_told_to_stop_ends_its_live_process_first(server: Server) -> None:
    process, _ = server
    (live,) = workers(process, live=True)
    process.terminate()
    assert process.wait(20) == 0
    assert not Path(f"/proc/{live}").exists()


def test_two_ports_are_two(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        taken = str(other.getsockname()[1])
        done = subprocess.run(
            [*command(free_port())[:-1], taken], env=os.environ | SETTINGS,
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    assert done.returncode == 2
    assert f"--live-port {taken}" in done.stderr


@pytest.mark.parametrize(
    ("public", "live"),
    [
        ("https://calls.example.com/huifang", "https://calls.example.com:8001/live"),
        ("http://[::1]:8000", "http://[::1]:8001/live"),
    ],
)
def test_live_updates_have_the_public_host_and_a_port_of_their_own(public: str, live: str) -> None:
    assert beside(public, 8001) == live
