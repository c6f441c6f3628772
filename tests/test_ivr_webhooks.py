"""The carrier's webhooks: every one is signed, may come twice, late, out of order, broken or never."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient
from lxml import etree

import ledger
from ivr.app import create_app
from ivr.clock import wall
from ivr.demo import COMPANY
from ivr.door import parameters
from ivr.logs import Line
from ivr.webhooks import SORRY
from ledger import events, state, transaction
from ledger.dnc import numbers_of
from ledger.records import Claimed
from ledger.story import CallRow, conversation
from scripts.progress import Progress
from tests.edge import PUBLIC, Phone, Post, parts, sid, signed, talk

Rows = Callable[[], dict[str, int]]


@pytest.fixture
def phone(signed_post: Post, claimed: list[Claimed]) -> Phone:
    """The first customer's call."""
    return Phone(signed_post, claimed[0].call_id)


@pytest.fixture
def call(conn: sqlite3.Connection, claimed: list[Claimed]) -> Callable[[], CallRow]:
    """The first call as it stands."""
    return lambda: conversation(conn, claimed[0].call_id).call


LEGS = ("answered", "turns/0", "turns/1", "fallback", "status", "amd", "recording")


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("signature", ["", "wrong", "é", None])
def test_a_bad_signature_gets_403_and_leaves_no_trace_but_a_counter(
    client: FlaskClient, claimed: list[Claimed], rows: Rows, leg: str, signature: str | None
) -> None:
    before = rows()
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    form = {"CallSid": sid(1), "CallStatus": "completed", "Digits": "8"}
    answer = client.post(f"/calls/{claimed[0].call_id}/{leg}", data=form, headers=headers)
    assert answer.status_code == 403
    assert rows() == before
    assert client.get("/health").get_json() == {"status": "ok", "unsigned_requests": 1}


def test_a_signature_for_another_address_or_another_form_is_a_bad_one(
    client: FlaskClient, claimed: list[Claimed]
) -> None:
    good = signed(client, "/calls/1/answered", {"CallSid": sid(1)})
    header = good.request.headers["X-Twilio-Signature"]
    for path, form in [
        ("/calls/2/answered", {"CallSid": sid(1)}),
        ("/calls/1/answered", {"CallSid": sid(2)}),
    ]:
        assert client.post(path, data=form, headers={"X-Twilio-Signature": header}).status_code == 403


@pytest.mark.parametrize("leg", LEGS)
def test_webhooks_are_posted(client: FlaskClient, claimed: list[Claimed], rows: Rows, leg: str) -> None:
    before = rows()
    assert client.get(f"/calls/1/{leg}").status_code == 405
    assert rows() == before


@pytest.mark.parametrize(
    "base",
    [
        "https://calls.example.com",
        "https://calls.example.com/ivr",
        "https://calls.example.com:8443/a/b",
        "http://10.0.0.7:8000",
    ],
)
def test_the_public_url_is_signed_whatever_a_proxy_makes_of_it(
    ledger_path: Path, claimed: list[Claimed], base: str
) -> None:
    with closing(ledger.Writer(ledger_path)) as writer:
        client = create_app(parts(ledger_path, writer, wall(), base=base)).test_client()
        answer = signed(client, "/calls/1/answered", {"CallSid": sid(1)}, base=base)
    assert answer.status_code == 200
    assert f'action="{base}/calls/1/turns/1"' in answer.text


def test_the_same_turn_twice_gives_the_same_bytes_and_no_second_row(phone: Phone, rows: Rows) -> None:
    first = phone.pick_up()
    assert phone.pick_up() == first
    action = phone.action()
    once = phone.post(action, CallSid=sid(1), Digits="1")
    before = rows()
    for digits in ("1", "2", "8"):
        assert phone.post(action, CallSid=sid(1), Digits=digits).data == once.data
    assert rows() == before


def test_an_old_turn_again_gives_its_own_bytes(phone: Phone, conn: sqlite3.Connection, rows: Rows) -> None:
    said = [document.encode() for document in talk(phone, conn)]
    before = rows()
    assert phone.to("answered").data == said[0]
    for n in range(1, len(said)):
        assert phone.to(f"turns/{n}", Digits="2").data == said[n]
    assert rows() == before


