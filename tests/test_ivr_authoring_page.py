"""The author's pages in a real browser: played by keyboard, words changed without losing a value."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

import ledger
from ivr.app import create_app
from ivr.clock import wall
from ivr.demo import free_port
from ivr.people.session import WATCH
from ledger import script_life, sessions, transaction
from scripts.load import library
from tests.desk_chromium import COOKIE, chromium
from tests.edge import parts
from tests.people import add

__all__ = ["chromium"]

pytestmark = pytest.mark.xdist_group("chromium")

NEW = library()["new-contract"]
PATIENCE = 20_000


@pytest.fixture
def page(ledger_path: Path, conn: sqlite3.Connection, chromium: Browser) -> Iterator[Page]:
    """Somebody of quality at the pages; what a page complains about fails the test."""
    cookie = secrets.token_urlsafe(32)
    with transaction(conn):
        user_id = add(conn, "min", "quality", full_name="周敏")
        sessions.begin(conn, cookie, user_id, passed=True, now=WATCH.now())
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with (
        closing(ledger.Writer(ledger_path)) as writer,
        closing(parts(ledger_path, writer, wall(), base=base)) as edge,
    ):
        server = make_server("127.0.0.1", port, create_app(edge), threaded=True)
        serving = Thread(target=server.serve_forever)
        serving.start()
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=base)
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": base}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        yield page
        context.close()
        server.shutdown()
        serving.join()
        server.server_close()
    assert complaints == []


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side at any width."""
    found = []
    for width in (360, 800, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        found.append(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
    return all(found)


def field(path: str) -> str:
    return f'.passage[data-path="{path}"]'


def test_a_script_is_played_by_keyboard_with_both_performers_beside_each_other(page: Page) -> None:
    page.goto("/scripts")
    expect(page.locator("#scripts .tag.good").first).to_be_visible()
    assert fits(page)
    page.locator(f'a[href$="{NEW.digest}"]').click()
    expect(page.locator("#robot .question")).to_contain_text("请问是")
    page.keyboard.press("1")
    page.keyboard.press("1")
    expect(page.locator("#robot .question")).to_contain_text("身份证号码")
    page.locator("#answers button").first.click()
    page.select_option('[data-fact="product_type"]', "分红型")
    expect(page.locator("#agent .question")).to_have_text("这份保险是您自己要买的吗？")
    expect(page.locator("#robot .question")).to_have_text("这份保险是您自己要买的吗？")
    expect(page.locator("a.step.now")).to_have_attribute("data-step", "aware")
    page.fill("#typed-words", "我没买过")
    page.keyboard.press("Enter")
    expect(page.locator("a.step.now")).to_have_attribute("data-step", re.compile("^aware_"))
    page.locator("h1").click()
    page.keyboard.press("Backspace")
    expect(page.locator("a.step.now")).to_have_attribute("data-step", "aware")
    assert fits(page)


def test_words_are_changed_and_saved_as_a_draft_without_losing_a_value(
    page: Page, conn: sqlite3.Connection
) -> None:
    page.goto(f"/scripts/{NEW.digest}/words")
    expect(page.locator("#findings ol li.ok")).to_be_visible()
    explanation = page.locator(field("0/step/cooling_off/explain"))
    editor = explanation.locator(".editor")
    chips = editor.locator(".chip").count()
    editor.locator(".chip").first.click()
    page.keyboard.press("Backspace")
    assert editor.locator(".chip").count() == chips
    page.keyboard.press("Backspace")
    expect(explanation.locator(".problem")).to_be_visible()
    expect(page.locator("#save")).to_be_disabled()
    explanation.locator(".problem button").click()
    expect(explanation.locator(".problem")).to_be_hidden()

    received = page.locator(field("0/step/received/say")).locator(".editor")
    received.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("请问，")
    page.keyboard.press("Enter")
    expect(page.locator("#changes ins").first).to_have_text("请问，")
    expect(page.locator("#save")).to_be_enabled()
    assert fits(page)
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile("/life$"))
    digest = page.url.split("/")[-2]
    version = script_life.get(conn, digest)
    assert version is not None
    assert (version.version, version.author) == (NEW.version + 1, "min")
    assert fits(page)
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_text("待审批").first).to_be_visible()
