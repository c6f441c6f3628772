"""A supervisor beside a live call, in real browsers and with real sound: listen, whisper, step in, end."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from exchange_chromium import ALICE, BOB, CHROMIUM, launch, microphone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from exchange.sound.clip import RATE
from exchange.sound.tape import ROBOT
from ledger import audit, events
from tests.shift import Shift, shift
from tests.shift_ears import (
    AGENT,
    EARS,
    PATIENCE,
    SUPERVISOR,
    TONES,
    asked,
    hears,
    hears_customer,
)
from tests.test_shift import TALKER, kill_server, sign_in, words

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.xdist_group("chromium"),
]
ACTS = ("listen", "whisper", "step_in", "read", "end")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Shift]:
    with shift(tmp_path / "home", TALKER) as world:
        yield world


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """A page whose microphone hears the tone of this person; one that broke fails the test."""
    broken: list[str] = []
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())

        def opened(who: str) -> Page:
            browser: Browser = launch(playwright, microphone(tmp_path / f"{who}.wav", TONES[who]))
            stack.callback(browser.close)
            page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: broken.append(str(error)))
            page.add_init_script(EARS)
            return page

        yield opened
    assert broken == []


def watch(page: Page, world: Shift, user_id: int) -> None:
    """Open the console as somebody who has signed in."""
    page.context.add_cookies([{"name": "huifang", "value": world.cookie(user_id), "url": world.url}])
    page.goto(f"{world.url}/console")
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=PATIENCE)


def takes_part(page: Page, key: str, text: str) -> None:
    """Press a key on the call's row and wait until the page says how one takes part."""
    page.locator("#calls tbody tr").focus()
    page.keyboard.press(key)
    expect(page.locator("#listening-words")).to_contain_text(text, timeout=PATIENCE)


def call_of(world: Shift) -> tuple[int, str]:
    """The one call: its number and the carrier's name of it."""
    with world.ledger() as conn:
        row: tuple[int, str] = conn.execute("select id, carrier_sid from calls").fetchone()
    return row


def begun(world: Shift, call_id: int, mode: str) -> float:
    """Seconds between the answer and the beginning of a way of taking part."""
    with world.ledger() as conn:
        answered, at = conn.execute(
            "select c.answered_at, e.at from calls c join events e on e.call_id = c.id"
            " where c.id = ? and e.kind = 'supervised' and json_extract(e.data, '$.mode') = ?",
            (call_id, mode),
        ).fetchone()
    return (datetime.fromisoformat(at) - datetime.fromisoformat(answered)).total_seconds()


def customers_ear(world: Shift, sid: str) -> np.ndarray[Any, Any]:
    """What the customer heard, from the answer to the end: a channel of the recording."""
    audio = asked(world, f"{recorded(world, sid)}.wav")
    samples, rate = soundfile.read(io.BytesIO(audio), dtype="float32")
    assert rate == RATE
    return np.asarray(samples[:, ROBOT])


def recorded(world: Shift, sid: str) -> str:
    """Where the recording of a call that is over can be fetched."""
    ends = time.monotonic() + PATIENCE / 1000
    while True:
        (found,) = world.carrier.recordings(sid)
        if found.status == "completed":
            return found.url
        assert time.monotonic() < ends
        time.sleep(0.1)


def moments(samples: np.ndarray[Any, Any], hertz: float) -> list[float]:
    """The quarters of a second in which a tone is heard, in seconds from the beginning."""
    part = RATE // 4
    wave = np.exp(-2j * np.pi * hertz * np.arange(part) / RATE) * np.hanning(part)
    pieces = [samples[at : at + part] for at in range(0, len(samples) - part, part)]
    return [place / 4 for place, piece in enumerate(pieces) if abs(piece @ wave) / part > 0.005]


def kinds(world: Shift, call_id: int) -> list[str]:
    """The supervisor's part in the chain of a call."""
    with world.ledger() as conn:
        rows = conn.execute(
            "select kind from events where call_id = ? and kind like '%superv%' order by id", (call_id,)
        )
        return [kind for (kind,) in rows]


def acts(world: Shift) -> list[tuple[str, str, str]]:
    """What the audit has of calls, oldest first."""
    with world.ledger() as conn:
        rows = reversed(audit.listing(conn, audit.Wanted(), limit=50))
        return [(one.user, one.action, one.subject) for one in rows if one.action.startswith("call.")]


def test_a_supervisor_listens_whispers_steps_in_and_ends(world: Shift, person: Callable[[str], Page]) -> None:
    agent, supervisor = person(AGENT), person(SUPERVISOR)
    world.hire("zhou")
    sign_in(agent, world, "zhou")
    watch(supervisor, world, world.hire("ma", "supervisor"))
    world.campaign("progressive")
    world.processes.start("dial", "--cps", "5", "--lines", "10")
    words(agent, "您好，请问是")
    row = supervisor.locator("#calls tbody tr")
    expect(row).to_contain_text("zhou某", timeout=PATIENCE)
    call_id, sid = call_of(world)
    hears_customer(world, agent, sid)

    takes_part(supervisor, "l", "没有人听得见您")
    hears(supervisor, AGENT)
    hears_customer(world, supervisor, sid)
    hears(agent)

    takes_part(supervisor, "w", "只有坐席听得见您")
    hears(agent, SUPERVISOR, seconds=1.5)
    hears_customer(world, supervisor, sid)

    takes_part(supervisor, "i", "大家都听得见您")
    hears(agent, SUPERVISOR)
    hears_customer(world, supervisor, sid)

    kill_server(world)
    expect(supervisor.locator("#live")).to_have_attribute("data-state", "lost", timeout=PATIENCE)
    world.serve()
    expect(supervisor.locator("#live")).to_have_attribute("data-state", "live", timeout=PATIENCE)
    expect(row).to_have_count(1)
    hears(supervisor, AGENT)

    row.focus()
    supervisor.keyboard.press("Enter")
    expect(supervisor.locator("#story li[data-who^='坐席 80']").first).to_be_visible()
    supervisor.keyboard.press("Escape")
    supervisor.keyboard.press("e")
    expect(supervisor.locator("#sure")).to_be_visible()
    supervisor.keyboard.press("Tab")
    supervisor.keyboard.press("Enter")
    expect(agent.locator("#state")).to_contain_text("话后整理", timeout=PATIENCE)
    expect(row).to_have_count(0, timeout=PATIENCE)
    expect(supervisor.locator("#listening")).to_be_hidden(timeout=PATIENCE)
    hears(agent)

    ear = customers_ear(world, sid)
    assert moments(ear, ALICE)[0] < begun(world, call_id, "listen")
    whispered, stepped_in = begun(world, call_id, "whisper"), begun(world, call_id, "step_in")
    assert stepped_in - whispered > 1.5
    assert moments(ear, BOB)[0] > stepped_in - 1
    subject = f"call:{call_id}"
    assert acts(world) == [("ma", f"call.{act}", subject) for act in ACTS]
    assert kinds(world, call_id) == [*["supervised"] * 3, "ended_by_supervisor", "supervised_no_more"]
    with world.ledger() as conn:
        assert events.verify(conn) == []
