"""`<Dial>`: people are rung, connected, and the application hears how it went."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from exchange_studio import FROM, TO, Line, Seen, Studio, document, person, rule
from exchange_studio import studio as studio

from exchange.order import RecordingOrder
from exchange.sound.tape import CUSTOMER, ROBOT

OTHER, THIRD = "+8613900000002", "+8613900000003"
QUIET = {"keys": "", "after": 40.0}


def ring_in(line: Line, *answers: dict[str, Any], path: str = "/voice") -> str:
    """Somebody calls the application; returns the call's SID."""
    made = line.http(
        "POST",
        "/control/calls",
        json={"to": TO, "from": FROM, "url": line.url(path), "answers": list(answers)},
    )
    assert made.status_code == 201, made.text
    return str(made.json()["sid"])


def dialled(line: Line, verb: str, *answers: dict[str, Any]) -> Seen:
    """The request of the Dial's action after a whole call."""
    line.pages.update({"/voice": document(verb), "/done": document("<Hangup/>")})
    ring_in(line, *(answers or (QUIET,)))
    line.quiet()
    (done,) = line.application.asked("/done")
    return done


def talker(**traits: Any) -> Any:
    return person(talks=(8.0, 8.0), **traits)


def test_two_people_talk_and_the_action_hears_of_it(studio: Studio) -> None:
    line = studio(persona=talker())
    done = dialled(line, f"<Dial action='/done'>{OTHER}</Dial>").form
    child = line.client.calls(done["DialCallSid"]).fetch()
    assert (done["DialCallStatus"], done["DialBridged"]) == ("completed", "true")
    assert 7 <= int(done["DialCallDuration"]) <= 10
    assert (child.direction, child.to, child._from) == ("outbound-dial", OTHER, FROM)
    assert child.parent_call_sid == done["CallSid"]


@pytest.mark.parametrize(
    ("does", "status"), [("busy", "busy"), ("no-answer", "no-answer"), ("failed", "failed")]
)
def test_nobody_answers(studio: Studio, does: str, status: str) -> None:
    line = studio(persona=talker(line=(does,)))
    done = dialled(line, f"<Dial action='/done' timeout='10'><Number>{OTHER}</Number></Dial>").form
    assert (done["DialCallStatus"], done["DialBridged"]) == (status, "false")
    assert "DialCallDuration" not in done


def test_without_an_action_the_next_verb_follows(studio: Studio) -> None:
    line = studio(persona=talker(line=("busy",)))
    line.pages.update(
        {
            "/voice": document(f"<Dial>{OTHER}</Dial>", "<Redirect>/next</Redirect>"),
            "/next": document(),
        }
    )
    ring_in(line, QUIET)
    line.quiet()
    assert len(line.application.asked("/next")) == 1


def test_the_first_to_answer_wins_and_the_rest_are_canceled(studio: Studio) -> None:
    line = studio(persona=talker(rings=(1.0, 20.0)))
    nouns = "".join(f"<Number>+861390000000{digit}</Number>" for digit in range(5))
    done = dialled(line, f"<Dial action='/done'>{nouns}</Dial>").form
    endings = sorted(call.status for call in line.client.calls.list() if call.direction == "outbound-dial")
    assert done["DialCallStatus"] == "completed"
    assert endings.count("completed") >= 1
    assert endings == sorted(
        ["completed"] * endings.count("completed") + ["canceled"] * endings.count("canceled")
    )
    assert endings.count("canceled") >= 3


def test_one_after_the_other_when_asked(studio: Studio) -> None:
    line = studio(persona=talker(line=("busy",)))
    nouns = f"<Number>{OTHER}</Number><Number>{THIRD}</Number>"
    dialled(line, f"<Dial action='/done' sequential='true'>{nouns}</Dial>")
    second, first = [call for call in line.client.calls.list() if call.direction == "outbound-dial"]
    assert (first.to, second.to) == (OTHER, THIRD)
    assert first.end_time <= second.start_time


def test_the_callee_hears_a_whisper_before_he_is_connected(studio: Studio) -> None:
    line = studio(rule("按一", keys="1"), persona=None)
    line.pages.update(
        {
            "/whisper": document("<Gather numDigits='1' action='/yes'><Say>请按一。</Say></Gather><Hangup/>"),
            "/yes": document("<Say>谢谢。</Say>"),
        }
    )
    done = dialled(line, f"<Dial action='/done' timeLimit='5'><Number url='/whisper'>{OTHER}</Number></Dial>")
    (whisper,), (yes,) = line.application.asked("/whisper"), line.application.asked("/yes")
    assert whisper.form["Direction"] == "outbound-dial"
    assert yes.form["Digits"] == "1"
    assert done.form["DialBridged"] == "true"


