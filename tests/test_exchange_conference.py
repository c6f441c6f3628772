"""Conferences: who waits, who takes part, how they start and end, and what the application is told.

https://www.twilio.com/docs/voice/twiml/conference
"""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from exchange_studio import Line, Seen, Studio, document, person, rule
from exchange_studio import studio as studio

from exchange.rooms.conference import Conference
from exchange.sound.tape import ROBOT
from exchange.sound.timeline import Timeline

A, B, C = "+8613800000001", "+8613800000002", "+8613800000003"
EVENTS = "start end join leave mute hold modify speaker announcement"
TALKS = (100_000.0, 100_000.0)
OF_DIAL = ("action", "hangupOnStar", "timeLimit")


def conference(**attributes: str) -> str:
    given = {"statusCallback": "/events", "statusCallbackEvent": EVENTS} | attributes
    dial = {name: given.pop(name) for name in OF_DIAL if name in given}
    noun = f"<Conference{_written(given)}>room</Conference>"
    return document(f"<Dial{_written(dial)}>{noun}</Dial>", "<Redirect>/afterwards</Redirect>")


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in attributes.items())


@pytest.fixture
def line(studio: Studio) -> Line:
    found = studio(persona=person(talks=TALKS, greeting=()))
    found.pages["/afterwards"] = document("<Pause length='1000'/>")
    return found


def join(line: Line, to: str, **attributes: str) -> Any:
    """Calls somebody into the conference and waits until he is there."""
    path = f"/join-{to[-1]}"
    line.pages[path] = conference(**attributes)
    call = line.call(path, to=to)
    line.until(lambda: call.sid in room(line).participants)
    line.until(lambda: room(line).participants[call.sid].connected)
    return call


def room(line: Line) -> Conference:
    line.until(lambda: next(line.board.conferences.newest_first(), None))
    return next(line.board.conferences.newest_first())


def told(line: Line) -> list[dict[str, str]]:
    return [seen.form for seen in line.application.asked("/events")]


def events(line: Line, *left_out: str) -> list[str]:
    found = [one["StatusCallbackEvent"] for one in told(line)]
    return [event for event in found if event not in left_out]


def heard(line: Line, *wanted: str) -> None:
    """Waits until exactly these events were told, in this order."""
    line.until(lambda: len(events(line)) >= len(wanted))
    assert events(line) == list(wanted)


def afterwards(line: Line, call: Any) -> bool:
    return any(seen.form["CallSid"] == call.sid for seen in line.application.asked("/afterwards"))


def test_one_alone_waits(line: Line) -> None:
    join(line, A)
    assert room(line).status == "init"
    heard(line, "participant-join")


def test_the_second_participant_starts_it(line: Line) -> None:
    join(line, A)
    join(line, B)
    assert room(line).status == "in-progress"
    heard(line, "participant-join", "participant-join", "conference-start")


def test_it_waits_for_somebody_who_may_start_it(line: Line) -> None:
    join(line, A, startConferenceOnEnter="false")
    join(line, B, startConferenceOnEnter="false")
    assert room(line).status == "init"
    assert not room(line).room.members
    join(line, C)
    assert room(line).status == "in-progress"
    assert len(room(line).room.members) == 3


def test_one_who_may_start_it_and_waits_starts_it_with_the_second(line: Line) -> None:
    join(line, A)
    join(line, B, startConferenceOnEnter="false")
    assert room(line).status == "in-progress"


def test_the_last_to_leave_ends_it(line: Line) -> None:
    first, second = join(line, A), join(line, B)
    first.update(status="completed")
    line.until(lambda: len(room(line).participants) == 1)
    assert room(line).status == "in-progress"
    second.update(status="completed")
    line.until(lambda: room(line).over)
    heard(
        line,
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-leave",
        "participant-leave",
        "conference-end",
    )
    leaving, ending = told(line)[-2:]
    assert leaving["ReasonParticipantLeft"] == "participant_hung_up"
    assert leaving["ParticipantCallStatus"] == "completed"
    assert ending["ReasonConferenceEnded"] == "last-participant-left"
    assert ending["CallSidEndingConference"] == second.sid
    assert ending["Reason"]
    assert "CallSid" not in ending