@pytest.mark.parametrize("ahead", [2, 50, 2**63 - 1])
def test_a_turn_too_far_ahead_is_harmless_and_the_talk_goes_on(phone: Phone, rows: Rows, ahead: int) -> None:
    first = phone.pick_up()
    before = rows()
    answer = phone.to(f"turns/{ahead}", Digits="1")
    assert answer.data == first
    assert rows() == before
    assert phone.give("[1]") != first


def test_a_turn_before_the_answer_hangs_up_politely(phone: Phone, rows: Rows) -> None:
    before = rows()
    assert SORRY in phone.to("turns/3", Digits="1").text
    assert rows() == before


def test_after_the_end_the_same_goodbye_is_said_again(
    phone: Phone, conn: sqlite3.Connection, call: Callable[[], CallRow], rows: Rows
) -> None:
    *_, last = talk(phone, conn)
    turns = rows()["turns"]
    phone.status()
    ended = (call(), rows())
    for leg in (f"turns/{turns}", "turns/99", "fallback"):
        assert phone.to(leg, Digits="2").text == last
    assert (call(), rows()) == ended
    assert call().outcome == "SUCCESS"


@pytest.mark.parametrize("leg", ["answered", "turns/1", "fallback"])
@pytest.mark.parametrize("call_id", [99, 2**63 - 1])
def test_a_call_the_ledger_does_not_know_is_hung_up(
    signed_post: Post, rows: Rows, leg: str, call_id: int
) -> None:
    before = rows()
    answer = signed_post(f"/calls/{call_id}/{leg}", CallSid=sid(99))
    assert answer.status_code == 200
    assert [verb.tag for verb in etree.fromstring(answer.data)] == ["Hangup"]
    assert rows() == before


@pytest.mark.parametrize("leg", ["status", "amd", "recording"])
def test_a_callback_for_an_unknown_call_is_taken_and_forgotten(
    signed_post: Post, rows: Rows, leg: str
) -> None:
    before = rows()
    form = {"CallSid": sid(9), "CallStatus": "completed", "AnsweredBy": "human"}
    audio = {"RecordingSid": "RE1", "RecordingStatus": "completed", "RecordingUrl": "http://x/RE1"}
    assert signed_post(f"/calls/99/{leg}", **form, **audio).status_code == 204
    assert rows() == before


def test_another_call_of_the_carriers_is_not_ours(phone: Phone, claimed: list[Claimed], rows: Rows) -> None:
    phone.pick_up()
    before = rows()
    stranger = phone.post("/calls/1/status", CallSid=sid(7), CallStatus="completed", SequenceNumber="3")
    assert stranger.status_code == 204
    assert [verb.tag for verb in etree.fromstring(phone.post("/calls/1/answered", CallSid=sid(7)).data)] == [
        "Hangup"
    ]
    assert rows() == before


def test_status_callbacks_doubled_late_and_reordered_change_nothing(
    phone: Phone, conn: sqlite3.Connection, call: Callable[[], CallRow], rows: Rows
) -> None:
    phone.status("ringing", 1)
    phone.status("initiated", 0)
    assert call().status == "ringing"
    for _ in talk(phone, conn):
        pass
    phone.status("completed", 3)
    ended = (call(), rows())
    for word, sequence in (
        ("completed", 3),
        ("in-progress", 2),
        ("ringing", 1),
        ("no-answer", 4),
        ("busy", 9),
    ):
        assert phone.status(word, sequence).status_code == 204
        assert (call(), rows()) == ended


def test_an_end_that_overtakes_the_answer_is_the_end(
    phone: Phone, call: Callable[[], CallRow], rows: Rows
) -> None:
    phone.status("no-answer", 2)
    ended = (call(), rows())
    assert call().outcome_reason == "no_answer"
    assert SORRY in phone.to("answered").text
    phone.status("ringing", 1)
    assert (call(), rows()) == ended


def test_a_machine_is_left_the_neutral_message_and_nothing_private(
    phone: Phone, call: Callable[[], CallRow], facts: Callable[[int], dict[str, object]]
) -> None:
    phone.pick_up()
    assert phone.to("amd", AnsweredBy="machine_start").status_code == 204
    phone.give("")
    assert phone.over()
    assert COMPANY.name in phone.words()
    known = facts(1)
    assert not any(
        str(known[name]) in phone.words() for name in ("holder", "product", "policy_no", "surname")
    )
    phone.status()
    assert (call().outcome, call().outcome_reason) == ("NOT_COMPLETED", "machine")