def test_a_callee_who_hangs_up_in_the_whisper_declines(studio: Studio) -> None:
    line = studio(persona=talker())
    line.pages["/whisper"] = document("<Hangup/>")
    done = dialled(line, f"<Dial action='/done'><Number url='/whisper'>{OTHER}</Number></Dial>").form
    assert (done["DialCallStatus"], done["DialBridged"]) == ("completed", "false")


def test_a_whisper_may_not_dial(studio: Studio) -> None:
    line = studio(persona=talker())
    line.pages["/whisper"] = document(f"<Dial>{THIRD}</Dial>")
    done = dialled(line, f"<Dial action='/done'><Number url='/whisper'>{OTHER}</Number></Dial>").form
    assert done["DialBridged"] == "true"
    assert 13201 in line.codes()


def test_the_time_limit_ends_the_talk_and_the_caller_goes_on(studio: Studio) -> None:
    line = studio(persona=person(talks=(500.0, 500.0)))
    done = dialled(line, f"<Dial action='/done' timeLimit='6'>{OTHER}</Dial>").form
    assert 5 <= int(done["DialCallDuration"]) <= 8


def test_the_star_ends_the_talk_where_it_may(studio: Studio) -> None:
    line = studio(persona=person(talks=(500.0, 500.0)))
    star = {"keys": "*", "after": 4.0}
    done = dialled(line, f"<Dial action='/done' hangupOnStar='true'>{OTHER}</Dial>", star, QUIET).form
    assert int(done["DialCallDuration"]) < 8


def test_a_caller_who_hangs_up_ends_both_calls(studio: Studio) -> None:
    line = studio(persona=person(talks=(500.0, 500.0)))
    line.pages.update({"/voice": document(f"<Dial action='/done'>{OTHER}</Dial>")})
    ring_in(line, {"hang_up": True, "after": 6.0})
    line.quiet()
    assert [call.status for call in line.client.calls.list()] == ["completed", "completed"]
    assert line.application.asked("/done") == []


def test_a_caller_who_gives_up_early_leaves_no_telephone_ringing(studio: Studio) -> None:
    line = studio(persona=person(rings=(30.0, 30.0)))
    line.pages.update({"/voice": document(f"<Dial>{OTHER}</Dial>")})
    parent = ring_in(line)
    line.until(lambda: any(one.status == "ringing" for one in line.board.register.calls() if one.parent))
    line.client.calls(parent).update(status="completed")
    line.quiet()
    child, _ = line.client.calls.list()
    assert child.status == "canceled"


def test_a_callee_may_be_sent_to_a_document_of_his_own(studio: Studio) -> None:
    line = studio(persona=person(talks=(500.0, 500.0)))
    line.pages.update(
        {
            "/voice": document(f"<Dial action='/done'>{OTHER}</Dial>"),
            "/done": document("<Pause length='1'/>"),
            "/own": document("<Say>您好。</Say>", "<Pause length='20'/>"),
        }
    )
    ring_in(line, QUIET)
    line.until(lambda: any(one.parent and one.status == "in-progress" for one in line.board.register.calls()))
    child = next(one for one in line.board.register.calls() if one.parent)
    line.until(lambda: child.life is not None and line.board.clock.time() - (child.answered or 0) > 1)
    line.client.calls(child.sid).update(url=line.url("/own"))
    line.quiet()
    (done,), (own,) = line.application.asked("/done"), line.application.asked("/own")
    assert own.form["CallSid"] == child.sid
    assert "DialCallDuration" not in done.form
    assert child.status == "completed"
    assert child.ended > done.at


def test_a_call_that_shall_ring_until_connected_is_answered_late(studio: Studio) -> None:
    line = studio(persona=person(rings=(10.0, 10.0), talks=(5.0, 5.0)))
    done = dialled(line, f"<Dial action='/done' answerOnBridge='true'>{OTHER}</Dial>").form
    parent = line.board.register.call(done["CallSid"])
    child = line.board.register.call(done["DialCallSid"])
    assert parent is not None
    assert child is not None
    assert (parent.answered or 0) >= (child.answered or 0)


