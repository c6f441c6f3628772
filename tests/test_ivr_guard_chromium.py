"""A shift of people and customers whose names are markup: no script runs, and no log tells who they were."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from exchange_chromium import CHROMIUM
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ledger import transaction
from tests.shift import PASSWORD, Shift, shift
from tests.shift_ears import browser as browser

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.xdist_group("chromium"),
]
PATIENCE = 20_000
MARKUP = "\"'></script><img src=x onerror=window.ran=1><script>window.ran=1</script>{{7*7}}"
SPEAKS = f"""
[persona.speaks]
title = "says markup"
weight = 1
rings = [0.5, 1]
greeting = "喂，你好"
speaks = 1
talks = [500, 600]
small_talk = ['''{MARKUP}''']
"""
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
OPEN_TO_ALL = {"sex", "title", "channel", "product", "pay_years", "person"}
"""Facts that are words of the business, not of a person."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    """An agent who talks with a customer, and everything that people name is markup."""
    with shift(tmp_path_factory.mktemp("guard") / "home", SPEAKS) as world:
        world.hire("zhou")
        world.campaign("progressive", MARKUP)
        with world.ledger() as conn, transaction(conn):
            spoil(conn)
        yield world


def spoil(conn: sqlite3.Connection) -> None:
    """Write markup wherever a person or a list gives a text."""
    conn.execute("update users set full_name = :text, staff_no = :text where id > 0", {"text": MARKUP})
    conn.execute("insert into units (id, name) values (1, ?)", (MARKUP,))
    conn.execute("update certificates set reference = ?", (MARKUP,))
    conn.execute(
        "update contacts set facts ="
        " json_set(facts, '$.surname', :text, '$.product', :text, '$.bank', :text)",
        {"text": MARKUP},
    )
    conn.execute("update users set unit_id = 1")


def page_of(browser: Browser, troubles: list[str]) -> Page:
    """A page of one's own whose errors, dialogs and refusals by the policy are kept."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("dialog", lambda dialog: (troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: troubles.append(f"error {error}"))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    return page


def enter(context: BrowserContext, world: Shift, name: str, role: str) -> int:
    """Somebody of this role, signed in with both factors."""
    user_id = world.hire(name, role)
    with world.ledger() as conn, transaction(conn):
        conn.execute("update users set unit_id = 1 where id = ?", (user_id,))
    context.add_cookies([{"name": "huifang", "value": world.cookie(user_id), "url": world.url}])
    return user_id


def talk(page: Page, world: Shift) -> dict[str, Any]:
    """The agent comes on shift, gets a customer and writes markup into the call; the desk's document."""
    page.goto(f"{world.url}/login")
    page.fill("input[name=name]", "zhou")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    for state in ("已签入", "就绪"):
        expect(page.locator("#state")).not_to_be_empty()
        if state == "就绪":
            expect(page.locator("#line")).to_contain_text("线路正常")
        page.locator("body").press("Enter")
        expect(page.locator("#state")).to_contain_text(state)
    world.processes.start("dial", "--cps", "5", "--lines", "1")
    expect(page.locator("#words")).to_contain_text("请问是")
    call_id = page.evaluate("async () => (await (await fetch('/desk/now')).json()).call.id")
    document: dict[str, Any] = page.evaluate(
        """async ([call, text]) => {
          const headers = {'Content-Type': 'application/json',
            'X-CSRF-Token': document.querySelector('meta[name=csrf]').content};
          const post = async (path, body) => (await fetch(`/desk/calls/${call}/${path}`,
            {method: 'POST', headers, body: JSON.stringify(body)})).json();
          await post('problem', {code: 'P20', note: text});
          return post('notes', {text});
        }""",
        [call_id, MARKUP],
    )
    expect(page.locator("#notes")).to_contain_text(MARKUP)
    return document


def test_names_notes_and_speech_stay_text_on_every_page_and_out_of_every_log(
    world: Shift, browser: Browser
) -> None:
    troubles: list[str] = []
    agent = page_of(browser, troubles)
    document = talk(agent, world)
    assert document["call"]["card"]["facts"] == []
    boss, admin = page_of(browser, troubles), page_of(browser, troubles)
    enter(boss.context, world, "boss", "supervisor")
    enter(admin.context, world, "root", "admin")
    boss.goto(f"{world.url}/console")
    expect(boss.locator("#calls")).to_contain_text("onerror")
    boss.locator("#calls tbody tr").first.click()
    boss.keyboard.press("Enter")
    for path in (
        "people",
        "people/1",
        "audit",
        f"audit?user={MARKUP}&subject={MARKUP}",
        f"login?next={MARKUP}",
    ):
        admin.goto(f"{world.url}/{path}")
    board = boss.evaluate("async () => (await fetch('/console/now')).text()")
    assert not re.search(r"\d{11}", re.sub(r'"(CA|CF)\w+"', "", board))
    for page in (agent, boss, admin):
        assert page.evaluate("window.ran") is None
    assert troubles == []
    check_logs(world)


def check_logs(world: Shift) -> None:
    """No fact, number, secret, name or answer stands in a log."""
    logs = "\n".join(
        path.read_text(encoding="utf-8", errors="replace")
        for path in sorted((world.home.root / "logs").iterdir())
        if not path.name.startswith("exchange")
    )
    assert logs
    assert {word for word in private(world) if re.search(rf"\b{re.escape(word)}\b", logs)} == set()


def private(world: Shift) -> set[str]:
    """Every word of the shift that belongs in no log."""
    with world.ledger() as conn:
        found = {str(number) for (number,) in conn.execute("select number from numbers")}
        for (facts,) in conn.execute("select facts from contacts"):
            known = json.loads(facts)
            found |= {str(known[name]) for name in known.keys() - OPEN_TO_ALL}
        found |= {text for (text,) in conn.execute("select token from sessions")}
    found |= {PASSWORD, "onerror", world.environ["TWILIO_AUTH_TOKEN"], world.environ["HUIFANG_SECRET_KEY"]}
    return {word for word in found if len(word) > 3 and not DAY.fullmatch(word)}
