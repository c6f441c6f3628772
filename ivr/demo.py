"""One morning of a campaign on the embedded exchange: every process is real, only the customers are not."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.parse import urlsplit

from ivr import clock as clocks
from ivr.home import Company, Home, write_company
from ledger.lists import Contact

MORNING = "2026-11-23T09:00:00+08:00"
COMPANY = Company("晨星人寿", "4008001234", "小晨", "8001", (8675588880000,))
MARK = "demo.json"
READY_SECONDS = 30.0
STOP_SECONDS = 15.0
CUSTOMER_FACTS = ("id_tail", "birthday", "holder")
People = dict[str, dict[str, str]]
"""What simulated customers know, by number; `persona` says who picks up where that is not left to chance."""
TOLD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


def prepare(home: Home) -> None:
    """Empty the home of an earlier demo; refuse to touch a home that real work was done in."""
    if (home.root / "huifang.db").exists() and not (home.root / MARK).exists():
        raise DemoError(
            f"{home.root} holds a ledger that no demo made; set HUIFANG_HOME to an empty directory"
        )
    if (home.root / MARK).exists():
        shutil.rmtree(home.root)
    home.make()
    (home.root / MARK).write_text("{}\n", encoding="utf-8")
    write_company(home.company_file, COMPANY)


def environment(home: Home, speed: float, start: str = MORNING) -> dict[str, str]:
    """Return the environment that app and exchange share: made-up credentials, free ports, one clock."""
    exchange, app, live = free_port(), free_port(), free_port()
    clock = clocks.parse(f"{start}*{speed:g}")
    return {
        "HUIFANG_HOME": str(home.root.resolve()),
        "HUIFANG_CLOCK": clock.spec(),
        "HUIFANG_SECRET_KEY": secrets.token_hex(32),
        "HUIFANG_PUBLIC_URL": f"http://127.0.0.1:{app}",
        "HUIFANG_LIVE_URL": f"http://127.0.0.1:{live}/live",
        "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "TWILIO_API_BASE": f"http://127.0.0.1:{exchange}",
        "TWILIO_API_KEY": "SK" + secrets.token_hex(16),
        "TWILIO_API_SECRET": secrets.token_hex(16),
    }


def phone_page(environ: Mapping[str, str]) -> str:
    """The address at which somebody is a customer in the browser; it opens at this machine only."""
    from exchange.account import Account
    from exchange.phone.access import link

    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET")
    return link(environ["TWILIO_API_BASE"], Account(*(environ[name] for name in names)))


def ports(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The ports of the web process, as its command takes them."""
    app, live = (urlsplit(environ[name]).port for name in ("HUIFANG_PUBLIC_URL", "HUIFANG_LIVE_URL"))
    return "--port", str(app), "--live-port", str(live)


def people_of(contacts: Iterable[Contact]) -> People:
    """What each simulated customer knows of themselves, by number."""
    people: People = {}
    for contact in contacts:
        facts = json.loads(contact.facts)
        known = {name: str(facts[name]) for name in CUSTOMER_FACTS if facts.get(name)}
        people |= {str(number): dict(known) for number in contact.numbers}
    return people


def write_people(home: Home, people: People) -> Path:
    """Write down for the exchange what its customers know of themselves, and return where."""
    path = home.root / "people.json"
    path.write_text(json.dumps(people, ensure_ascii=False), encoding="utf-8")
    return path


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Processes:
    """The demo's processes; each writes its log into the home."""

    def __init__(self, home: Home, environ: Mapping[str, str]) -> None:
        self._environ = os.environ | dict(environ)
        self._logs = home.root / "logs"
        self._logs.mkdir(exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Start `huifang name …`."""
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "ivr.cli", name, *arguments],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def exchange(self, people: Path, *, seed: int, cps: str) -> None:
        """Start the exchange with these customers and wait until it answers."""
        base = self._environ["TWILIO_API_BASE"]
        port = base.rpartition(":")[2]
        self.start("exchange", "--port", port, "--people", str(people), "--seed", str(seed), "--cps", cps)
        self.await_answer(f"{base}/control/health")

    def serve(self) -> None:
        """Start the web process and wait until it answers."""
        self.start("serve", *ports(self._environ))
        self.await_answer(f"{self._environ['HUIFANG_PUBLIC_URL']}/health")

    def add(self, **settings: str) -> None:
        """Give more settings to the processes that are started from now on."""
        self._environ |= settings

    def check(self) -> None:
        """Raise DemoError when a process is gone."""
        for name, process in self._running.items():
            if process.poll() is not None:
                log = self._logs / f"{name}.log"
                tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
                raise DemoError(f"`huifang {name}` ended; see {log}: " + " / ".join(tail))

    def await_answer(self, url: str) -> None:
        """Wait until the URL answers."""
        for _ in range(int(READY_SECONDS / 0.05)):
            self.check()
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        raise DemoError(f"{url} did not answer within {READY_SECONDS:.0f} s; see {self._logs}")

    def stop(self, *names: str) -> None:
        """Ask the named processes (all where none is named) to end, the last started first."""
        for name in names or tuple(reversed(self._running)):
            process = self._running.pop(name)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _told(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


@contextmanager
def running(home: Home, environ: Mapping[str, str]) -> Iterator[Processes]:
    """Give the processes and stop them whatever happens; told to end, the demo first ends them."""
    processes = Processes(home, environ)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _told)
    try:
        yield processes
    finally:
        with _deaf():
            processes.stop()


@contextmanager
def _deaf() -> Iterator[None]:
    """Hear no second Ctrl-C: ending may take seconds, and who is impatient would leave processes behind."""
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in TOLD]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
