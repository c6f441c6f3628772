"""The console in a real browser: two supervisors, no reload, by keyboard; a server that is restarted."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import ledger
from ivr import demo
from ivr.demo import COMPANY
from ivr.home import Home, write_company
from ivr.people.session import WATCH
from ledger import campaigns, desks, transaction
from tests.console_shift import shift
from tests.live import await_port

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 20_000

pytestmark = [
    pytest.mark.xdist_group("chromium"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]
Open = Callable[..., Page]


class Site:
    """The web process over a shift, to be ended and started again at the same ports."""

    def __init__(self, root: Path) -> None:
        home = Home(root)
        home.customer_key()
        write_company(home.company_file, COMPANY)
        self.path = root / "huifang.db"
        with shift(self.path) as one:
            one.fill()
        self.environ = demo.environment(home, 1.0) | {"HUIFANG_CLOCK": ""}
        self.url = self.environ["HUIFANG_PUBLIC_URL"]
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait until both of its ports answer."""
        ports = demo.ports(self.environ)
        command = [sys.executable, "-m", "ivr.cli", "serve", *ports]
        self.process = subprocess.Popen(command, env=os.environ | self.environ, stderr=subprocess.DEVNULL)
        for port in ports[1::2]:
            await_port(int(port))
        return self.process

    def end(self) -> None:
        """End it with all it started."""
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web process over a morning in full swing."""
    site = Site(tmp_path_factory.mktemp("console") / "home")
    yield site
    site.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def supervisor(browser: Browser, site: Site) -> Iterator[Open]:
    """Opens the console for a cookie of the shift; a page that broke fails the test."""
    broken: list[str] = []
    with ExitStack() as stack:

        def look(cookie: str, language: str = "zh", width: int = 1366, height: int = 768) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": height}, timezone_id="Asia/Shanghai"
            )
            stack.callback(context.close)
            cookies = {"huifang": cookie, "huifang_language": language}
            context.add_cookies([{"name": name, "value": cookies[name], "url": site.url} for name in cookies])
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: broken.append(str(error)))
            page.goto(f"{site.url}/console")
            expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=PATIENCE)
            expect(page.locator("#calls tbody tr").first).to_be_visible(timeout=PATIENCE)
            return page

        yield look
    assert broken == []


@pytest.fixture
def conn(site: Site) -> Iterator[sqlite3.Connection]:
    """Another process's connection."""
    with closing(ledger.connect(site.path)) as conn:
        yield conn


def user(conn: sqlite3.Connection, name: str) -> int:
    """The id of somebody of the shift."""
    row: tuple[int] = conn.execute("select id from users where name = ?", (name,)).fetchone()
    return row[0]


def agent_row(page: Page, name: str, text: str) -> None:
    """Wait until an agent's row says this."""
    row = page.locator("#agents tbody tr", has_text=name)
    expect(row).to_contain_text(text, timeout=PATIENCE)


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_two_supervisors_see_a_change_without_reload(
    supervisor: Open, site: Site, conn: sqlite3.Connection
) -> None:
    north, everything = supervisor("north"), supervisor("all", "en")
    expect(north.locator("#agents tbody tr")).to_have_count(8)
    expect(everything.locator("#agents tbody tr")).to_have_count(12)
    for page in (north, everything):
        page.evaluate("window.loadedOnce = true")
    with transaction(conn):
        desks.pause(conn, user(conn, "陈霞"), "meeting", WATCH.now())
    agent_row(north, "陈霞", "会议")
    agent_row(everything, "陈霞", "meeting")
    assert all(page.evaluate("window.loadedOnce") for page in (north, everything))


def test_a_campaign_is_paused_after_a_question_and_everybody_sees_it(
    supervisor: Open, conn: sqlite3.Connection
) -> None:
    north, south = supervisor("north"), supervisor("all")
    row = "高龄客户人工回访"
    north.locator("#campaigns tbody tr", has_text=row).get_by_role("button", name="暂停").click()
    expect(north.locator("#sure-words")).to_contain_text(row)
    north.locator("#sure-yes").click()
    expect(south.locator("#campaigns tbody tr", has_text=row)).to_contain_text("已暂停", timeout=PATIENCE)
    found = campaigns.by_name(conn, row)
    assert found is not None
    assert found.status == "paused"


def test_the_keyboard_alone_reads_a_call_and_comes_back_to_its_row(supervisor: Open) -> None:
    page = supervisor("north")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.dataset.key")
    page.keyboard.press("Enter")
    expect(page.locator("#story li").first).to_contain_text(f"call {focused}")
    page.keyboard.press("Escape")
    expect(page.locator("#story")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.key") == focused
    page.keyboard.press("/")
    page.keyboard.type("周敏")
    expect(page.locator("#agents tbody tr")).to_have_count(1)
    expect(page.locator("#calls tbody tr")).to_have_count(1)


def test_a_call_is_ended_by_a_key_and_a_confirmed_question(
    supervisor: Open, conn: sqlite3.Connection
) -> None:
    page = supervisor("north")
    page.locator("#calls tbody tr", has_text="机器人").first.focus()
    call_id = page.evaluate("document.activeElement.dataset.key")
    page.keyboard.press("e")
    expect(page.locator("#sure-words")).to_contain_text(call_id)
    page.locator("#sure-yes").click()
    expect(page.locator("#sure")).to_be_hidden()
    page.wait_for_load_state("networkidle")
    told = conn.execute("select kind from events where call_id = ?", (int(call_id),)).fetchall()
    assert ("ended_by_supervisor",) in told


def test_who_may_only_look_finds_nothing_to_act_with(supervisor: Open) -> None:
    page = supervisor("all", "en")
    expect(page.get_by_role("button", name="End", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Pause", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Read", exact=True).first).to_be_visible()


def test_nothing_sticks_out_at_any_width(supervisor: Open) -> None:
    for language, width, height in (("zh", 1366, 768), ("en", 1366, 768), ("zh", 390, 844), ("en", 390, 844)):
        assert fits(supervisor("north", language, width, height)), (language, width)


def test_after_a_restart_of_the_server_the_picture_is_right_again(
    supervisor: Open, site: Site, conn: sqlite3.Connection
) -> None:
    page = supervisor("north")
    site.end()
    expect(page.locator("#live")).to_have_attribute("data-state", "lost", timeout=PATIENCE)
    with transaction(conn):
        desks.pause(conn, user(conn, "陈霞"), "training", WATCH.now())
    site.start()
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=PATIENCE)
    agent_row(page, "陈霞", "培训")