def test_a_machine_is_noted_once(phone: Phone, call: Callable[[], CallRow], rows: Rows) -> None:
    phone.pick_up()
    phone.to("amd", AnsweredBy="machine_start")
    before = rows()
    phone.to("amd", AnsweredBy="machine_start")
    phone.to("amd", AnsweredBy="human")
    assert rows() == before
    assert call().answered_by == "machine_start"


def test_a_person_whom_the_carrier_took_for_a_machine_is_talked_to(phone: Phone) -> None:
    phone.pick_up()
    phone.to("amd", AnsweredBy="machine_start")
    phone.give("[1]")
    assert not phone.over()


MALFORMED: list[tuple[str, dict[str, str]]] = [
    ("answered", {}),
    ("answered", {"CallSid": ""}),
    ("status", {"CallStatus": "completed"}),
    ("status", {"CallSid": sid(1)}),
    ("status", {"CallSid": sid(1), "CallStatus": "asleep"}),
    ("status", {"CallSid": sid(1), "CallStatus": "ringing", "SequenceNumber": "first"}),
    ("status", {"CallSid": sid(1), "CallStatus": "ringing", "SequenceNumber": "²"}),
    ("status", {"CallSid": sid(1), "CallStatus": "ringing", "SequenceNumber": "9" * 30}),
    ("status", {"CallSid": sid(1), "CallStatus": "completed", "CallDuration": "-1"}),
    ("amd", {"CallSid": sid(1)}),
    ("recording", {"CallSid": sid(1), "RecordingStatus": "completed"}),
    ("recording", {"RecordingSid": "RE1"}),
    ("recording", {"RecordingSid": "RE1", "RecordingStatus": "completed", "RecordingChannels": "two"}),
]


@pytest.mark.parametrize(("leg", "form"), MALFORMED)
def test_a_malformed_form_is_refused_and_changes_nothing(
    signed_post: Post, claimed: list[Claimed], rows: Rows, leg: str, form: dict[str, str]
) -> None:
    before = rows()
    answer = signed_post(f"/calls/1/{leg}", **form)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert rows() == before


@pytest.mark.parametrize(
    "stamp", ["", "yesterday", "Mon, 99 Nov 2026 01:05:00 +0000", "Mon, 23 Nov 2026 01:05:00 -0000"]
)
def test_a_timestamp_that_is_none_is_taken_as_now(
    phone: Phone, call: Callable[[], CallRow], stamp: str
) -> None:
    form = {"CallStatus": "busy", "SequenceNumber": "2", "Timestamp": stamp}
    assert phone.to("status", **form).status_code == 204
    ended = call().ended_at
    assert ended is not None
    assert ended.date().isoformat() == "2026-11-23"


def test_a_body_beyond_64_kb_is_not_read(signed_post: Post, claimed: list[Claimed], rows: Rows) -> None:
    before = rows()
    assert signed_post("/calls/1/turns/1", CallSid=sid(1), SpeechResult="x" * 70_000).status_code == 413
    assert rows() == before


