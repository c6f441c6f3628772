"""The desk's page in Chromium: a whole call by keyboard alone, and what happens when something breaks."""

from __future__ import annotations

import json

import pytest

from ledger import desks, state, transaction
from ledger.records import Claimed
from scripts.load import by_digest
from scripts.model import Kind
from scripts.progress import Progress
from tests.conftest import MORNING
from tests.desk_chromium import Desk, Office, chromium, desk, office
from tests.edge import Phone
from tests.scripts_walk import good_answer

__all__ = ["chromium", "desk", "office"]

pytestmark = pytest.mark.xdist_group("chromium")


def shift_begins(desk: Desk) -> None:
    """From the sign-on to the wait for calls."""
    desk.stage("off")
    desk.press("Enter")
    desk.stage("paused")
    desk.line_stands()
    desk.pass_time(3)
    desk.shows("线路已接好")
    desk.press("Enter")
    desk.stage("ready")


def put_through(desk: Desk, office: Office, claimed: list[Claimed]) -> Phone:
    """A call is placed for the agent, and the customer answers."""
    with transaction(desk.conn):
        desks.reserve(desk.conn, desk.user_id, claimed[0].call_id, MORNING)
    desk.pass_time(3)
    desk.stage("dialing")
    phone = office.phone(claimed[0].call_id)
    phone.to("answered", CallStatus="in-progress")
    desk.pass_time(3)
    desk.stage("step")
    return phone


def progress(desk: Desk, phone: Phone) -> Progress:
    return Progress.from_json(state.read(desk.conn, phone.call_id).state.progress)


def turn(desk: Desk, phone: Phone) -> int:
    return state.read(desk.conn, phone.call_id).state.turn


def answer_well(desk: Desk, phone: Phone) -> None:
    """The good answer to the step, once it was read."""
    call = state.read(desk.conn, phone.call_id).state
    script, here = by_digest()[call.script_digest], progress(desk, phone)
    given = good_answer(script, json.loads(call.facts), here).strip("[]").replace("*", "X")
    desk.until(lambda: desk.page.evaluate("document.activeElement.tagName") != "DIALOG", "no sheet")
    desk.pass_time(40)
    if script.step(here.step).kind is Kind.IDENTITY:
        desk.type(given)
        desk.press("Enter")
    elif script.step(here.step).kind is Kind.OPEN:
        desk.press("Escape")
        category = desk.page.locator("#answers button[data-category=none] kbd").inner_text()
        desk.press(category)
    else:
        desk.press(given)
    desk.until(lambda: turn(desk, phone) > call.turn, f"an answer to {here.step}")
    shown = turn(desk, phone)
    desk.until(
        lambda: desk.page.evaluate("document.getElementById('step').dataset.turn") == str(shown), shown
    )


def test_a_whole_call_by_keyboard_alone(desk: Desk, office: Office, claimed: list[Claimed]) -> None:
    shift_begins(desk)
    phone = put_through(desk, office, claimed)
    while progress(desk, phone).step != "received":
        answer_well(desk, phone)
    assert "身份已核对" in desk.page.inner_text("#card")
    desk.press("n")
    desk.type("d1p 说明书是女儿代看的")
    desk.press("Enter")
    desk.shows("备注已记下")
    desk.press("p")
    desk.type("资料变更")
    desk.press("Enter")
    desk.type("换了手机号")
    desk.press("Enter")
    desk.shows("P21 客户资料变更")
    while not progress(desk, phone).ended:
        answer_well(desk, phone)
    desk.shows("话术完了，结束通话")
    desk.press("Enter")
    phone.status()
    desk.pass_time(3)
    desk.stage("wrapup")
    desk.shows("有问题件需要处理")
    desk.press("Enter")
    desk.stage("ready")
    assert desk.conn.execute(
        "select outcome, outcome_reason from calls where id = ?", (phone.call_id,)
    ).fetchone() == ("PROBLEM", "done")
    assert desk.conn.execute("select text from notes").fetchall() == [("d1p 说明书是女儿代看的",)]


def test_a_held_key_answers_one_step_and_reading_time_holds_answers(
    desk: Desk, office: Office, claimed: list[Claimed]
) -> None:
    shift_begins(desk)
    phone = put_through(desk, office, claimed)
    answer_well(desk, phone)
    before = turn(desk, phone)
    assert progress(desk, phone).step == "intro"
    desk.press("1")
    desk.page.wait_for_timeout(100)
    assert turn(desk, phone) == before
    desk.pass_time(40)
    for _ in range(4):
        desk.page.keyboard.down("1")
    desk.page.keyboard.up("1")
    desk.press("1")
    desk.until(lambda: turn(desk, phone) > before, "the answer")
    desk.page.wait_for_timeout(300)
    assert turn(desk, phone) == before + 1


def test_stop_calling_asks_once_more_and_does_not_wait_for_the_reading(
    desk: Desk, office: Office, claimed: list[Claimed]
) -> None:
    shift_begins(desk)
    phone = put_through(desk, office, claimed)
    desk.press("d", "1")
    desk.page.wait_for_timeout(100)
    assert turn(desk, phone) == 0
    desk.press("Enter")
    desk.until(lambda: desk.conn.execute("select count(*) from dnc").fetchone()[0], "an entry")
    desk.shows("已经登记" if progress(desk, phone).ended else "明白")


def test_what_is_done_without_a_server_is_sent_when_it_is_back(
    desk: Desk, office: Office, claimed: list[Claimed]
) -> None:
    shift_begins(desk)
    phone = put_through(desk, office, claimed)
    before = turn(desk, phone)
    desk.pass_time(40)
    office.stop()
    desk.press("1")
    desk.press("n")
    desk.type("断网时的备注")
    desk.press("Enter")
    desk.shows("与服务器的连接断了")
    desk.shows("已记下 2 项")
    office.start()
    desk.pass_time(5)
    desk.until(lambda: turn(desk, phone) == before + 1, "the answer")
    desk.until(
        lambda: desk.conn.execute("select text from notes").fetchall() == [("断网时的备注",)], "the note"
    )
    desk.page.reload()
    desk.stage("step")
    assert (
        desk.page.evaluate(
            "localStorage.length && localStorage.getItem(`huifang.desk.${given.dataset.user}`)"
        )
        is None
    )