def test_one_who_ends_it_throws_the_others_out(line: Line) -> None:
    moderator = join(line, A, endConferenceOnExit="true", participantLabel="chair")
    other = join(line, B)
    moderator.update(status="completed")
    line.until(lambda: afterwards(line, other))
    assert room(line).reason == "participant-with-end-conference-on-exit-left"
    line.until(lambda: "conference-end" in events(line))
    left = [one for one in told(line) if one["StatusCallbackEvent"] == "participant-leave"]
    assert [one["ReasonParticipantLeft"] for one in left] == [
        "participant_hung_up",
        "moderator_ended_conference",
    ]
    assert told(line)[-1]["ParticipantLabelEndingConference"] == "chair"
    assert other.fetch().status == "in-progress"


def test_the_same_name_is_another_conference_afterwards(line: Line) -> None:
    call = join(line, A)
    first = room(line)
    call.update(status="completed")
    line.until(lambda: first.over)
    join(line, B)
    assert room(line).sid != first.sid


def test_the_action_hears_that_it_was_answered_but_of_no_call(line: Line) -> None:
    line.pages["/action"] = document("<Hangup/>")
    join(line, A, endConferenceOnExit="true")
    call = join(line, B, action="/action")
    line.client.conferences(room(line).sid).update(status="completed")
    line.until(lambda: line.application.asked("/action"))
    form = line.application.asked("/action")[0].form
    assert form["CallSid"] == call.sid
    assert (form["DialCallStatus"], form["DialBridged"]) == ("answered", "true")
    assert not {"DialCallSid", "DialCallDuration"} & set(form)


def test_the_time_limit_ends_ones_part(line: Line) -> None:
    join(line, A)
    call = join(line, B, timeLimit="60")
    line.until(lambda: afterwards(line, call))
    assert room(line).status == "in-progress"


def test_the_star_leaves_the_conference(studio: Studio) -> None:
    persona = person(rule("离开", keys="*"), talks=TALKS, greeting=())
    line = studio(persona=persona)
    line.pages["/afterwards"] = document("<Pause length='1000'/>")
    join(line, A)
    call = join(line, B, hangupOnStar="true")
    line.pages["/say"] = document("<Say>请离开</Say>")
    line.client.conferences(room(line).sid).update(announce_url=line.url("/say"))
    line.until(lambda: afterwards(line, call))
    assert list(room(line).participants) != [call.sid]


def test_a_label_that_is_taken_skips_the_verb_and_its_action(line: Line) -> None:
    line.pages["/action"] = document("<Hangup/>")
    join(line, A, participantLabel="agent")
    line.pages["/second"] = conference(participantLabel="agent", action="/action")
    call = line.call("/second", to=B)
    line.until(lambda: afterwards(line, call))
    assert line.codes() == [16025]
    assert not line.application.asked("/action")


def test_a_label_with_a_slash_is_refused(line: Line) -> None:
    line.pages["/second"] = conference(participantLabel="a/b")
    call = line.call("/second", to=B)
    line.until(lambda: afterwards(line, call))
    assert line.codes() == [16023]


def test_a_full_conference_lets_nobody_in(line: Line) -> None:
    line.pages["/action"] = document("<Pause length='1000'/>")
    join(line, A, maxParticipants="2")
    join(line, B, maxParticipants="2")
    line.pages["/third"] = conference(maxParticipants="2", action="/action")
    line.call("/third", to=C)
    line.until(lambda: line.application.asked("/action"))
    assert line.application.asked("/action")[0].form["DialCallStatus"] == "failed"
    assert line.codes() == [16020]


def test_a_coach_of_somebody_who_is_not_there_fails_to_the_action(line: Line) -> None:
    line.pages["/action"] = document("<Pause length='1000'/>")
    join(line, A)
    line.pages["/second"] = conference(coach="CA" + "0" * 32, action="/action")
    line.call("/second", to=B)
    line.until(lambda: line.application.asked("/action"))
    assert line.application.asked("/action")[0].form["DialCallStatus"] == "failed"
    assert line.codes() == [13240]


