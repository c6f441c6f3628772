"""The desk's routes: one document, only one's own call, nothing private too early, nothing doubled."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dialer.versions import version
from ivr.desk import view
from ivr.texts import texts
from ivr.transcript import transcript
from ledger import desks, people, transaction
from ledger.records import Claimed
from ledger.story import conversation
from scripts.load import library
from tests.conftest import MORNING
from tests.desk import Page, arrive, sit_down
from tests.edge import Phone, Post, sid, talk
from tests.people import visit
from tests.test_ivr_hotline import miss

Rows = Callable[[], dict[str, int]]
LONG_NUMBER = re.compile(r"\d{10,}")
STEP = "received"
"""A step after the identity check."""


@pytest.fixture
def phone(signed_post: Post, claimed: list[Claimed]) -> Phone:
    """The first customer's call."""
    return Phone(signed_post, claimed[0].call_id)


@pytest.fixture
def page(client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection) -> Page:
    """An agent who is ready."""
    return sit_down(client, ledger_path, conn)


@pytest.fixture
def opening(page: Page, phone: Phone) -> dict[str, Any]:
    """The customer asked for a person at once: the document of the desk."""
    phone.pick_up()
    phone.give("[0]")
    return page.now()


@pytest.fixture
def talking(page: Page, phone: Phone, conn: sqlite3.Connection) -> dict[str, Any]:
    """The customer asked for a person after the identity check: the document of the desk."""
    for _ in talk(phone, conn, stop=STEP):
        pass
    phone.give("[0]")
    return page.now()


def later(page: Page, pass_time: Callable[..., None], choice: str = "", **body: object) -> dict[str, Any]:
    """The answer after the step was read to its end."""
    pass_time(timedelta(minutes=1))
    return page.answer(choice, **body)


def test_the_desk_before_the_shift_is_off(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection
) -> None:
    page = arrive(client, ledger_path, conn)
    document = page.now()
    assert document["agent"]["state"] == "off"
    assert document["agent"]["certificate_until"] == "2026-12-31"
    assert document["call"] is None
    assert document["offer"] is None
    assert page.done("state", to="on")["agent"]["state"] == "paused"


@pytest.mark.parametrize("role", ["quality", "compliance", "admin"])
def test_nobody_else_has_a_desk(client: FlaskClient, ledger_path: Path, role: str) -> None:
    visit(client, ledger_path, role)
    assert client.get("/desk/now", headers={"Accept": "application/json"}).status_code == 403


def test_who_is_signed_out_gets_no_document(client: FlaskClient) -> None:
    answer = client.get("/desk/now", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json and answer.json["error"]["code"]) == (401, "signed_out")


def test_a_request_of_another_site_is_refused(page: Page) -> None:
    page.csrf = "guessed"
    assert page.refused("state", to="off") == (400, "stale")


def test_without_a_line_nobody_is_ready(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection
) -> None:
    page = arrive(client, ledger_path, conn)
    page.done("state", to="on")
    assert page.refused("state", to="ready") == (409, "no_leg")


def test_refusals_are_in_the_agents_language(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection
) -> None:
    page = arrive(client, ledger_path, conn)
    chinese = page.post("state", to="ready").json
    with transaction(conn):
        people.speak(conn, page.user_id, "en")
    english = page.post("state", to="ready").json
    assert chinese is not None
    assert english is not None
    assert chinese["error"] == {"code": "signed_off", "message": "请先签入。"}
    assert english["error"] == {"code": "signed_off", "message": "Please sign on first."}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("state", {"to": 1}),
        ("calls/1/notes", {"text": " "}),
        ("calls/1/problem", {"code": "P99"}),
        ("calls/1/transfer", {"to": "boss"}),
        ("calls/1/turns/1", {"choice": "x" * 2000}),
    ],
)
def test_what_is_no_request_is_refused(page: Page, path: str, body: dict[str, object]) -> None:
    assert page.refused(path, **body) == (400, "bad_request")


def test_a_state_or_pause_that_does_not_exist_is_refused(page: Page) -> None:
    assert page.refused("state", to="asleep") == (409, "no_such_state")
    assert page.refused("state", to="paused", reason="nap") == (409, "no_such_pause")


