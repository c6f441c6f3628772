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

SETTINGS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "0123456789abcdef",
    "HUIFANG_PUBLIC_URL": "http://127.0.0.1:8000",
    "HUIFANG_SECRET_KEY": "0123456789abcdef",
}
Server = tuple[subprocess.Popen[bytes], str]


def command(port: int) -> list[str]:
    """The web process on that port."""
    return [sys.executable, "-m", "ivr.cli", "serve", "--port", str(port)]


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


def workers(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that a process has started."""
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in done.stdout.split()]


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
    (worker,) = workers(process)
    process.kill()
    until(lambda: not Path(f"/proc/{worker}").exists())
    assert not answers(url)


def test_a_killed_worker_is_replaced(server: Server) -> None:
    process, url = server
    (worker,) = workers(process)
    os.kill(worker, signal.SIGKILL)
    until(lambda: worker not in workers(process) and answers(url))
    assert process.poll() is None