def test_the_first_to_join_says_who_is_told(line: Line) -> None:
    join(line, A, statusCallbackEvent="join")
    join(line, B, statusCallback="/elsewhere")
    line.until(lambda: len(events(line)) == 2)
    assert events(line) == ["participant-join", "participant-join"]
    assert not line.application.asked("/elsewhere")


def test_no_event_is_told_that_was_not_asked_for(line: Line) -> None:
    join(line, A, statusCallbackEvent="")
    join(line, B)
    assert room(line).status == "in-progress"
    assert events(line) == []


def test_callbacks_are_numbered_from_0_and_say_who_it_is_about(line: Line) -> None:
    call = join(line, A, participantLabel="first", muted="true", endConferenceOnExit="true")
    join(line, B, startConferenceOnEnter="false", coach=call.sid)
    heard(line, "participant-join", "participant-join", "conference-start")
    assert [one["SequenceNumber"] for one in told(line)] == ["0", "1", "2"]
    first, second, start = told(line)
    common = {"ConferenceSid", "FriendlyName", "AccountSid", "SequenceNumber", "Timestamp"}
    assert set(start) == common | {"StatusCallbackEvent"}
    assert first["FriendlyName"] == "room"
    assert first["ParticipantLabel"] == "first"
    names = ("Muted", "Hold", "Coaching", "EndConferenceOnExit", "StartConferenceOnEnter")
    assert [first[name] for name in names] == ["true", "false", "false", "true", "true"]
    assert [second[name] for name in names] == ["false", "false", "true", "false", "false"]