def test_the_callee_has_status_callbacks_of_his_own(studio: Studio) -> None:
    line = studio(persona=talker())
    events = "initiated ringing answered completed"
    noun = f"<Number statusCallback='/status' statusCallbackEvent='{events}'>{OTHER}</Number>"
    done = dialled(line, f"<Dial action='/done'>{noun}</Dial>").form
    seen = [one.form for one in line.application.asked("/status")]
    assert [one["CallStatus"] for one in seen] == ["initiated", "ringing", "in-progress", "completed"]
    assert {one["CallSid"] for one in seen} == {done["DialCallSid"]}


@pytest.mark.parametrize(
    ("noun", "code"),
    [
        ("<Client>nobody</Client>", 31480),
        ("<Sip>sip:a@example.com</Sip>", 13224),
        ("<Sim>DE00000000000000000000000000000000</Sim>", 13224),
    ],
)
def test_who_cannot_be_reached_fails_and_it_is_told_why(studio: Studio, noun: str, code: int) -> None:
    line = studio(persona=talker())
    assert dialled(line, f"<Dial action='/done'>{noun}</Dial>").form["DialCallStatus"] == "failed"
    assert code in line.codes()


def test_the_star_gives_up_while_it_still_rings(studio: Studio) -> None:
    line = studio(persona=person(rings=(30.0, 30.0)), speed=50)
    line.pages.update({"/voice": document(f"<Dial action='/done' hangupOnStar='true'>{OTHER}</Dial>")})
    line.pages["/done"] = document("<Hangup/>")
    sid = ring_in(line, QUIET)
    line.until(lambda: any(one.status == "ringing" for one in line.board.register.calls() if one.parent))
    line.http("POST", f"/control/calls/{sid}/keys", json={"keys": "*"})
    line.quiet()
    (done,) = line.application.asked("/done")
    assert (done.form["DialCallStatus"], done.form["DialBridged"]) == ("canceled", "false")
    assert line.client.calls(done.form["DialCallSid"]).fetch().status == "canceled"


def test_a_number_that_is_none_is_not_dialled(studio: Studio) -> None:
    line = studio(persona=talker())
    assert dialled(line, "<Dial action='/done'>12</Dial>").form["DialCallStatus"] == "failed"
    assert 13223 in line.codes()


def test_both_hear_each_other(studio: Studio) -> None:
    line = studio(persona=talker(greeting=("喂，您好，请讲。",)))
    line.pages.update({"/voice": document(f"<Dial>{OTHER}</Dial>")})
    sid = ring_in(line, {"say": "我要投诉。", "after": 3.0}, QUIET)
    parent = line.board.register.call(sid)
    assert parent is not None
    line.until(lambda: parent.life and parent.answered)
    wanted = RecordingOrder(channels=2, trims=False)
    tape = line.board.tapes.start(parent, "StartCallRecordingAPI", wanted)
    line.quiet()
    sounds = {(channel, sounding.words) for channel, sounding in tape.heard if sounding.words}
    assert (ROBOT, "喂，您好，请讲。") in sounds
    assert (CUSTOMER, "我要投诉。") in sounds
    assert np.abs(tape.timeline().mixed(tape.duration)).max() > 1000


def test_a_caller_who_is_sent_elsewhere_in_a_talk_goes_on_there(studio: Studio) -> None:
    line = studio(persona=person(talks=(500.0, 500.0)))
    line.pages.update(
        {"/voice": document(f"<Dial>{OTHER}</Dial>"), "/own": document("<Pause length='9'/>", "<Hangup/>")}
    )
    parent = ring_in(line, QUIET)
    line.until(lambda: any(one.parent and one.status == "in-progress" for one in line.board.register.calls()))
    moved = line.board.clock.time()
    line.client.calls(parent).update(url=line.url("/own"))
    line.quiet()
    child, caller = line.board.register.calls()
    assert (caller.status, child.status) == ("completed", "completed")
    assert caller.ended > moved + 9 > child.ended


def test_a_caller_whose_talk_was_cut_short_hears_the_next_verb_to_its_end(studio: Studio) -> None:
    line = studio(persona=person(talks=(500.0, 500.0)))
    line.pages["/voice"] = document(f"<Dial timeLimit='4'>{OTHER}</Dial>", "<Pause length='9'/>")
    ring_in(line, QUIET)
    line.quiet()
    child, caller = line.board.register.calls()
    assert caller.status == "completed"
    assert caller.ended > child.ended + 8
