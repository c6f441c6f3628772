"""`huifang call show` prints what was said, heard and decided, with its second."""

from __future__ import annotations

import sqlite3
from functools import partial

from dialer.versions import version
from ivr.transcript import transcript
from ledger import desks, notes, scripts, state, transaction
from ledger.asides import Speaker
from ledger.records import Claimed
from ledger.story import conversation
from scripts.load import restore
from tests.conftest import MORNING
from tests.edge import Phone, Post, talk
from tests.ledger_people import busy_agent, ready_agent


def told(conn: sqlite3.Connection, post: Post, call_id: int) -> list[str]:
    phone = Phone(post, call_id)
    for _ in talk(phone, conn):
        pass
    phone.status()
    return list(transcript(conversation(conn, call_id), partial(version, conn)))


def test_the_talk_is_printed_in_its_order(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    lines = told(conn, signed_post, claimed[0].call_id)
    text = "\n".join(lines)
    assert text.index("人工智能合成") < text.index("客户") < text.index("犹豫期") < text.index("感谢您，再见")
    assert lines[0].startswith(f"call {claimed[0].call_id} · outbound")
    assert any(line.startswith("gate allow") for line in lines)
    assert lines[-1] == "outcome SUCCESS: done"


def test_identity_digits_are_masked(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    lines = told(conn, signed_post, claimed[0].call_id)
    (heard,) = [lines[i - 1] for i, line in enumerate(lines) if line.endswith("identity: match")]
    assert heard.endswith("按键 ****")


def test_a_disclosure_has_its_second_and_its_affirmation(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    lines = told(conn, signed_post, claimed[0].call_id)
    (line,) = [line for line in lines if line.startswith("disclosure surrender_loss")]
    assert "told at" in line
    assert ", affirmed 00:0" in line


def test_a_call_whose_script_is_gone_still_shows_what_was_spoken(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    told(conn, signed_post, claimed[0].call_id)
    conn.execute("update calls set script_digest = 'gone' where id = ?", (claimed[0].call_id,))
    lines = list(transcript(conversation(conn, claimed[0].call_id), partial(version, conn)))
    assert any("晨星人寿" in line for line in lines)


def test_a_call_is_readable_after_its_script_has_changed(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    lines = told(conn, signed_post, claimed[0].call_id)
    call = conversation(conn, claimed[0].call_id)
    kept = scripts.get(conn, call.call.script_digest)
    assert kept is not None
    assert list(transcript(call, {call.call.script_digest: restore(kept.canonical)}.get)) == lines


def test_who_speaks_is_said_at_each_turn_and_what_happens_beside_them_stands_between(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    with transaction(conn):
        busy_agent(conn, "busy", MORNING)
    phone = Phone(signed_post, claimed[0].call_id)
    for _ in talk(phone, conn, stop="received"):
        pass
    phone.give("[0]")
    before = state.read(conn, phone.call_id).state.turn
    with transaction(conn):
        user_id = ready_agent(conn, "min", MORNING)
        number = desks.staff(conn, user_id)["staff_no"]
    phone.to("waiting")
    with transaction(conn):
        notes.add(conn, phone.call_id, user_id, "客户在开会", MORNING)
    phone.to("robot")
    story = conversation(conn, phone.call_id)
    assert [turn.speaker for turn in story.turns[before:]] == [Speaker(), Speaker("agent", number), Speaker()]
    beside = [(aside.turn, aside.kind, aside.staff_no, aside.text) for aside in story.asides]
    assert beside == [
        (before + 1, "waiting", "", "human"),
        (before + 1, "agent", number, ""),
        (before + 2, "note", number, "客户在开会"),
        (before + 2, "robot", "", ""),
    ]
    shown = [
        line.split("  ", 2)[1:] for line in transcript(story, partial(version, conn)) if line[2:3] == ":"
    ]
    at = shown.index(["——", "等坐席：客户要求人工"])
    assert shown[at - 1][0] == "机器"
    assert shown[at + 1] == ["——", f"坐席 {number} 接过通话"]
    assert shown[at + 2][0] == f"坐席 {number}"
    end = shown.index(["——", "交给机器"])
    assert shown[end - 1] == ["——", f"坐席 {number} 备注：客户在开会"]
    assert {who for who, *_ in shown[end + 1 :]} == {"机器"}