def test_before_the_identity_check_the_card_says_no_more_than_who_and_why(opening: dict[str, Any]) -> None:
    card = opening["call"]["card"]
    assert (card["name"], card["relation"], card["why"]) == ("程女士", "投保人", "新保单的例行回访")
    assert card["identified"] is False
    assert card["facts"] == []
    assert card["due_by"] is not None


def test_after_the_identity_check_the_card_shows_the_policy(
    talking: dict[str, Any], facts: Callable[[int], dict[str, object]]
) -> None:
    known = facts(talking["call"]["id"])
    shown = dict(talking["call"]["card"]["facts"])
    assert talking["call"]["card"]["identified"] is True
    assert shown["险种"] == known["product"]
    assert shown["保单尾号"] == str(known["policy_no"])[-4:]
    assert "天" in shown["犹豫期至"]


@pytest.mark.parametrize("when", ["opening", "talking"])
def test_no_whole_number_is_ever_on_the_page(when: str, request: pytest.FixtureRequest) -> None:
    document = request.getfixturevalue(when)
    assert LONG_NUMBER.findall(json.dumps(document, ensure_ascii=False)) == []


def test_the_step_is_shown_with_its_words_and_answers(
    talking: dict[str, Any],
) -> None:
    call = talking["call"]
    assert (call["step"]["name"], call["performer"]) == (STEP, "agent")
    words = [*call["step"]["said"], call["step"]["question"]]
    assert (
        "".join(text for said in words for text, _ in said) == "保险合同，纸质的也好电子的也好，您收到了吗？"
    )
    assert [answer["category"] for answer in call["step"]["answers"]] == ["yes", "no", "unsure"]
    assert "stop_calling" in [one["category"] for one in call["anytime"]]
    assert 0 < call["told"] < call["of"]


def test_who_takes_a_call_over_sees_what_the_robot_heard(talking: dict[str, Any]) -> None:
    call = talking["call"]
    assert {who for *_, who in call["sofar"]} == {"robot"}
    assert call["sofar"][0] == ["您好，请问是…吗？", "是", "robot"]
    assert call["sofar"][-1] == ["保险合同，纸质的也好电子的也好，您收到了吗？", "要人工", "robot"]
    before = call["sofar"][-2]
    assert call["step"]["before"] == {"words": before[0], "answer": before[1]}


def test_answers_to_agent_and_robot_stand_in_one_list(
    page: Page, talking: dict[str, Any], pass_time: Callable[..., None]
) -> None:
    sofar = later(page, pass_time, "no")["call"]["sofar"]
    assert sofar[:-1] == talking["call"]["sofar"]
    assert sofar[-1] == ["保险合同，纸质的也好电子的也好，您收到了吗？", "没收到", "agent"]


def test_what_was_asked_and_answered_is_in_the_agents_language(
    page: Page, talking: dict[str, Any], conn: sqlite3.Connection
) -> None:
    with transaction(conn):
        people.speak(conn, page.user_id, "en")
    answers = [answer for _, answer, _ in page.now()["call"]["sofar"]]
    assert (answers[0], answers[-1]) == ("Yes", "Wants a person")
    assert "Matches" in answers


def test_of_an_identity_only_whether_it_matched_is_shown(
    page: Page,
    opening: dict[str, Any],
    facts: Callable[[int], dict[str, object]],
    pass_time: Callable[..., None],
) -> None:
    tail = str(facts(opening["call"]["id"])["id_tail"])
    for _ in range(2):
        later(page, pass_time, "yes")
    wrong = later(page, pass_time, digits="0000" if tail != "0000" else "1111")["call"]
    assert wrong["sofar"][-1][1:] == ["不一致", "agent"]
    assert "*" not in json.dumps(wrong["sofar"])


def test_before_the_identity_check_what_was_said_holds_no_value_of_the_customer(
    page: Page,
    opening: dict[str, Any],
    facts: Callable[[int], dict[str, object]],
    pass_time: Callable[..., None],
) -> None:
    document = later(page, pass_time, "yes")
    assert document["call"]["card"]["identified"] is False
    shown = json.dumps(document["call"]["sofar"], ensure_ascii=False)
    values = {str(value) for value in facts(opening["call"]["id"]).values() if len(str(value)) > 1}
    assert document["call"]["sofar"]
    assert [value for value in values if value in shown] == []


