"""Calls that wait in a queue, and those that take them out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from exchange_person import Caller
from exchange_studio import ACCOUNT, Line, Studio, document, person, rule
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

from exchange.people.persona import Persona

AGENT = "+8613900000001"
WAIT = document("<Pause length='5'/>")
ENQUEUE = "<Enqueue action='/done' waitUrl='/wait'>desk</Enqueue>"
TAKE = "<Dial action='/dialled' timeout='60'><Queue>desk</Queue></Dial>"


def _waiting(line: Line, enqueue: str = ENQUEUE, **wanted: Any) -> Any:
    """A call that waits in the queue."""
    line.pages["/voice"] = document(enqueue, "<Say>再见</Say>")
    line.pages.setdefault("/wait", WAIT)
    line.pages.setdefault("/done", document("<Hangup/>"))
    before = len(_members(line))
    call = line.call(**wanted)
    line.until(lambda: len(_members(line)) > before)
    return call


def _members(line: Line) -> list[Any]:
    return [waiter for queue in line.board.queues.newest() for waiter in queue.waiting]


def _agent(line: Line, dial: str = TAKE) -> Any:
    line.pages["/agent"] = document(dial)
    line.pages.setdefault("/dialled", document("<Hangup/>"))
    return line.call("/agent", to=AGENT)


def _told(line: Line, path: str = "/done") -> dict[str, str]:
    line.until(lambda: line.application.asked(path))
    return line.application.asked(path)[0].form


def _stays(seconds: float, *rules: Any) -> Persona:
    """Somebody who talks so long with whom he is connected."""
    return person(*rules, talks=(seconds, seconds))


def _only_queue(line: Line) -> Any:
    (queue,) = line.client.queues.list()
    return queue


def test_a_queue_is_made_when_a_call_wants_to_wait_in_it(studio: Studio) -> None:
    line = studio()
    _waiting(line)
    queue = _only_queue(line)
    assert (queue.friendly_name, queue.max_size, queue.current_size) == ("desk", 1000, 1)


def test_the_hold_document_is_asked_for_again_and_told_the_truth_each_time(studio: Studio) -> None:
    line = studio()
    _waiting(line)
    line.call()
    line.until(lambda: any(seen.form["QueuePosition"] == "2" for seen in line.application.asked("/wait")))
    line.until(lambda: len(line.application.asked("/wait")) >= 6)
    first, later = line.application.asked("/wait")[0].form, line.application.asked("/wait")[-1].form
    assert (first["QueuePosition"], first["CurrentQueueSize"], first["MaxQueueSize"]) == ("1", "1", "1000")
    assert later["CurrentQueueSize"] == "2"
    assert int(later["QueueTime"]) >= 5
    assert int(later["AvgQueueTime"]) <= int(later["QueueTime"]) + 5
    assert later["QueueSid"] == _only_queue(line).sid


def test_an_empty_hold_document_is_not_asked_for_more_than_once_a_second(studio: Studio) -> None:
    line = studio(speed=20)
    line.pages["/wait"] = document()
    _waiting(line)
    line.until(lambda: len(line.application.asked("/wait")) >= 4)
    moments = [seen.at for seen in line.application.asked("/wait")]
    assert min(later - earlier for earlier, later in pairwise(moments)) > 0.5


def test_sound_at_the_wait_url_is_played_and_the_call_goes_on_waiting(studio: Studio) -> None:
    line = studio()
    sound = np.zeros(8000, "<i2").tobytes()
    header = b"RIFF" + (36 + len(sound)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    header += b"\1\0\1\0" + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\2\0\x10\0"
    wav = header + b"data" + len(sound).to_bytes(4, "little") + sound
    line.pages["/wait"] = lambda _: web.Response(body=wav, content_type="audio/x-wav")
    _waiting(line)
    line.until(lambda: len(line.application.asked("/wait")) >= 4)
    assert len(_members(line)) == 1


@pytest.mark.parametrize("wait", ["", " waitUrl=''"])
def test_without_a_wait_url_there_is_music_and_with_an_empty_one_silence(studio: Studio, wait: str) -> None:
    line = studio()
    call = _waiting(
        line, f"<Enqueue action='/done'{wait}>desk</Enqueue>", record=True, recording_channels="dual"
    )
    line.until(lambda: _members(line)[0].seconds(line.board.clock.time()) > 30)
    call.update(status="completed")
    assert _told(line)["QueueResult"] == "hangup"
    line.quiet()
    tape = next(line.board.register.tapes())
    answer = line.http("GET", f"{ACCOUNT.uri}/Recordings/{tape.sid}.wav")
    loud = np.abs(np.frombuffer(answer.content[44:], "<i2")[1::2]).max() > 1000
    assert loud == (wait == "")


def test_an_agent_takes_the_call_that_waits_and_both_learn_how_it_went(studio: Studio) -> None:
    line = studio(persona=_stays(20))
    call = _waiting(line)
    agent = _agent(line)
    dialled = _told(line, "/dialled")
    wanted = {
        "DialCallStatus": "completed",
        "DialBridged": "true",
        "DialCallSid": call.sid,
        "DequeueResult": "bridged",
        "DequeuedCallSid": call.sid,
        "CallSid": agent.sid,
        "QueueSid": _only_queue(line).sid,
    }
    assert wanted.items() <= dialled.items()
    assert int(dialled["DialCallDuration"]) >= 19
    told = _told(line)
    assert (told["QueueResult"], told["CallSid"]) == ("bridged", call.sid)
    assert told["QueueTime"] == dialled["QueueTime"]


def test_the_first_to_come_is_the_first_to_be_taken(studio: Studio) -> None:
    line = studio(persona=_stays(5))
    first, _ = _waiting(line), _waiting(line, to="+8613800000002")
    _agent(line)
    assert _told(line, "/dialled")["DequeuedCallSid"] == first.sid


def test_what_the_agent_says_is_heard_by_the_caller_and_recorded(studio: Studio) -> None:
    line = studio(persona=_stays(30, rule(heard="请讲", say="我来帮您", times=1)))
    call = _waiting(line, "<Enqueue waitUrl=''>desk</Enqueue>", record=True)
    _agent(line, "<Say>请讲</Say><Dial><Queue>desk</Queue></Dial>")
    line.quiet()
    tape = line.board.register.call(call.sid).tape
    assert tape is not None
    assert any(channel == 1 and sounding.words == "我来帮您" for channel, sounding in tape.heard)


def test_an_agent_waits_for_a_caller_until_the_time_is_up(studio: Studio) -> None:
    line = studio()
    line.client.queues.create(friendly_name="desk")
    _agent(line, "<Dial action='/dialled' timeout='7'><Queue>desk</Queue></Dial>")
    told = _told(line, "/dialled")
    assert (told["DialCallStatus"], told["DialBridged"]) == ("no-answer", "false")


def test_an_agent_who_waits_gets_the_next_caller(studio: Studio) -> None:
    line = studio(persona=_stays(5), speed=50)
    line.client.queues.create(friendly_name="desk")
    _agent(line, "<Dial action='/dialled' timeout='600'><Queue>desk</Queue></Dial>")
    line.until(lambda: line.application.asked("/agent"))
    line.pages["/voice"], line.pages["/done"] = document(ENQUEUE), document("<Hangup/>")
    call = line.call()
    assert _told(line, "/dialled")["DequeuedCallSid"] == call.sid


def test_dialling_a_queue_that_is_not_there_fails(studio: Studio) -> None:
    line = studio()
    _agent(line, "<Dial action='/dialled'><Queue>nobody</Queue></Dial>")
    told = _told(line, "/dialled")
    assert (told["DialCallStatus"], told["DequeueResult"]) == ("failed", "error")


def test_the_caller_hears_the_whisper_before_he_is_connected(studio: Studio) -> None:
    line = studio(persona=_stays(5))
    call = _waiting(line)
    line.pages["/whisper"] = document("<Say>马上接通</Say><Redirect>/more</Redirect>")
    line.pages["/more"] = document("<Hangup/><Pause length='2'/>")
    agent = _agent(line, "<Dial action='/dialled'><Queue url='/whisper'>desk</Queue></Dial>")
    assert _told(line)["QueueResult"] == "bridged"
    form = line.application.asked("/whisper")[0].form
    assert (form["CallSid"], form["DequeingCallSid"]) == (call.sid, agent.sid)
    assert form["QueueSid"] == _only_queue(line).sid
    assert "QueueTime" in form
    assert 14211 in line.codes()


def test_a_whisper_that_cannot_be_had_is_passed_over(studio: Studio) -> None:
    line = studio(persona=_stays(5))
    _waiting(line)
    line.pages["/whisper"] = lambda _: web.Response(status=500)
    _agent(line, "<Dial action='/dialled'><Queue url='/whisper'>desk</Queue></Dial>")
    assert _told(line, "/dialled")["DialCallStatus"] == "completed"
    assert 11200 in line.codes()


def test_two_live_people_hear_each_other_and_are_recorded_apart(studio: Studio) -> None:
    line = studio(speed=10)
    line.pages["/voice"] = document("<Enqueue waitUrl='' action='/done'>desk</Enqueue>")
    dial = "<Dial action='/dialled' record='record-from-answer-dual'><Queue>desk</Queue></Dial>"
    line.pages["/agent"] = document(dial)
    line.pages["/done"] = line.pages["/dialled"] = document("<Hangup/>")
    caller = Caller(line)
    line.until(lambda: _members(line))
    agent = Caller(line, "/agent")
    line.until(lambda: line.board.tapes.running(agent.call.sid))
    caller.speak(600, 2.0)
    agent.speak(300, 2.0)
    caller.hang_up()
    told = _told(line, "/dialled")
    line.quiet()
    answer = line.http("GET", f"{ACCOUNT.uri}/Recordings/{told['RecordingSid']}.wav")
    samples = np.frombuffer(answer.content[44:], "<i2").reshape(-1, 2)
    assert abs(_pitch(samples[:, 0]) - 300) < 10
    assert abs(_pitch(samples[:, 1]) - 600) < 10
    assert abs(len(samples) / 8000 - float(told["RecordingDuration"])) <= 0.5
    assert _told(line)["QueueResult"] == "bridged"


def _pitch(samples: Any) -> float:
    """The loudest frequency."""
    return float(np.abs(np.fft.rfft(samples)).argmax()) * 8000 / len(samples)


def test_who_hangs_up_during_the_whisper_leaves_the_agent_waiting_for_the_next(
    studio: Studio,
) -> None:
    line = studio(persona=_stays(5))
    first = _waiting(line)
    line.pages["/whisper"] = document("<Pause length='3000'/>")
    _agent(line, "<Dial action='/dialled' timeout='3000'><Queue url='/whisper'>desk</Queue></Dial>")
    line.until(lambda: line.application.asked("/whisper"))
    first.update(status="completed")
    assert _told(line)["QueueResult"] == "hangup"
    second = _waiting_again(line)
    assert _told(line, "/dialled")["DequeuedCallSid"] == second.sid


def _waiting_again(line: Line) -> Any:
    line.pages["/whisper"] = document()
    return line.call(to="+8613800000002")


def test_a_caller_whose_agent_hangs_up_during_the_whisper_waits_on_at_his_place(studio: Studio) -> None:
    line = studio()
    call = _waiting(line)
    _waiting(line, to="+8613800000002")
    line.pages["/whisper"] = document("<Pause length='3000'/>")
    agent = _agent(line, "<Dial><Queue url='/whisper'>desk</Queue></Dial>")
    line.until(lambda: line.application.asked("/whisper"))
    agent.update(status="completed")
    line.until(lambda: len(_members(line)) == 2)
    assert _members(line)[0].sid == call.sid


def test_a_caller_who_hangs_up_is_reported_though_he_is_gone(studio: Studio) -> None:
    line = studio(persona=person(hangs_up_after=(20.0, 20.0)))
    _waiting(line)
    told = _told(line)
    assert (told["QueueResult"], told["CallStatus"]) == ("hangup", "completed")
    assert int(told["QueueTime"]) >= 10
    line.until(lambda: not _members(line))


def test_leave_goes_on_after_the_enqueue(studio: Studio) -> None:
    line = studio()
    line.pages["/wait"] = document("<Leave/>")
    line.pages["/voice"] = document("<Enqueue waitUrl='/wait'>desk</Enqueue><Redirect>/after</Redirect>")
    line.pages["/after"] = document("<Hangup/>")
    line.talk()
    assert len(line.application.asked("/after")) == 1
    assert _only_queue(line).current_size == 0


def test_leave_asks_the_action_at_once(studio: Studio) -> None:
    line = studio()
    line.pages["/wait"] = document("<Leave/>")
    line.pages["/voice"], line.pages["/done"] = document(ENQUEUE), document("<Say>好</Say>")
    call = line.talk()
    assert _told(line)["QueueResult"] == "leave"
    assert call.status == "completed"


def test_leave_outside_a_queue_ends_the_call(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Leave/><Redirect>/after</Redirect>")
    assert line.talk().status == "completed"
    assert line.application.asked("/after") == []


def test_gather_while_waiting_may_take_the_caller_out(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    line.pages["/wait"] = document("<Gather numDigits='1' action='/pressed'><Say>按1离开</Say></Gather>")
    line.pages["/pressed"] = document("<Leave/>")
    line.pages["/voice"], line.pages["/done"] = document(ENQUEUE), document("<Hangup/>")
    line.talk()
    assert line.application.asked("/pressed")[0].form["Digits"] == "1"
    assert "QueuePosition" in line.application.asked("/pressed")[0].form
    assert _told(line)["QueueResult"] == "leave"


def test_hangup_while_waiting_ends_the_call(studio: Studio) -> None:
    line = studio()
    line.pages["/wait"] = document("<Hangup/>")
    line.pages["/voice"], line.pages["/done"] = document(ENQUEUE), document("<Redirect>/after</Redirect>")
    line.talk()
    assert _told(line)["QueueResult"] == "hangup"
    assert line.application.asked("/after") == []


def test_other_verbs_are_refused_while_waiting(studio: Studio) -> None:
    line = studio()
    line.pages["/wait"] = document("<Record/><Leave/>")
    line.pages["/voice"] = document("<Enqueue waitUrl='/wait'>desk</Enqueue>")
    line.talk()
    assert 14202 in line.codes()


def test_a_hold_document_that_cannot_be_had_is_an_error(studio: Studio) -> None:
    line = studio()
    line.pages["/wait"] = lambda _: web.Response(status=500)
    line.pages["/voice"], line.pages["/done"] = document(ENQUEUE), document("<Hangup/>")
    line.talk()
    assert _told(line)["QueueResult"] == "error"
    assert 11200 in line.codes()


@pytest.mark.parametrize(
    ("enqueue", "code"),
    [
        ("<Enqueue action='/done' workflowSid='WW0'>desk</Enqueue>", 14220),
        (f"<Enqueue action='/done'>{'x' * 65}</Enqueue>", 14205),
        ("<Enqueue action='/done'/>", 14204),
    ],
)
def test_an_enqueue_that_cannot_be_is_an_error(studio: Studio, enqueue: str, code: int) -> None:
    line = studio()
    line.pages["/voice"], line.pages["/done"] = document(enqueue), document("<Hangup/>")
    line.talk()
    told = _told(line)
    assert (told["QueueResult"], "QueueSid" in told) == ("error", False)
    assert code in line.codes()


def test_a_full_queue_takes_nobody_in(studio: Studio) -> None:
    line = studio()
    line.client.queues.create(friendly_name="desk", max_size=1)
    _waiting(line)
    line.call()
    told = _told(line)
    assert (told["QueueResult"], "QueueSid" in told) == ("queue-full", False)


def test_a_call_sent_elsewhere_while_it_waits_is_redirected(studio: Studio) -> None:
    line = studio()
    call = _waiting(line)
    line.pages["/other"] = document("<Hangup/>")
    call.update(url=line.url("/other"))
    assert _told(line)["QueueResult"] == "redirected"
    line.until(lambda: line.application.asked("/other"))
    assert _members(line) == []


def test_a_call_sent_elsewhere_while_it_talks_is_redirected_from_bridged(studio: Studio) -> None:
    line = studio(persona=_stays(9000))
    call = _waiting(line)
    (waiter,) = _members(line)
    _agent(line)
    line.until(lambda: waiter.meeting is not None and waiter.meeting.connected)
    line.pages["/other"] = document("<Hangup/>")
    call.update(url=line.url("/other"))
    assert _told(line)["QueueResult"] == "redirected-from-bridged"
    assert _told(line, "/dialled")["DialCallStatus"] == "completed"


def test_an_agent_who_presses_the_star_goes_on_with_his_document(studio: Studio) -> None:
    line = studio(persona=_stays(2000, rule(heard="请讲", keys="*", times=1)))
    _waiting(line)
    _agent(line, "<Say>请讲</Say><Dial action='/dialled' hangupOnStar='true'><Queue>desk</Queue></Dial>")
    assert int(_told(line, "/dialled")["DialCallDuration"]) < 1500


def test_a_talk_ends_when_its_time_is_over(studio: Studio) -> None:
    line = studio(persona=_stays(5000))
    _waiting(line)
    _agent(line, "<Dial action='/dialled' timeLimit='10'><Queue>desk</Queue></Dial>")
    assert 9 <= int(_told(line, "/dialled")["DialCallDuration"]) < 1500
    assert _told(line)["QueueResult"] == "bridged"


def test_queues_are_made_changed_and_deleted(studio: Studio) -> None:
    line = studio()
    queue = line.client.queues.create(friendly_name="desk", max_size=5)
    assert (queue.friendly_name, queue.max_size, queue.current_size) == ("desk", 5, 0)
    changed = queue.update(friendly_name="night desk", max_size=7)
    assert (changed.fetch().friendly_name, changed.max_size) == ("night desk", 7)
    assert [one.sid for one in line.client.queues.list()] == [queue.sid]
    assert queue.delete()
    assert line.client.queues.list() == []


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"friendly_name": "desk"}, 22003),
        ({"friendly_name": ""}, 20002),
        ({"friendly_name": "x" * 65}, 20002),
        ({"friendly_name": "big", "max_size": 5001}, 20001),
    ],
)
def test_a_queue_that_cannot_be_is_refused(studio: Studio, wanted: dict[str, Any], code: int) -> None:
    line = studio()
    line.client.queues.create(friendly_name="desk")
    with pytest.raises(TwilioRestException) as refused:
        line.client.queues.create(**wanted)
    assert refused.value.code == code


def test_a_queue_with_calls_in_it_cannot_be_deleted(studio: Studio) -> None:
    line = studio()
    _waiting(line)
    with pytest.raises(TwilioRestException) as refused:
        _only_queue(line).delete()
    assert refused.value.code == 22002


def test_members_are_listed_from_the_front_and_in_pages(studio: Studio) -> None:
    line = studio()
    calls = [_waiting(line, to=f"+861380000000{place}") for place in range(3)]
    members = line.client.queues(_only_queue(line).sid).members
    assert [one.call_sid for one in members.list(page_size=1)] == [call.sid for call in calls]
    assert [one.position for one in members.list()] == [1, 2, 3]
    assert members("Front").fetch().call_sid == calls[0].sid
    assert members(calls[1].sid).fetch().position == 2
    assert _only_queue(line).average_wait_time >= members(calls[2].sid).fetch().wait_time


def test_a_member_is_taken_out_with_a_document(studio: Studio) -> None:
    line = studio()
    first, second = _waiting(line), _waiting(line, to="+8613800000002")
    line.pages["/out"] = document("<Hangup/>")
    members = line.client.queues(_only_queue(line).sid).members
    assert members(second.sid).update(url=line.url("/out")).call_sid == second.sid
    assert members("Front").update(url=line.url("/out"), method="GET").call_sid == first.sid
    line.until(lambda: len(line.application.asked("/out")) == 2)
    assert {seen.method for seen in line.application.asked("/out")} == {"GET", "POST"}
    line.until(lambda: len(line.application.asked("/done")) == 2)
    assert {seen.form["QueueResult"] for seen in line.application.asked("/done")} == {"redirected"}


def test_nobody_at_the_front_is_not_found(studio: Studio) -> None:
    line = studio()
    queue = line.client.queues.create(friendly_name="desk")
    for member in ("Front", "CA" + "0" * 32):
        with pytest.raises(TwilioRestException) as refused:
            line.client.queues(queue.sid).members(member).fetch()
        assert refused.value.code == 20404
