"""Answering machine detection."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_studio import ACCOUNT, Line, Studio, document, person
from exchange_studio import studio as studio

from exchange.calls.amd import Greeting, Verdict, judge
from exchange.order import Detection
from exchange.people.persona import Persona

MACHINE = "您好，您拨打的用户现在无法接听电话，请在提示音后留言。"


def _machine(**traits: Any) -> Persona:
    return person(greeting=(MACHINE,), **({"beep": True} | traits))


def _detected(line: Line, **wanted: Any) -> Any:
    line.pages["/voice"] = document("<Pause length='40'/>")
    return line.talk(**({"machine_detection": "Enable"} | wanted))


@pytest.mark.parametrize(
    ("greeting", "order", "verdict"),
    [
        (Greeting(0.5, 1.0), Detection(waits_for_end=False), Verdict("human", 2.7)),
        (Greeting(0.5, 6.0), Detection(waits_for_end=False), Verdict("machine_start", 2.9)),
        (Greeting(0.5, 6.0, beep=True), Detection(waits_for_end=True), Verdict("machine_end_beep", 6.5)),
        (Greeting(0.5, 6.0), Detection(waits_for_end=True), Verdict("machine_end_silence", 7.7)),
        (Greeting(0.5, 0.0), Detection(waits_for_end=True), Verdict("unknown", 5.0)),
        (Greeting(0.5, 2.0, fax=True), Detection(waits_for_end=False), Verdict("fax", 1.5)),
        (Greeting(0.5, 60.0), Detection(waits_for_end=True, timeout=30), Verdict("unknown", 30)),
        (Greeting(0.5, 3.0), Detection(waits_for_end=False, speech=3.5), Verdict("human", 4.7)),
    ],
)
def test_the_length_of_the_greeting_decides(greeting: Greeting, order: Detection, verdict: Verdict) -> None:
    found = judge(greeting, order)
    assert found.answered_by == verdict.answered_by
    assert found.seconds == pytest.approx(verdict.seconds)


def test_the_document_waits_for_the_verdict_and_carries_it(studio: Studio) -> None:
    line = studio(persona=_machine())
    call = _detected(line)
    (seen,) = line.application.asked("/voice")
    assert seen.form["AnsweredBy"] == "machine_start"
    assert int(seen.form["MachineDetectionDuration"]) == 2900
    assert call.answered_by == "machine_start"
    answered = line.board.register.call(call.sid)
    assert answered is not None
    assert answered.answered is not None
    assert seen.at - answered.answered >= 2.9


def test_a_short_greeting_is_a_human(studio: Studio) -> None:
    line = studio(persona=person(greeting=("喂，你好",)))
    assert _detected(line).answered_by == "human"


def test_message_end_waits_for_the_beep(studio: Studio) -> None:
    line = studio(persona=_machine())
    assert _detected(line, machine_detection="DetectMessageEnd").answered_by == "machine_end_beep"


def test_in_the_background_the_document_comes_first_and_a_callback_follows(studio: Studio) -> None:
    line = studio(persona=_machine(), speed=50)
    line.pages["/amd"] = ""
    call = _detected(line, async_amd="true", async_amd_status_callback=line.url("/amd"))
    first, second = line.application.seen[:2]
    assert (first.path, second.path) == ("/voice", "/amd")
    assert "AnsweredBy" not in first.form
    assert second.form == {
        "CallSid": call.sid,
        "AccountSid": ACCOUNT.sid,
        "AnsweredBy": "machine_start",
        "MachineDetectionDuration": "2900",
    }
    assert call.answered_by == "machine_start"


def test_in_the_background_without_a_url_is_a_warning(studio: Studio) -> None:
    line = studio(persona=_machine(), speed=50)
    _detected(line, async_amd="true")
    assert line.codes() == [21262]


def test_detection_is_left_out_where_digits_are_sent(studio: Studio) -> None:
    line = studio(persona=_machine())
    call = _detected(line, send_digits="1234")
    assert call.answered_by is None
    assert "AnsweredBy" not in line.application.asked("/voice")[0].form


def test_nobody_is_detected_on_a_call_that_ended_before(studio: Studio) -> None:
    line = studio(persona=_machine(hangs_up_after=(1.0, 1.0)))
    line.pages["/amd"] = ""
    call = _detected(line, async_amd="true", async_amd_status_callback=line.url("/amd"))
    assert line.application.asked("/amd") == []
    assert call.fetch().answered_by is None