def call_the_hotline(post: Post, number: str, *answers: str) -> None:
    """Somebody calls in and answers the robot."""
    phone = Phone(post, 9)
    who = {"From": number, "To": "+8675588880000", "Direction": "inbound"}
    phone.document = post("/hotline", CallSid=sid(9), CallStatus="ringing", **who).data
    for text in answers:
        phone.give(text)


def test_a_telephone_number_that_was_given_is_noted_and_not_shown(page: Page, signed_post: Post) -> None:
    report = ("[1]", "昨天", "深圳", "追尾", "没人受伤", "[2]", "[13800001111]", "转人工")
    call_the_hotline(signed_post, "+8613911112222", *report)
    document = page.now()
    assert ["请输入查勘员打得通的号码，最后按井号。", "已记下", "robot"] in document["call"]["sofar"]
    assert "13800001111" not in json.dumps(document)


def test_answers_from_before_a_switch_of_scripts_are_shown(
    page: Page, signed_post: Post, conn: sqlite3.Connection
) -> None:
    number, facts = miss(conn)
    tail = str(facts["id_tail"]).replace("X", "*")
    call_the_hotline(signed_post, number, "[2]", "[1]", f"[{tail}]", "[1]", "[0]")
    call = page.now()["call"]
    assert call["script"]["name"] == "new-contract"
    assert [answer for _, answer, _ in call["sofar"][:3]] == ["查保单、交费", "接着做回访", "一致"]
    assert call["sofar"][-1][1] == "要人工"
    assert len(call["sofar"]) == 5


def test_who_takes_over_a_report_of_an_accident_sees_when_and_where(
    page: Page, signed_post: Post, pass_time: Callable[..., None]
) -> None:
    call_the_hotline(signed_post, "+8613911112222", "[1]", "昨天晚上八点", "深圳市南山区深南大道", "转人工")
    call = page.now()["call"]
    assert call["step"]["name"] == "accident_what"
    assert call["sofar"] == [
        ["请问您要办什么？", "报案", "robot"],
        ["请问事故是什么时候发生的？", "昨天晚上八点", "robot"],
        ["在什么地方？", "深圳市南山区深南大道", "robot"],
        ["请说一说，发生了什么？", "要人工", "robot"],
    ]
    assert call["step"]["before"] == {"words": "在什么地方？", "answer": "深圳市南山区深南大道"}
    after = later(page, pass_time, words="追尾了前车")["call"]["sofar"]
    assert after[-1] == ["请说一说，发生了什么？", "追尾了前车", "agent"]


def test_an_answer_leads_to_the_next_step(
    page: Page, talking: dict[str, Any], pass_time: Callable[..., None]
) -> None:
    after = later(page, pass_time, "yes")
    assert after["version"] > talking["version"]
    assert after["call"]["turn"] == talking["call"]["turn"] + 1
    assert after["call"]["step"]["name"] == "signed_on_screen"
    assert after["call"]["step"]["before"]["answer"]
    assert after["call"]["told"] == talking["call"]["told"] + 1


def test_a_repeated_answer_writes_nothing(
    page: Page, talking: dict[str, Any], rows: Rows, pass_time: Callable[..., None]
) -> None:
    after = later(page, pass_time, "yes")
    before = rows()
    path = f"calls/{talking['call']['id']}/turns/{talking['call']['turn'] + 1}"
    again = page.done(path, choice="no")
    assert again["call"] == after["call"]
    assert rows() == before


def test_an_answer_before_the_words_can_have_been_read_is_refused(
    page: Page, talking: dict[str, Any], pass_time: Callable[..., None]
) -> None:
    path = f"calls/{talking['call']['id']}/turns/{talking['call']['turn'] + 1}"
    hold = timedelta(milliseconds=talking["call"]["step"]["hold_ms"])
    assert hold > timedelta(seconds=2)
    pass_time(hold - timedelta(seconds=1))
    assert page.refused(path, choice="yes") == (409, "too_soon")
    pass_time(timedelta(seconds=1))
    assert page.done(path, choice="yes")["call"]["turn"] == talking["call"]["turn"] + 1


def test_who_wants_no_more_calls_need_not_hear_the_words_to_their_end(
    page: Page, talking: dict[str, Any], conn: sqlite3.Connection, pass_time: Callable[..., None]
) -> None:
    step = later(page, pass_time, "yes")["call"]["step"]["name"]
    page.answer("stop_calling")
    assert conn.execute("select count(*) > 0 from dnc").fetchone() == (1,)
    assert conn.execute("select count(*) from disclosures where step = ?", (step,)).fetchone() == (0,)


