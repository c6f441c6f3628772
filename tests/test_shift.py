"""A shift in real browsers: agents by the keyboard alone, customers on the line, a server that dies."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from exchange_chromium import CHROMIUM
from playwright.sync_api import Browser, Page, expect

from ledger import events
from tests.shift import PASSWORD, Shift, shift
from tests.shift_ears import EARS, PATIENCE, hears_customer
from tests.shift_ears import browser as browser

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.xdist_group("chromium"),
]
TALKER = """
[persona.talker]
title = "picks up and talks"
weight = 1
rings = [0.5, 1]
greeting = "喂，你好"
talks = [500, 600]
small_talk = ["是的，您说。"]
"""
ASKS = """
[persona.asks]
title = "wants a person once, then talks"
weight = 1
rings = [0.5, 1]
greeting = "喂，你好"
speaks = 1
talks = [500, 600]
small_talk = ["是的，您说。"]

[[persona.asks.rule]]
heard = "请问是"
say = "转人工"
times = 1
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    with shift(tmp_path_factory.mktemp("shift") / "home", TALKER) as world:
        yield world


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """A browser of somebody's own, at the size of an office screen."""
    with ExitStack() as stack:

        def opened() -> Page:
            context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
            stack.callback(context.close)
            page = context.new_page()
            page.add_init_script(EARS)
            page.set_default_timeout(PATIENCE)
            return page

        yield opened


def sign_in(page: Page, world: Shift, name: str) -> None:
    """Log in and stand in the own room, by the keyboard alone."""
    page.goto(f"{world.url}/login")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("未签入", timeout=PATIENCE)
    press(page, "Enter", "已签入")
    expect(page.locator("#line")).to_contain_text("线路正常", timeout=PATIENCE)
    press(page, "Enter", "就绪")


def press(page: Page, key: str, state: str) -> None:
    """Press a key and wait for the state that it leads to."""
    page.keyboard.press(key)
    expect(page.locator("#state")).to_contain_text(state, timeout=PATIENCE)


def words(page: Page, text: str) -> None:
    """Wait until these words are to be said."""
    expect(page.locator("#words")).to_contain_text(text, timeout=PATIENCE)


def turns(world: Shift) -> list[tuple[int, int]]:
    with world.ledger() as conn:
        return conn.execute("select call_id, n from turns order by call_id, n").fetchall()


def test_two_agents_talk_to_customers_whom_progressive_dialing_brings(
    world: Shift, open_page: Callable[[], Page]
) -> None:
    agents = [open_page(), open_page()]
    for name, page in zip(("zhou", "chen"), agents, strict=True):
        world.hire(name)
        sign_in(page, world, name)
    world.campaign("progressive")
    world.processes.start("dial", "--cps", "5", "--lines", "10")
    for page in agents:
        words(page, "您好，请问是")
    with world.ledger() as conn:
        assert conn.execute("select count(*) from calls").fetchone() == (2,)
    first = agents[0]
    hears_customer(world, first, carrier_sid(world, "zhou"))
    first.keyboard.press("1")
    words(first, "您现在方便吗")
    first.reload()
    words(first, "您现在方便吗")
    expect(first.locator("#line")).to_contain_text("线路正常", timeout=PATIENCE)
    hears_customer(world, first, carrier_sid(world, "zhou"))
    before = turns(world)
    kill_server(world)
    expect(first.locator("#notices")).not_to_be_empty(timeout=PATIENCE)
    world.serve()
    first.wait_for_timeout(500)
    expect(first.locator("#notices")).to_be_empty(timeout=PATIENCE)
    assert turns(world) == before
    words(agents[1], "您好，请问是")
    agents[1].keyboard.press("1")
    words(agents[1], "您现在方便吗")
    for page in agents:
        page.keyboard.press("Escape")
        press(page, "Escape", "话后整理")
        page.keyboard.press("Enter")
        words(page, "您好，请问是")
    with world.ledger() as conn:
        assert conn.execute("select count(*) from calls").fetchone() == (4,)
        assert events.verify(conn) == []


def test_a_customer_of_the_robot_asks_for_a_person_and_is_handed_back(
    tmp_path: Path, open_page: Callable[[], Page]
) -> None:
    with shift(tmp_path / "home", ASKS) as world:
        world.hire("zhou")
        page = open_page()
        sign_in(page, world, "zhou")
        world.campaign("robot")
        world.processes.start("dial", "--cps", "5", "--lines", "1")
        expect(page.locator("#words")).to_contain_text("您好，请问是", timeout=3 * PATIENCE)
        hears_customer(world, page, carrier_sid(world, "zhou"))
        with world.ledger() as conn:
            (call_id, agent_turn) = conn.execute(
                "select id, turn from calls where performer = 'agent'"
            ).fetchone()
        page.keyboard.press("B")
        press(page, "Enter", "话后整理")
        with world.ledger() as conn:
            performer, turn = conn.execute(
                "select performer, turn from calls where id = ?", (call_id,)
            ).fetchone()
            heard = conn.execute(
                "select heard from turns where call_id = ? and n between ? and ?", (call_id, agent_turn, turn)
            ).fetchall()
        assert performer == "robot"
        assert [json.loads(text)["kind"] for (text,) in heard][:2] == ["agent", "robot"]


def carrier_sid(world: Shift, agent: str) -> str:
    """The carrier's name of the call on this agent's desk."""
    with world.ledger() as conn:
        found = conn.execute(
            "select c.carrier_sid from calls c join desks d on d.call_id = c.id"
            " join users u on u.id = d.user_id where u.name = ?",
            (agent,),
        )
        return str(found.fetchone()[0])


def kill_server(world: Shift) -> None:
    """The web process dies as by a power cut; what it started ends by itself."""
    process = world.processes._running.pop("serve")
    process.kill()
    process.wait()
    ended = time.monotonic() + PATIENCE / 1000
    while answers(world):
        assert time.monotonic() < ended
        time.sleep(0.1)


def answers(world: Shift) -> bool:
    """Whether anybody still listens at the pages' port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(world.url.rpartition(":")[2]))) == 0