def test_a_call_that_is_redirected_leaves_and_the_others_go_on(line: Line) -> None:
    join(line, A)
    moved = join(line, B)
    join(line, C)
    moved.update(url=line.url("/afterwards"))
    line.until(lambda: "participant-leave" in events(line))
    assert told(line)[-1]["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert told(line)[-1]["ParticipantCallStatus"] == "in-progress"
    assert room(line).status == "in-progress"
    assert len(room(line).participants) == 2
    line.until(lambda: afterwards(line, moved))


def test_waiting_is_filled_by_the_wait_url_until_it_starts(line: Line) -> None:
    line.pages["/wait"] = document("<Say>请稍候</Say>", "<Pause length='30'/>", "<Redirect/>")
    call = join(line, A, waitUrl="/wait")
    line.until(lambda: len(line.application.asked("/wait")) >= 2)
    asked = line.application.asked("/wait")[0]
    assert asked.method == "POST"
    assert asked.form["CallSid"] == call.sid
    assert asked.form["ConferenceSid"] == room(line).sid
    join(line, B)
    count = len(line.application.asked("/wait"))
    join(line, C)
    assert len(line.application.asked("/wait")) == count


def test_a_wait_url_that_runs_out_is_not_asked_again(line: Line) -> None:
    line.pages["/wait"] = document("<Pause length='1'/>")
    join(line, A, waitUrl="/wait", waitMethod="GET")
    line.until(lambda: line.application.asked("/wait"))
    began = line.board.clock.time()
    line.until(lambda: line.board.clock.time() > began + 20)
    assert [seen.method for seen in line.application.asked("/wait")] == ["GET"]
    assert len(room(line).participants) == 1


def test_a_wait_url_may_be_a_sound(line: Line) -> None:
    def sound(seen: Seen) -> web.Response:
        return web.Response(body=b"".join(Timeline().wav(300.0, 1)), content_type="audio/wav")

    line.pages["/wait.wav"] = sound
    call = join(line, A, waitUrl="/wait.wav", waitMethod="GET")
    ears = room(line).participants[call.sid].leg.life.line
    line.until(lambda: [one.clip.source for one in ears.running(ROBOT)] == ["file"])
    join(line, B)
    assert "file" not in [one.clip.source for one in ears.running(ROBOT)]
    assert line.codes() == []


def test_verbs_that_have_no_place_in_a_wait_url_are_error_13238(line: Line) -> None:
    line.pages["/wait"] = document("<Gather/>", "<Hangup/>", "<Pause length='1000'/>")
    join(line, A, waitUrl="/wait")
    line.until(lambda: len(line.codes()) == 2)
    assert line.codes() == [13238, 13238]
    assert len(room(line).participants) == 1


def test_without_its_wait_url_the_conference_is_not_established(line: Line) -> None:
    line.pages["/wait"] = lambda seen: web.Response(status=500)
    line.pages["/action"] = document("<Pause length='1000'/>")
    line.pages["/join"] = conference(waitUrl="/wait", action="/action")
    line.call("/join", to=A)
    line.until(lambda: line.application.asked("/action"))
    assert line.application.asked("/action")[0].form["DialCallStatus"] == "failed"
    assert line.codes() == [11200]
    line.until(lambda: room(line).over)
    heard(line, "participant-join", "participant-leave", "conference-end")
    assert told(line)[1]["ReasonParticipantLeft"] == "participant_add_failed"


def test_a_wait_url_that_goes_round_in_circles_becomes_silence(line: Line) -> None:
    line.pages["/wait"] = document("<Redirect/>")
    join(line, A, waitUrl="/wait")
    line.until(lambda: 14106 in line.codes())
    assert len(room(line).participants) == 1


def test_music_of_twilios_needs_no_network(line: Line) -> None:
    url = "http://twimlets.com/holdmusic?Bucket=com.twilio.music.ambient"
    join(line, A, waitUrl=url)
    join(line, B)
    assert room(line).status == "in-progress"
    assert line.codes() == []


def test_a_simulated_persons_patience_begins_with_the_conference(studio: Studio) -> None:
    line = studio(persona=person(talks=(5.0, 5.0), greeting=()))
    join(line, A, startConferenceOnEnter="false")
    began = line.board.clock.time()
    line.until(lambda: line.board.clock.time() > began + 60)
    assert len(room(line).participants) == 1
    join(line, B)
    line.until(lambda: room(line).over)
    assert room(line).reason == "last-participant-left"


def test_the_old_callback_hears_of_the_recording_where_there_is_no_new_one(line: Line) -> None:
    join(line, A, record="record-from-start", trim="do-not-trim", eventCallbackUrl="/old")
    join(line, B)
    line.client.conferences(room(line).sid).update(status="completed")
    line.until(lambda: line.application.asked("/old"))
    form = line.application.asked("/old")[0].form
    assert form["EventName"] == "conference-record-end"
    (tape,) = line.board.register.tapes()
    assert form["RecordingUrl"].endswith(tape.sid)
    answer = line.http("GET", form["RecordingUrl"].removeprefix(line.board.base_url))
    assert len(answer.content) == int(form["RecordingFileSize"])


def test_those_who_speak_are_told_of(studio: Studio) -> None:
    line = studio(
        rule("问题", say="好的"), persona=person(rule("问题", say="好的"), talks=TALKS, greeting=())
    )
    join(line, A)
    join(line, B)
    line.pages["/say"] = document("<Say>有问题</Say>")
    line.client.conferences(room(line).sid).update(announce_url=line.url("/say"))
    line.until(lambda: events(line).count("participant-speech-stop") >= 2)
    spoken = [event for event in events(line) if "speech" in event]
    assert spoken[0] == "participant-speech-start"
    assert "announcement-end" in events(line)


def test_simulated_people_answer_one_another(studio: Studio) -> None:
    answers = (rule("开始", say="贵姓"), rule("贵姓", say="姓王"), rule("姓王", hang_up=True))
    line = studio(persona=person(*answers, talks=TALKS, greeting=()))
    join(line, A)
    join(line, B)
    line.pages["/say"] = document("<Say>开始</Say>")
    line.client.conferences(room(line).sid).update(announce_url=line.url("/say"))
    line.until(lambda: room(line).over)