def test_an_answer_that_the_step_does_not_offer_changes_nothing(
    page: Page, talking: dict[str, Any], pass_time: Callable[..., None]
) -> None:
    pass_time(timedelta(minutes=1))
    path = f"calls/{talking['call']['id']}/turns/{talking['call']['turn'] + 1}"
    assert page.refused(path, choice="second_slot") == (409, "not_offered")
    assert page.now()["call"]["turn"] == talking["call"]["turn"]


def test_identity_digits_are_checked_and_never_come_back(
    page: Page,
    opening: dict[str, Any],
    facts: Callable[[int], dict[str, object]],
    pass_time: Callable[..., None],
) -> None:
    tail = str(facts(opening["call"]["id"])["id_tail"])
    for _ in range(2):
        document = later(page, pass_time, "yes")
    assert document["call"]["step"]["input"] == "digits"
    document = later(page, pass_time, digits=tail)
    assert document["call"]["card"]["identified"] is True
    assert document["call"]["step"]["before"] is not None
    assert tail not in json.dumps(document["call"]["step"])


def test_the_agent_reads_own_words_and_they_are_the_evidence(
    page: Page, opening: dict[str, Any], conn: sqlite3.Connection, pass_time: Callable[..., None]
) -> None:
    for _ in range(2):
        document = later(page, pass_time, "yes")
    assert document["call"]["step"]["question"] == [
        ["请告诉我您身份证号码的最后四位，末位是字母的，请说字母。", False]
    ]
    assert "refuses_identity" in [one["category"] for one in document["call"]["anytime"]]
    document = later(page, pass_time, "refuses_identity")
    assert document["call"]["outcome_reason"] == "identity_refused"
    story = conversation(conn, opening["call"]["id"])
    (told,) = [one for one in story.disclosures if one.step == "identity"]
    assert told.text_digest == library()["new-contract"].text("identity", "agent_say").digest
    lines = list(transcript(story, partial(version, conn)))
    number = opening["agent"]["staff_no"]
    assert any("机器  您好，我是" in line for line in lines)
    assert any(f"坐席 {number}  为了保护您的信息，先核对身份。请告诉我" in line for line in lines)
    assert any(f"坐席 {number}  选 refuses_identity" in line for line in lines)


def test_another_agents_call_is_as_if_there_were_none(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection, talking: dict[str, Any]
) -> None:
    other = sit_down(client, ledger_path, conn, "other")
    call_id = talking["call"]["id"]
    assert other.now()["call"] is None
    for path, body in (
        (f"calls/{call_id}/turns/1", {"choice": "yes"}),
        (f"calls/{call_id}/notes", {"text": "x"}),
        (f"calls/{call_id}/problem", {"code": "P20"}),
        (f"calls/{call_id}/hold", {"on": True}),
        (f"calls/{call_id}/hangup", {}),
        (f"calls/{call_id}/robot", {}),
        (f"calls/{call_id}/transfer", {"to": "queue"}),
        ("calls/999/hangup", {}),
    ):
        assert other.refused(path, **body) == (404, "not_yours")


def test_the_card_of_a_customer_is_one_row_of_the_audit(
    page: Page, talking: dict[str, Any], conn: sqlite3.Connection
) -> None:
    for _ in range(3):
        page.now()
    found = conn.execute("select user, subject from audit where action = 'card_read'").fetchall()
    assert found == [("min", f"call:{talking['call']['id']}")]


def test_a_note_that_comes_twice_is_one_note(page: Page, talking: dict[str, Any]) -> None:
    path = f"calls/{talking['call']['id']}/notes"
    page.done(path, text="说明书是女儿代看的")
    assert [text for _, text in page.done(path, text="说明书是女儿代看的")["call"]["notes"]] == [
        "说明书是女儿代看的"
    ]


def test_a_problem_that_comes_twice_is_one_case(page: Page, talking: dict[str, Any]) -> None:
    path = f"calls/{talking['call']['id']}/problem"
    page.done(path, code="P21", note="换了手机号")
    document = page.done(path, code="P21", note="换了手机号")
    assert document["call"]["problems"] == ["P21"]
    assert document["call"]["step"]["name"] == STEP


