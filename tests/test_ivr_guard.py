"""What people at the screens may not do, tried on purpose: with others' calls, odd bodies, lost rights."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger import desks
from ledger.records import Claimed
from tests.desk import Page, sit_down
from tests.edge import Phone, Post, talk
from tests.people import token, visit
from tests.test_people_rights import requests

STEP = "received"
"""A step after the identity check."""


@pytest.fixture
def page(edge_app: Flask, ledger_path: Path, conn: sqlite3.Connection) -> Page:
    """An agent who is ready."""
    return sit_down(edge_app.test_client(), ledger_path, conn)


@pytest.fixture
def talking(page: Page, signed_post: Post, claimed: list[Claimed], conn: sqlite3.Connection) -> int:
    """The call of a customer who asked for a person after the identity check."""
    phone = Phone(signed_post, claimed[0].call_id)
    for _ in talk(phone, conn, stop=STEP):
        pass
    phone.give("[0]")
    assert page.now()["call"]["id"] == phone.call_id
    return phone.call_id


@pytest.fixture
def passed_on(
    page: Page, talking: int, edge_app: Flask, ledger_path: Path, conn: sqlite3.Connection
) -> tuple[Page, int]:
    """The agent gave the call to a second one and completes the record; the second page and the call."""
    page.done(f"calls/{talking}/transfer", to="queue")
    second = sit_down(edge_app.test_client(), ledger_path, conn, "second")
    second.done("state", to="ready")
    assert second.now()["call"]["id"] == talking
    assert page.now()["agent"]["state"] == desks.WRAPUP
    return second, talking


def acts(call_id: int, n: int) -> Iterator[tuple[str, dict[str, object]]]:
    """What can be done to a call in which somebody is on the line."""
    yield f"calls/{call_id}/turns/{n}", {"choice": "yes"}
    yield f"calls/{call_id}/problem", {"code": "P20"}
    yield f"calls/{call_id}/hold", {"on": True}
    yield f"calls/{call_id}/hangup", {}
    yield f"calls/{call_id}/robot", {}
    yield f"calls/{call_id}/transfer", {"to": "queue"}


def test_a_call_that_was_passed_on_is_no_longer_its_first_agents_to_lead(
    page: Page, passed_on: tuple[Page, int]
) -> None:
    second, call_id = passed_on
    before = second.now()["call"]
    for path, body in acts(call_id, before["turn"] + 1):
        assert page.refused(path, **body) == (409, "call_over"), path
    after = second.now()
    assert (after["agent"]["state"], after["call"]["turn"], after["call"]["held"]) == (
        "talking",
        before["turn"],
        False,
    )
    assert after["call"]["problems"] == []
    page.done(f"calls/{call_id}/notes", text="已转给同事")


ODD = {
    "deep list": b"[" * 100_000,
    "deep object": b'{"to":' * 40_000,
    "list": b"[]",
    "nothing": b"null",
    "long number": b'{"call_id": ' + b"9" * 6000 + b"}",
    "no text": b'{"to": "\xff"}',
    "half characters": b'{"to":"\\ud800","text":"\\ud800","code":"\\ud800","leg":"\\ud800","mode":"\\ud800"}',
    "other kinds": b'{"to":[],"text":{},"code":1,"leg":[],"call_id":true,"mode":[],"choice":{},"on":"x"}',
}
WROTE = re.compile("/(desk|console)/")


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_no_body_of_a_script_makes_the_server_fail(
    edge_app: Flask, ledger_path: Path, talking: int, page: Page, role: str
) -> None:
    client = page.client if role == "agent" else edge_app.test_client()
    if role == "supervisor":
        visit(client, ledger_path, role)
    headers = {"X-CSRF-Token": token(client, "/account")}
    for method, path, _ in requests(edge_app):
        for kind, body in ODD.items():
            if method == "POST" and WROTE.match(path):
                answer = client.post(path, data=body, content_type="application/json", headers=headers)
                assert answer.status_code < 500, (path, kind)


def test_notes_keep_no_character_that_steers_a_terminal_or_that_no_file_holds(
    page: Page, talking: int
) -> None:
    page.done(f"calls/{talking}/notes", text="女儿\u3000代看\x1b[2J\x00\ud800，\n已解释")
    assert [text for _, text in page.now()["call"]["notes"]] == ["女儿\u3000代看[2J，\n已解释"]


FORMS: tuple[dict[str, str], ...] = (
    {},
    {"CallSid": "x" * 60_000},
    {"CallSid": "\x00", "From": "\ufffd", "CallStatus": "\x00", "desk": "1"},
    {"CallSid": "CA1", "From": f"client:agent_{2**63 - 1}", "desk": "1", "CallStatus": "completed"},
    {
        "CallSid": "CA1",
        "From": "+" + "9" * 400,
        "To": "٣٤",
        "CallStatus": "ringing",
        "Timestamp": "Mon, 01 Jan 0001 00:00:00 +1400",
        "Digits": "9" * 5000,
        "SpeechResult": "<Dial>\x1b[2J",
        "StatusCallbackEvent": "participant-join",
        "ParticipantLabel": "agent-browser-1",
    },
)
LEGS = ("answered", "fallback", "status", "amd", "recording", "waiting", "left", "robot", "alone", "held")
HOOKS = (
    *("/desk/leg", "/desk/leg/status", "/hotline", "/hotline/fallback", "/hotline/status"),
    *(f"/desk/{place}/{who}" for place in ("room", "phone") for who in (1, 999, 2**63 - 1)),
    *(f"/calls/{call_id}/{leg}" for call_id in (1, 2, 2**63 - 1) for leg in (*LEGS, f"turns/{2**63 - 1}")),
)


@pytest.mark.parametrize("signature", ["", "x", "A" * 28, "é" * 28, "\xff", "B" * 100_000])
def test_a_webhook_that_is_not_signed_leaves_no_trace(
    client: FlaskClient, talking: int, conn: sqlite3.Connection, signature: str
) -> None:
    before = list(conn.iterdump())
    for path in HOOKS:
        for form in FORMS:
            answer = client.post(path, data=form, headers={"X-Twilio-Signature": signature})
            assert answer.status_code == 403, path
    for length in ("9" * 5000, "1e5", "-1", "70000"):
        assert client.post("/hotline", environ_overrides={"CONTENT_LENGTH": length}).status_code == 413
    assert list(conn.iterdump()) == before


def test_a_signed_webhook_of_nonsense_is_answered_and_the_lines_of_others_go_on(
    client: FlaskClient, signed_post: Post, claimed: list[Claimed], edge_app: Flask
) -> None:
    for path in HOOKS:
        for form in FORMS:
            answer = signed_post(path, **form)
            assert answer.status_code in (200, 204, 400, 503), (path, form)
            assert b"<Dial>\x1b" not in answer.data
    phone = Phone(signed_post, claimed[2].call_id)
    phone.pick_up()
    assert "系统现在忙" not in phone.words()
