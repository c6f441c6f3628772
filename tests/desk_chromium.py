"""The desk's page in a real browser, over a real server and a real ledger."""

from __future__ import annotations

import secrets
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

import ledger
from ivr.app import create_app
from ivr.people.session import WATCH
from ledger import certificates, desks, sessions, transaction
from tests.conftest import MORNING, Watch
from tests.edge import Phone, parts, signed
from tests.exchange_chromium import _FLAGS, CHROMIUM
from tests.ledger_people import CERTIFIED
from tests.people import add

COOKIE = "huifang"
"""The session's cookie where the pages are not served by https."""


@dataclass(slots=True)
class Office:
    """A server that can be stopped and started, the customer's side of it, and an agent."""

    path: Path
    watch: Watch
    port: int = 0
    server: BaseWSGIServer | None = None
    client: FlaskClient | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """The web process starts, at the address where it was before."""
        self.stack = ExitStack()
        writer = self.stack.enter_context(closing(ledger.Writer(self.path)))
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                self.port = probe.getsockname()[1]
        edge = self.stack.enter_context(closing(parts(self.path, writer, self.watch, base=self.base)))
        app = create_app(edge)
        self.client = app.test_client()
        self.server = make_server("127.0.0.1", self.port, app, threaded=True)
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        thread.start()
        self.stack.callback(self.server.server_close)
        self.stack.callback(thread.join)
        self.stack.callback(self.server.shutdown)

    def stop(self) -> None:
        """The web process ends; the ledger stays."""
        self.stack.close()

    @property
    def base(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def phone(self, call_id: int) -> Phone:
        """The customer's side of a call."""

        def post(path: str, **form: str) -> Any:
            assert self.client is not None
            return signed(self.client, urlsplit(path).path, form, base=self.base)

        return Phone(post, call_id)


@dataclass(slots=True)
class Desk:
    """The page of an agent, worked with the keyboard alone."""

    page: Page
    conn: sqlite3.Connection
    user_id: int
    watch: Watch

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def pass_time(self, seconds: int) -> None:
        """Let time pass for the server and the page."""
        self.watch.forward(timedelta(seconds=seconds))
        self.page.clock.fast_forward(seconds * 1000)

    def stage(self, wanted: str, *, seconds: float = 20.0) -> None:
        """Wait until the page shows this."""
        self.until(lambda: self.page.evaluate("document.body.dataset.stage") == wanted, wanted, seconds)

    def until(self, holds: Callable[[], object], what: object, seconds: float = 20.0) -> None:
        ends = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < ends, f"not {what}: {self.page.inner_text('body')}"
            self.page.wait_for_timeout(30)

    def shows(self, text: str) -> None:
        """Wait until these words are on the page."""
        self.until(lambda: text in self.page.inner_text("body"), text)

    def words(self) -> str:
        """What is to be said."""
        return self.page.inner_text("#words")

    def line_stands(self) -> None:
        """The carrier says that the agent's own line is in the room."""
        with transaction(self.conn):
            leg, room = f"CA{self.user_id:032x}", "CF" + "0" * 32
            desks.leg(self.conn, self.user_id, leg, room, "phone", MORNING)


@pytest.fixture
def office(ledger_path: Path, watch: Watch) -> Iterator[Office]:
    """The running server."""
    place = Office(ledger_path, watch)
    place.start()
    yield place
    place.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the pages of a file."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=[*_FLAGS])
        yield browser
        browser.close()


@pytest.fixture
def desk(office: Office, chromium: Browser, conn: sqlite3.Connection, watch: Watch) -> Iterator[Desk]:
    """An agent who is signed in, with the page open before the shift."""
    cookie = secrets.token_urlsafe(32)
    with transaction(conn):
        user_id = add(conn, "min", "agent", full_name="周敏", staff_no="10086231", phone=8613800000001)
        certificates.add(conn, user_id, "C-1", CERTIFIED, MORNING, by=None)
        sessions.begin(conn, cookie, user_id, passed=True, now=WATCH.now())
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": office.base}])
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if "Content Security" in line.text else None)
    page.clock.install()
    page.goto(f"{office.base}/desk")
    yield Desk(page, conn, user_id, watch)
    context.close()
    assert broken == [], broken