def test_a_held_customer_is_shown_until_the_call_is_over(
    page: Page, talking: dict[str, Any], phone: Phone
) -> None:
    path = f"calls/{talking['call']['id']}/hold"
    assert page.done(path, on=True)["call"]["held"] is True
    assert page.done(path, on=False)["call"]["held"] is False
    page.done(path, on=True)
    phone.status()
    assert page.now()["call"]["held"] is False


def test_after_the_call_the_outcome_is_shown_and_the_record_completed(
    page: Page, talking: dict[str, Any], phone: Phone
) -> None:
    phone.status()
    document = page.now()
    assert document["agent"]["state"] == "wrapup"
    assert (document["call"]["outcome"], document["call"]["outcome_reason"]) == ("PARTIAL", "hangup")
    assert document["call"]["step"] is None
    assert document["call"]["anytime"] == []
    page.done(f"calls/{document['call']['id']}/notes", text="客户自己挂断")
    document = page.done("state", to="done")
    assert (document["agent"]["state"], document["call"]) == ("ready", None)


def test_a_pause_wished_for_in_a_call_begins_after_it(
    page: Page, talking: dict[str, Any], phone: Phone
) -> None:
    assert page.done("state", to="paused", reason="meal")["agent"]["pause_next"] == "meal"
    phone.status()
    agent = page.done("state", to="done")["agent"]
    assert (agent["state"], agent["reason"]) == ("paused", "meal")


def test_todays_figures_count_the_calls_in_which_somebody_was_spoken_to(
    page: Page, talking: dict[str, Any], phone: Phone, conn: sqlite3.Connection
) -> None:
    assert page.now()["today"] == {"done": 0, "success": 0}
    phone.status()
    assert page.now()["today"] == {"done": 1, "success": 0}
    with transaction(conn):
        conn.execute("update calls set outcome = 'SUCCESS'")
    assert page.now()["today"] == {"done": 1, "success": 1}


def test_a_transfer_puts_the_customer_before_all_who_wait(
    page: Page, talking: dict[str, Any], conn: sqlite3.Connection
) -> None:
    document = page.done(f"calls/{talking['call']['id']}/transfer", to="supervisor")
    assert document["agent"]["state"] == "wrapup"
    assert document["queue"] == 1
    assert conn.execute("select rank, reason from waits").fetchall() == [(0, "supervisor")]


@pytest.mark.parametrize(("when", "answered"), [("opening", False), ("talking", True)])
def test_what_customers_ask_is_answered_with_values_only_after_the_identity_check(
    when: str, answered: bool, request: pytest.FixtureRequest
) -> None:
    asked = {question for question, _ in request.getfixturevalue(when)["call"]["faq"]}
    assert "会不会要我转账或者验证码？" in asked
    assert ("现在退保能退多少？" in asked) is answered


def test_the_document_is_made_of_few_statements(
    page: Page, talking: dict[str, Any], conn: sqlite3.Connection
) -> None:
    user = people.get(conn, page.user_id)
    assert user is not None
    asked: list[str] = []
    conn.set_trace_callback(asked.append)
    view.look(conn, user, MORNING, view.Tongue("zh", texts("desk")))
    assert len([one for one in asked if not one.startswith("--")]) == 3


def test_a_token_needs_telephones_in_the_browser(page: Page) -> None:
    answer = page.client.get("/desk/token", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json and answer.json["error"]["code"]) == (409, "no_softphone")


def test_the_page_of_a_line_that_was_taken_over_gets_no_token(page: Page) -> None:
    answer = page.client.get("/desk/token?leg=CA1", headers={"Accept": "application/json"})
    assert answer.json is not None
    assert answer.json["error"]["code"] == "replaced"


def test_a_desk_phone_without_a_number_on_file_is_not_rung(page: Page) -> None:
    assert page.refused("phone") == (409, "no_phone")


def test_an_open_page_is_noted_but_not_at_every_look(
    page: Page, conn: sqlite3.Connection, pass_time: Callable[..., None]
) -> None:
    before = desks.get(conn, page.user_id)
    page.now()
    assert desks.get(conn, page.user_id) == before
    pass_time(timedelta(seconds=30))
    page.now()
    after = desks.get(conn, page.user_id)
    assert before is not None
    assert after is not None
    assert after.seen_at > before.seen_at