@pytest.mark.parametrize("body", [b"CallSid=%FF%FE&Digits=\xff", b"\x00\xff&&==", b"=" * 3000])
def test_a_body_that_is_no_form_is_no_carriers(
    client: FlaskClient, claimed: list[Claimed], body: bytes
) -> None:
    header = {"X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    assert client.post("/calls/1/turns/1", data=body, headers=header).status_code == 403


@pytest.mark.parametrize(
    "path", ["/calls/99999999999999999999/answered", "/calls/1/turns/-1", "/calls/x/status", "/call/1"]
)
def test_an_address_that_is_none_of_ours_is_not_found(signed_post: Post, path: str) -> None:
    assert signed_post(path, CallSid=sid(1)).status_code == 404


@pytest.mark.parametrize(
    "given", [{"Digits": "#"}, {"Digits": "x" * 900}, {"SpeechResult": "😀\x01<Hangup/>&\x00"}]
)
def test_nonsense_is_heard_as_not_understood(phone: Phone, given: dict[str, str]) -> None:
    phone.pick_up()
    answer = phone.post(phone.action(), CallSid=sid(1), **given)
    assert answer.status_code == 200
    assert etree.fromstring(answer.data).find("Gather") is not None


@pytest.fixture
def forgotten(conn: sqlite3.Connection, claimed: list[Claimed]) -> None:
    """The call was begun by another version of the program, whose script is not installed."""
    with transaction(conn):
        conn.execute("pragma defer_foreign_keys = on")
        conn.execute(
            "update scripts set digest = 'gone' where digest in (select script_digest from campaigns)"
        )
        conn.execute("update campaigns set script_digest = 'gone'")
        conn.execute("update calls set script_digest = 'gone'")


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("leg", ["answered", "turns/1", "fallback"])
def test_an_inner_error_speaks_a_polite_sentence(phone: Phone, call: Callable[[], CallRow], leg: str) -> None:
    answer = phone.to(leg, Digits="1")
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert [verb.tag for verb in etree.fromstring(answer.data)] == ["Say", "Hangup"]
    assert SORRY in answer.text
    phone.status()
    assert call().outcome == "NOT_COMPLETED"


def test_an_inner_error_in_the_middle_leaves_the_call_partial(
    phone: Phone, conn: sqlite3.Connection, call: Callable[[], CallRow]
) -> None:
    for _ in talk(phone, conn, stop="cooling_off"):
        pass
    answered = conn.execute("select count(*) from disclosures").fetchone()
    with transaction(conn):
        conn.execute("update calls set progress = '{' where id = 1")
    answer = phone.post(phone.action(), CallSid=sid(1), Digits="1")
    assert SORRY in answer.text
    with transaction(conn):
        conn.execute("update calls set script_digest = 'gone' where id = 1")
    phone.status()
    assert call().outcome == "PARTIAL"
    assert conn.execute("select count(*) from disclosures").fetchone() == answered


def test_the_fallback_says_goodbye_once_and_ends_the_call_as_partial(
    phone: Phone, conn: sqlite3.Connection, call: Callable[[], CallRow], rows: Rows
) -> None:
    for _ in talk(phone, conn, stop="received"):
        pass
    first = phone.to("fallback", ErrorCode="11200", ErrorUrl="http://x")
    assert [verb.tag for verb in etree.fromstring(first.data)] == ["Say", "Hangup"]
    before = rows()
    assert phone.to("fallback", ErrorCode="11200").data == first.data
    assert rows() == before
    phone.status()
    assert (call().outcome, call().outcome_reason) == ("PARTIAL", "error")


@pytest.mark.parametrize("leg", ["fallback", "turns/1"])
def test_a_call_whose_first_answer_was_lost_is_ended_politely_and_tried_again(
    phone: Phone, call: Callable[[], CallRow], caplog: pytest.LogCaptureFixture, leg: str
) -> None:
    assert SORRY in phone.to(leg, ErrorCode="11200").text
    assert [record.levelname for record in caplog.records if record.exc_info] == []
    phone.status()
    assert (call().outcome, call().outcome_reason) == ("NOT_COMPLETED", "failed")


def test_a_locked_ledger_ends_the_call_politely_and_in_time(
    ledger_path: Path,
    conn: sqlite3.Connection,
    claimed: list[Claimed],
    rows: Rows,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with closing(ledger.Writer(ledger_path, deadline=0.1)) as writer:
        client = create_app(parts(ledger_path, writer, wall(), base=PUBLIC)).test_client()
        before = rows()
        with transaction(conn):
            answer = signed(client, "/calls/1/answered", {"CallSid": sid(1)})
            late = signed(client, "/calls/1/status", {"CallSid": sid(1), "CallStatus": "completed"})
        assert SORRY in answer.text
        assert (answer.status_code, late.status_code) == (200, 503)
        assert rows() == before
        assert [record for record in caplog.records if record.exc_info] == []
        again = signed(client, "/calls/1/status", {"CallSid": sid(1), "CallStatus": "completed"})
    assert again.status_code == 204


AUDIO = {
    "RecordingSid": "RE" + "1" * 32,
    "RecordingUrl": "https://api.twilio.com/RE1",
    "RecordingDuration": "93",
}


def test_a_recording_is_announced_once_and_only_when_it_is_complete(
    phone: Phone, conn: sqlite3.Connection, rows: Rows
) -> None:
    before = rows()
    assert phone.to("recording", **AUDIO, RecordingStatus="in-progress").status_code == 204
    assert rows() == before
    for _ in range(3):
        assert (
            phone.to("recording", **AUDIO, RecordingStatus="completed", RecordingChannels="2").status_code
            == 204
        )
        assert phone.status("completed", 3, **AUDIO).status_code == 204
        phone.to("recording", **AUDIO, RecordingStatus="in-progress")
    (row,) = conversation(conn, 1).recordings
    assert (row.status, row.duration_ms, row.channels, row.url) == (
        "announced",
        93_000,
        2,
        AUDIO["RecordingUrl"],
    )


def test_the_last_status_announces_the_recording_whose_own_callback_is_lost(
    phone: Phone, conn: sqlite3.Connection
) -> None:
    phone.pick_up()
    phone.status("completed", 3, **AUDIO)
    (row,) = conversation(conn, 1).recordings
    assert (row.status, row.carrier_sid) == ("announced", AUDIO["RecordingSid"])


def test_a_recording_that_does_not_exist_is_kept_as_absent_with_its_reason(
    phone: Phone, conn: sqlite3.Connection, rows: Rows
) -> None:
    phone.to("recording", RecordingSid="RE9", RecordingStatus="absent", ErrorCode="31000")
    (row,) = conversation(conn, 1).recordings
    assert row.status == "absent"
    assert "31000" in row.detail
    before = rows()
    phone.to("recording", RecordingSid="RE9", RecordingStatus="absent")
    phone.to("recording", RecordingSid="RE9", RecordingStatus="completed")
    assert rows() == before


def test_a_refusal_blocks_every_number_of_the_customer_before_the_goodbye(
    phone: Phone, conn: sqlite3.Connection
) -> None:
    customer = state.read(conn, 1).state
    key = customer.customer_key
    with transaction(conn):
        conn.execute("insert into numbers values (?, 5, 8613900000001)", (customer.contact_id,))
    phone.pick_up()
    phone.give("[1]")
    phone.give("[8]")
    assert not phone.over(), "the other ways of being served are offered before the goodbye"
    blocked = {number for (number,) in conn.execute("select number from dnc where number is not null")}
    assert blocked == set(numbers_of(conn, key)) >= {8613900000001}
    assert conn.execute("select customer_key from dnc where number is null").fetchall() == [(key,)]
    ((sealed,),) = conn.execute(
        "select count(*) from events where kind = 'turn' and data like '%dnc%'"
    ).fetchall()
    assert sealed == 1
    while not phone.over():
        phone.give("[2]")
    assert state.read(conn, 1).state.outcome == "REFUSED"
    assert conn.execute("select count(*) from dnc").fetchone() == (len(blocked) + 1,)
    assert events.verify(conn) == []


def test_the_logs_of_a_whole_call_hold_nothing_private(
    phone: Phone,
    conn: sqlite3.Connection,
    caplog: pytest.LogCaptureFixture,
    facts: Callable[[int], dict[str, object]],
) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in talk(phone, conn):
        pass
    phone.status()
    phone.to("fallback", ErrorCode="11200")
    phone.post("/calls/99/turns/1", CallSid=sid(1), SpeechResult="我叫郑俊红")
    other = Phone(phone.post, 2)
    other.pick_up()
    progress = Progress.from_json(state.read(conn, 2).state.progress)
    with transaction(conn):  # an error whose message holds what must not be logged
        lost = replace(progress, step="郑俊红").to_json()
        conn.execute("update calls set progress = ? where id = 2", (lost,))
    other.give("我叫郑俊红")
    known = facts(1) | facts(2)
    private = [str(known[name]) for name in ("holder", "policy_no", "id_tail", "birthday", "product")]
    numbers = [str(number) for (number,) in conn.execute("select number from numbers")]
    lines = "\n".join(Line().format(record) for record in caplog.records)
    assert "a turn failed" in lines
    for text in (*private, *numbers, *(number[2:] for number in numbers), "郑俊红", "我叫"):
        assert text not in lines


def test_a_body_that_is_too_large_is_refused_before_anybody_asks_who_sent_it(client: FlaskClient) -> None:
    answer = client.post("/calls/1/answered", data={"Digits": "1" * 65_537})
    assert answer.status_code == 413


def test_a_form_is_read_as_the_standard_library_reads_it() -> None:
    body = "To=%2B8613812345678&SpeechResult=%E6%98%AF%E7%9A%84+%E5%A5%BD&Digits=&msg=Gather+End&a=b=c"
    assert parameters(body) == parse_qsl(body, keep_blank_values=True)
