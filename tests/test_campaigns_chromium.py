"""Lists and campaigns in a real browser: a file is dropped and imported, a campaign pauses, figures move."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

import ledger
from ivr import demo
from ivr.home import Home
from ivr.people.session import WATCH
from ledger import sessions, transaction
from tests.conftest import LIST
from tests.live import await_port
from tests.people import add

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 20_000

pytestmark = [
    pytest.mark.xdist_group("chromium"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
]


@pytest.fixture
def site(ledger_path: Path, home: Home) -> Iterator[str]:
    """The web process with its importer and live process; the supervisor's cookie is `boss`."""
    with closing(ledger.connect(ledger_path)) as conn, transaction(conn):
        boss = add(conn, "boss", "supervisor")
        sessions.begin(conn, "boss", boss, passed=True, now=WATCH.now())
    environ = demo.environment(home, 1.0)
    command = [sys.executable, "-m", "ivr.cli", "serve", *demo.ports(environ)]
    process = subprocess.Popen(command, env=os.environ | environ, stderr=subprocess.DEVNULL)
    for port in demo.ports(environ)[1::2]:
        await_port(int(port))
    yield environ["HUIFANG_PUBLIC_URL"]
    process.terminate()
    process.wait(20)


@pytest.fixture
def page(site: str) -> Iterator[Page]:
    """A supervisor's page; one that breaks fails the test."""
    broken: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(timezone_id="Asia/Shanghai")
        context.add_cookies([{"name": "huifang", "value": "boss", "url": site}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: broken.append(str(error)))
        yield page
        browser.close()
    assert broken == []


def test_a_file_becomes_a_list_and_a_campaign_is_steered_from_its_page(page: Page, site: str) -> None:
    page.goto(f"{site}/lists")
    page.set_input_files("#file", LIST)
    page.select_option("#kind", "new_policy")
    page.click("#upload button")
    page.wait_for_url("**/lists/2")
    expect(page.get_by_role("link", name="用它新建任务")).to_be_visible()
    page.goto(f"{site}/campaigns/1")
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=PATIENCE)
    expect(page.locator("#troubles")).to_contain_text("拨号程序没有运行")
    page.get_by_role("button", name="暂停").click()
    expect(page.locator("#status")).to_have_text("已暂停", timeout=PATIENCE)
    page.get_by_role("button", name="停止").click()
    page.fill("#stopping-reason", "改期")
    page.locator("#stopping .danger").click()
    expect(page.locator("#status")).to_have_text("已停止", timeout=PATIENCE)
    expect(page.locator("#troubles")).to_contain_text("改期")
