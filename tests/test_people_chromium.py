"""The door and the pages behind it in a real browser, by keyboard, in both languages and on a telephone."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pyotp
import pytest
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

import ledger
from ivr.app import create_app
from ivr.clock import wall
from ivr.demo import free_port
from ledger import transaction
from tests.edge import parts
from tests.people import PASSWORD, add

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 20_000
LATER = "another good sentence"

pytestmark = [
    pytest.mark.xdist_group("chromium"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


@pytest.fixture
def site(ledger_path: Path) -> Iterator[str]:
    """The pages on a port of this machine."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with (
        closing(ledger.Writer(ledger_path)) as writer,
        closing(parts(ledger_path, writer, wall(), base=base)) as edge,
    ):
        server = make_server("127.0.0.1", port, create_app(edge), threaded=True)
        serving = Thread(target=server.serve_forever)
        serving.start()
        yield base
        server.shutdown()
        serving.join()
        server.server_close()


@pytest.fixture
def page() -> Iterator[Page]:
    """A browser; what a page complains about fails the test."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        yield page
        browser.close()
    assert complaints == []


def type_and_enter(page: Page, *texts: str) -> None:
    """Type into the fields in their order, from the focused one on, and press Enter in the last."""
    page.wait_for_function("document.activeElement.matches('input')")
    for place, text in enumerate(texts):
        if place:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_an_admin_comes_in_for_the_first_time_looks_around_and_leaves(
    site: str, page: Page, conn: sqlite3.Connection
) -> None:
    with transaction(conn):
        user_id = add(conn, "lin", "admin", PASSWORD, full_name="林静")
        conn.execute("update users set must_change = 1 where id = ?", (user_id,))
    page.goto(f"{site}/audit")
    type_and_enter(page, "lin", PASSWORD)
    secret = page.inner_text(".secret").replace(" ", "")
    assert page.locator("svg.qr").bounding_box()["width"] > 150  # type: ignore[index]
    type_and_enter(page, pyotp.TOTP(secret).now())
    type_and_enter(page, PASSWORD, LATER, LATER)
    page.get_by_role("link", name="人员").wait_for()

    for path in ("/people", "/people/new", f"/people/{user_id}", "/audit", "/account"):
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(site + path)
            assert fits(page), (path, width)
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="My account").wait_for()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{site}/login")
    page.goto(f"{site}/people")
    assert page.url.startswith(f"{site}/login?")


def test_where_the_keyboard_is_can_be_seen(site: str, page: Page) -> None:
    page.goto(f"{site}/login")
    expect(page.get_by_label("用户名或工号")).to_be_focused()
    for key in ("Tab", "Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab"):
        page.keyboard.press(key)
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(style) == "solid", page.evaluate("document.activeElement.outerHTML")
