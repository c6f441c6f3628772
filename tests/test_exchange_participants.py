"""Conferences and their participants as resources.

https://www.twilio.com/docs/voice/api/conference-participant-resource
"""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import soundfile
from exchange_studio import FROM, Line, Studio, document, person, rule
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

from exchange.order import Order, Target
from exchange.people.person import Person
from exchange.performance.dialling import arrive
from exchange.rooms.conference import Conference
from exchange.rooms.participant import Participant
from exchange.sound.line import Moved
from exchange.sound.mixer import Mixer
from exchange.sound.tape import ROBOT

A, B, C = "+8613800000001", "+8613800000002", "+8613800000003"
EVENTS = ["start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"]
STAYS = person(talks=(100_000.0, 100_000.0), greeting=())
ROOM = (
    '<Dial><Conference statusCallback="/events" statusCallbackEvent="start end join leave mute hold modify '
    'speaker announcement">room</Conference></Dial><Redirect>/afterwards</Redirect>'
)


@pytest.fixture
def line(studio: Studio) -> Line:
    found = studio(persona=STAYS)
    found.pages["/voice"] = document(ROOM)
    found.pages["/afterwards"] = document("<Pause length='1000'/>")
    return found


def invite(line: Line, to: str = A, name: str = "room", **wanted: Any) -> Any:
    """Calls somebody into a conference by the REST API."""
    told = {
        "conference_status_callback": line.url("/events"),
        "conference_status_callback_event": EVENTS,
    }
    return line.client.conferences(name).participants.create(from_=FROM, to=to, **(told | wanted))


def connected(line: Line, *calls: Any) -> Conference:
    """Waits until these take part."""
    for call in calls:
        sid = getattr(call, "call_sid", None) or call.sid
        line.until(lambda sid=sid: part(line, sid).connected)
    return part(line, sid).conference


def part(line: Line, sid: str) -> Participant:
    def found() -> Participant | None:
        newest = line.board.conferences.newest_first()
        return next((one.participants[sid] for one in newest if sid in one.participants), None)

    line.until(found)
    one = found()
    assert one is not None
    return one


def part_of_any(line: Line, sid: str) -> bool:
    return any(sid in one.participants for one in line.board.conferences.newest_first())


def meeting(line: Line) -> tuple[Any, Any, Any]:
    """Two in a conference, and its resource."""
    first, second = invite(line, A), invite(line, B)
    connected(line, first, second)
    return first, second, line.client.conferences(first.conference_sid)


def told(line: Line, event: str) -> list[dict[str, str]]:
    forms = [seen.form for seen in line.application.asked("/events")]
    return [form for form in forms if form["StatusCallbackEvent"] == event]


def refused(work: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        work()
    return caught.value.status, int(caught.value.code or 0)


def live(line: Line, path: str = "/voice") -> tuple[Person, Any]:
    """A real person calls the application and takes part."""

    async def call() -> tuple[Person, str]:
        people: list[Person] = []

        def far(wire: Any) -> Person:
            people.append(Person(wire))
            return people[0]

        made = arrive(line.board, Order(A, C, Target(line.url(path))), far)
        return people[0], made.sid

    found, sid = asyncio.run_coroutine_threadsafe(call(), line.loop).result(5)
    return found, line.client.calls(sid).fetch()


def soon(line: Line, work: Any) -> None:
    line.loop.call_soon_threadsafe(work)


def test_an_invited_participant_is_queued_then_connected(line: Line) -> None:
    found = invite(line, label="customer", muted=True, end_conference_on_exit=True, beep="onExit")
    assert found.status == "queued"
    assert found.queue_time == "0"
    connected(line, found)
    again = line.client.conferences(found.conference_sid).participants("customer").fetch()
    assert (again.call_sid, again.status, again.muted) == (found.call_sid, "connected", True)
    assert again.end_conference_on_exit is True
    assert again.queue_time is None
    call = line.client.calls(found.call_sid).fetch()
    assert (call.direction, call.status, call.to) == ("outbound-api", "in-progress", A)


@pytest.mark.parametrize("label", ["客户 1", "a.b", "100%"])
def test_a_label_may_hold_whatever_a_path_can_hold(line: Line, label: str) -> None:
    found = invite(line, label=label)
    path = line.client.conferences(found.conference_sid).participants(quote(label))
    assert path.fetch().call_sid == found.call_sid
    assert path.delete()


def test_a_participant_that_rings_is_ringing(studio: Studio) -> None:
    line = studio(persona=person(rings=(50.0, 50.0)), speed=20)
    found = invite(line)
    path = line.client.conferences(found.conference_sid).participants(found.call_sid)
    line.until(lambda: path.fetch().status == "ringing")


def test_the_name_or_the_sid_of_an_open_conference_is_the_same_conference(line: Line) -> None:
    first = invite(line, A)
    second = invite(line, B, name=first.conference_sid)
    third = invite(line, C)
    assert first.conference_sid == second.conference_sid == third.conference_sid
    assert invite(line, A, name="another").conference_sid != first.conference_sid


def test_a_participant_who_does_not_answer_could_not_be_added(studio: Studio) -> None:
    line = studio(persona=person(line=("busy",)))
    invite(line, end_conference_on_exit=True)
    line.quiet()
    (leaving,) = told(line, "participant-leave")
    assert leaving["ReasonParticipantLeft"] == "participant_add_failed"
    assert leaving["ParticipantCallStatus"] == "busy"
    assert told(line, "participant-join") == []
    (found,) = line.client.conferences.list()
    assert (found.status, found.reason_conference_ended) == ("completed", "last-participant-left")


def test_participants_are_listed_newest_first_and_filtered(line: Line) -> None:
    first, second, conference = meeting(line)
    third = invite(line, C, muted=True, call_sid_to_coach=first.call_sid)
    connected(line, third)
    listed = [one.call_sid for one in conference.participants.list()]
    assert listed == [third.call_sid, second.call_sid, first.call_sid]
    assert [one.call_sid for one in conference.participants.list(muted=True)] == [third.call_sid]
    assert [one.call_sid for one in conference.participants.list(coaching=True)] == [third.call_sid]
    assert conference.participants.list(hold=True) == []
    paged = [one.call_sid for one in conference.participants.list(page_size=1)]
    assert paged == listed


def test_mute_and_unmute_are_told_once_each(line: Line) -> None:
    first, _, conference = meeting(line)
    found = conference.participants(first.call_sid)
    assert found.update(muted=True).muted is True
    found.update(muted=True)
    assert found.update(muted=False).muted is False
    line.until(lambda: told(line, "participant-unmute"))
    (muted,), (unmuted,) = told(line, "participant-mute"), told(line, "participant-unmute")
    assert (muted["Muted"], unmuted["Muted"]) == ("true", "false")
    assert muted["CallSid"] == first.call_sid


def test_hold_plays_its_music_by_get_and_ends_with_unhold(line: Line) -> None:
    first, _, conference = meeting(line)
    line.pages["/hold"] = document("<Say>请稍候</Say>", "<Pause length='600'/>")
    found = conference.participants(first.call_sid)
    assert found.update(hold=True, hold_url=line.url("/hold")).hold is True
    line.until(lambda: line.application.asked("/hold"))
    assert line.application.asked("/hold")[0].method == "GET"
    member = part(line, first.call_sid).member
    assert member is not None
    assert member.hold
    assert found.update(hold=False).hold is False
    assert part(line, first.call_sid).background is None
    line.until(lambda: told(line, "participant-unhold"))
    assert [one["Hold"] for one in told(line, "participant-hold")] == ["true"]


def test_hold_without_an_address_plays_the_exchanges_music(line: Line) -> None:
    first, _, conference = meeting(line)
    conference.participants(first.call_sid).update(hold=True)
    heard = part(line, first.call_sid).leg.life.line
    assert "music" in [one.clip.source for one in heard.running(ROBOT)]
    conference.participants(first.call_sid).update(hold=False)
    assert "music" not in [one.clip.source for one in heard.running(ROBOT)]


def test_who_is_held_in_waiting_is_on_hold_when_the_conference_starts(line: Line) -> None:
    first = invite(line, A)
    found = line.client.conferences(connected(line, first).sid).participants(first.call_sid)
    assert found.update(hold=True).hold is True
    second = invite(line, B)
    members = connected(line, second).room.members
    one, other = members[first.call_sid], members[second.call_sid]
    assert not one.hears(other)
    found.update(hold=False)
    assert one.hears(other)


def test_a_coach_is_heard_by_the_coached_alone(line: Line) -> None:
    first, second, conference = meeting(line)
    third = invite(line, C, call_sid_to_coach=first.call_sid)
    members = connected(line, third).room.members
    one, other, coach = (members[sid.call_sid] for sid in (first, second, third))
    assert (one.hears(coach), other.hears(coach), coach.hears(other)) == (True, False, True)
    conference.participants(third.call_sid).update(coaching=True, call_sid_to_coach=second.call_sid)
    assert (one.hears(coach), other.hears(coach)) == (False, True)
    conference.participants(third.call_sid).update(coaching=False)
    assert (one.hears(coach), other.hears(coach)) == (True, True)


def test_changes_are_told_as_one_modification(line: Line) -> None:
    first, second, conference = meeting(line)
    found = conference.participants(first.call_sid).update(
        end_conference_on_exit=True,
        beep_on_exit=False,
        coaching=True,
        call_sid_to_coach=second.call_sid,
        wait_url=line.url("/wait"),
    )
    assert (found.coaching, found.call_sid_to_coach) == (True, second.call_sid)
    assert found.end_conference_on_exit is True
    line.until(lambda: told(line, "participant-modify"))
    (modified,) = told(line, "participant-modify")
    assert (modified["Coaching"], modified["EndConferenceOnExit"]) == ("true", "true")
    over = conference.participants(first.call_sid).update(coaching=False)
    assert (over.coaching, over.call_sid_to_coach) == (False, None)


def test_an_announcement_is_heard_by_one_and_told_with_its_address(line: Line) -> None:
    first, _, conference = meeting(line)
    line.pages["/say"] = document("<Say>还有一分钟</Say>")
    conference.participants(first.call_sid).update(announce_url=line.url("/say"))
    line.until(lambda: told(line, "announcement-end"))
    (end,) = told(line, "announcement-end")
    assert (end["AnnounceUrl"], end["CallSid"]) == (line.url("/say"), first.call_sid)
    assert line.application.asked("/say")[0].method == "POST"


def test_an_announcement_to_all_names_nobody(line: Line) -> None:
    _, _, conference = meeting(line)
    line.pages["/say"] = document("<Say>还有一分钟</Say>", "<Hangup/>")
    conference.update(announce_url=line.url("/say"), announce_method="GET")
    line.until(lambda: told(line, "announcement-end"))
    assert "CallSid" not in told(line, "announcement-end")[0]
    assert line.application.asked("/say")[0].method == "GET"
    assert line.codes() == [13238]


def test_an_announcement_that_cannot_be_had_has_failed(line: Line) -> None:
    _, _, conference = meeting(line)
    conference.update(announce_url="http://127.0.0.1:9/")
    line.until(lambda: told(line, "announcement-fail"))
    assert told(line, "announcement-fail")[0]["ReasonAnnouncementFailed"]


def test_a_removed_participant_goes_on_with_his_own_document(line: Line) -> None:
    call = line.call()
    other = invite(line, B)
    conference = connected(line, call, other)
    line.client.conferences(conference.sid).participants(call.sid).delete()
    line.until(lambda: line.application.asked("/afterwards"))
    assert line.application.asked("/afterwards")[0].form["CallSid"] == call.sid
    line.client.conferences(conference.sid).participants(other.call_sid).delete()
    line.until(lambda: line.client.calls(other.call_sid).fetch().status == "completed")
    line.until(lambda: told(line, "conference-end"))
    assert told(line, "conference-end")[0]["ReasonConferenceEnded"] == "last-participant-kicked"
    assert told(line, "participant-leave")[0]["ReasonParticipantLeft"] == "participant_updated_via_api"


def test_removing_one_who_ends_the_conference_ends_it(line: Line) -> None:
    first = invite(line, A, end_conference_on_exit=True)
    second = invite(line, B)
    conference = connected(line, first, second)
    line.client.conferences(conference.sid).participants(first.call_sid).delete()
    assert conference.reason == "participant-with-end-conference-on-exit-kicked"
    line.quiet()
    assert line.client.calls(second.call_sid).fetch().status == "completed"


def test_the_conference_hears_an_invitation_ring_unless_it_must_not(studio: Studio) -> None:
    quick, slow = person(talks=(1e6, 1e6), greeting=()), person(rings=(60.0, 60.0))
    line = studio(personas=[quick, slow], speed=50)
    numbers = [f"+861380001{number:04}" for number in range(40)]
    at_once = [number for number in numbers if line.board.plan.town.at(number) is quick]
    late = next(number for number in numbers if line.board.plan.town.at(number) is slow)
    first, second = invite(line, at_once[0]), invite(line, at_once[1])
    connected(line, first, second)
    ear = part(line, first.call_sid).leg.life.line

    def ringing() -> bool:
        return "ringback" in [one.clip.source for one in ear.running(ROBOT)]

    quiet = invite(line, late, early_media=False)
    line.until(lambda: line.client.calls(quiet.call_sid).fetch().status == "ringing")
    assert not ringing()
    invited = invite(line, late)
    line.until(ringing)
    line.client.conferences(invited.conference_sid).participants(invited.call_sid).delete()
    assert not ringing()


def test_removing_one_who_rings_hangs_up(studio: Studio) -> None:
    line = studio(persona=person(rings=(50.0, 50.0)), speed=20)
    found = invite(line)
    path = line.client.conferences(found.conference_sid).participants(found.call_sid)
    line.until(lambda: path.fetch().status == "ringing")
    path.delete()
    line.quiet()
    assert line.client.calls(found.call_sid).fetch().status == "canceled"
    assert told(line, "participant-leave")[0]["ParticipantCallStatus"] == "canceled"


def test_removing_one_who_waits_ends_his_music(line: Line) -> None:
    call = line.call()
    conference = connected(line, call)
    heard = part(line, call.sid).leg.life.line
    line.client.conferences(conference.sid).participants(call.sid).delete()
    line.until(lambda: line.application.asked("/afterwards"))
    assert "music" not in [one.clip.source for one in heard.running(ROBOT)]
    assert conference.over


def test_ending_the_conference_hangs_up_on_the_invited_and_sends_the_others_on(line: Line) -> None:
    call, invited = line.call(), invite(line, B)
    conference = connected(line, call, invited)
    found = line.client.conferences(conference.sid).update(status="completed")
    assert (found.status, found.reason_conference_ended) == ("completed", "conference-ended-via-api")
    assert found.call_sid_ending_conference is None
    line.until(lambda: line.application.asked("/afterwards"))
    line.until(lambda: line.client.calls(invited.call_sid).fetch().status == "completed")
    line.until(lambda: told(line, "conference-end"))
    reasons = [one["ReasonParticipantLeft"] for one in told(line, "participant-leave")]
    assert reasons == ["conference_ended_via_api"] * 2


def test_who_joins_while_the_conference_is_ended_is_not_left_hanging(line: Line) -> None:
    first = invite(line, A)
    line.client.conferences(first.conference_sid).update(status="completed")
    line.quiet()
    assert line.client.calls(first.call_sid).fetch().status in ("canceled", "completed")
    assert not part_of_any(line, first.call_sid)


def test_what_is_over_has_no_participants_and_cannot_be_changed(line: Line) -> None:
    first, _, conference = meeting(line)
    conference.update(status="completed")
    assert conference.participants.list() == []
    assert refused(conference.participants(first.call_sid).fetch) == (404, 20404)
    assert refused(lambda: conference.update(status="completed")) == (400, 16099)
    assert refused(lambda: invite(line, C, name=first.conference_sid)) == (400, 16099)
    assert refused(line.client.conferences("CF" + "0" * 32).fetch) == (404, 20404)


def test_an_invitation_that_makes_no_sense_is_refused(line: Line) -> None:
    found = invite(line, A, label="agent", max_participants=2)
    name = found.conference_sid
    assert refused(lambda: invite(line, B, name, label="agent")) == (400, 16025)
    assert refused(lambda: invite(line, B, name, label="a/b")) == (400, 16023)
    assert refused(lambda: invite(line, B, name, coaching=True)) == (400, 20001)
    assert refused(lambda: invite(line, B, name, call_sid_to_coach="CA" + "0" * 32)) == (400, 13240)
    assert refused(lambda: invite(line, "")) == (400, 21201)
    assert refused(lambda: invite(line, "12")) == (400, 21211)
    assert refused(lambda: invite(line, B, name, max_participants=1)) == (400, 20001)
    assert len(line.client.conferences(name).participants.list()) == 1


def test_a_refused_invitation_opens_no_conference(line: Line) -> None:
    assert refused(lambda: invite(line, A, call_sid_to_coach="CA" + "0" * 32)) == (400, 13240)
    assert line.client.conferences.list() == []


def test_a_full_conference_takes_no_invitation(line: Line) -> None:
    first, _, _ = meeting(line)
    assert refused(lambda: invite(line, C, first.conference_sid, max_participants=2)) == (400, 16020)


def test_conferences_are_listed_by_name_status_and_day(line: Line) -> None:
    first = invite(line, A)
    other = invite(line, B, name="another")
    conferences = line.client.conferences
    assert [one.sid for one in conferences.list()] == [other.conference_sid, first.conference_sid]
    assert [one.sid for one in conferences.list(friendly_name="another")] == [other.conference_sid]
    conferences(other.conference_sid).update(status="completed")
    assert [one.sid for one in conferences.list(status="completed")] == [other.conference_sid]
    today = line.board.clock.now().date()
    assert len(conferences.list(date_created=today)) == 2
    tomorrow = today + timedelta(days=1)
    assert len(conferences.list(date_created_after=today, date_updated_before=tomorrow)) == 2
    assert conferences.list(date_created_before=today) == []


def test_a_participant_may_be_redirected_and_the_call_goes_on(line: Line) -> None:
    first, second, conference = meeting(line)
    line.client.calls(first.call_sid).update(url=line.url("/afterwards"))
    line.until(lambda: line.application.asked("/afterwards"))
    assert [one.call_sid for one in conference.participants.list()] == [second.call_sid]
    assert line.client.calls(first.call_sid).fetch().status == "in-progress"


@pytest.mark.parametrize("redirected_first", [True, False])
def test_removed_and_redirected_at_once_the_call_goes_where_it_is_sent(
    line: Line, redirected_first: bool
) -> None:
    call, other = line.call(), invite(line, B)
    conference = connected(line, call, other)
    participant = part(line, call.sid)
    wire, moved = participant.leg.life.line, Moved(Target(line.url("/elsewhere")))
    line.pages["/elsewhere"] = document("<Pause length='1000'/>")

    def at_once() -> None:
        steps = [lambda: wire.interrupt(moved), lambda: conference.kick(participant)]
        for step in steps if redirected_first else reversed(steps):
            step()

    soon(line, at_once)
    line.until(lambda: line.application.asked("/elsewhere"))
    began = line.board.clock.time()
    line.until(lambda: line.board.clock.time() > began + 10)
    assert line.client.calls(call.sid).fetch().status == "in-progress"


def test_removed_at_the_moment_of_the_start_a_call_goes_on(line: Line) -> None:
    call = line.call()
    conference = connected(line, call)
    participant = part(line, call.sid)

    def at_once() -> None:
        participant.begin()
        conference.kick(participant)

    soon(line, at_once)
    line.until(lambda: line.application.asked("/afterwards"))
    assert line.client.calls(call.sid).fetch().status == "in-progress"


def test_a_machine_is_detected_meanwhile(line: Line) -> None:
    found = invite(
        line, machine_detection="Enable", amd_status_callback=line.url("/amd"), status_callback=line.url("/s")
    )
    connected(line, found)
    line.until(lambda: line.application.asked("/amd"))
    assert line.application.asked("/amd")[0].form["CallSid"] == found.call_sid


def test_the_callers_number_may_be_another(line: Line) -> None:
    found = invite(line, caller_id="+861095511001")
    assert line.client.calls(found.call_sid).fetch()._from == "+861095511001"


def test_invitations_keep_the_calls_per_second(studio: Studio) -> None:
    line = studio(persona=STAYS, cps=0.1, speed=20)
    first, second = invite(line, A), invite(line, B)
    assert first.queue_time == "0"
    assert 500 < int(second.queue_time) <= 10_000


def test_a_conference_is_recorded_from_its_start_to_its_end_on_one_channel(line: Line) -> None:
    recorded = {
        "conference_record": "record-from-start",
        "conference_trim": "do-not-trim",
        "conference_recording_status_callback": line.url("/recorded"),
        "conference_recording_status_callback_event": ["in-progress", "completed"],
    }
    first, second = invite(line, A, **recorded), invite(line, B)
    connected(line, first, second)
    conference = line.client.conferences(first.conference_sid)
    (found,) = conference.recordings.list()
    assert (found.source, found.status, found.channels) == ("Conference", "in-progress", 1)
    assert found.conference_sid == first.conference_sid
    conference.update(status="completed")
    line.quiet()
    assert conference.recordings(found.sid).fetch().status == "completed"
    forms = [seen.form for seen in line.application.asked("/recorded")]
    assert [form["RecordingStatus"] for form in forms] == ["in-progress", "completed"]
    assert {form["ConferenceSid"] for form in forms} == {first.conference_sid}
    assert "CallSid" not in forms[0]
    assert line.http("GET", f"/2010-04-01/Accounts/{line.board.account.sid}/Recordings/{found.sid}.wav").ok
    assert line.client.recordings(found.sid).fetch().conference_sid == first.conference_sid
    assert conference.recordings(found.sid).delete()
    assert conference.recordings.list() == []


def test_a_recording_of_a_conference_is_what_all_hear_in_one_channel(line: Line) -> None:
    first, second = invite(line, A, conference_record="true"), invite(line, B)
    connected(line, first, second)
    line.client.conferences(first.conference_sid).update(status="completed")
    line.quiet()
    (tape,) = line.board.register.tapes()
    sources = {sounding.clip.source for _, sounding in tape.heard}
    assert "entering" in sources
    assert "music" not in sources
    address = f"/2010-04-01/Accounts/{line.board.account.sid}/Recordings/{tape.sid}.wav"
    samples, rate = soundfile.read(io.BytesIO(line.http("GET", address).content), dtype="int16")
    assert (samples.ndim, rate) == (1, 8000)
    assert np.abs(samples).max() > 1000


def test_a_recording_of_a_conference_is_paused_resumed_and_stopped(line: Line) -> None:
    first, second = invite(line, A, conference_record="true"), invite(line, B)
    connected(line, first, second)
    conference = line.client.conferences(first.conference_sid)
    current = conference.recordings("Twilio.CURRENT")
    assert current.update(status="paused", pause_behavior="silence").status == "paused"
    assert current.update(status="in-progress").status == "in-progress"
    assert current.update(status="stopped").status in ("stopped", "processing", "completed")
    assert refused(lambda: current.update(status="paused")) == (404, 20404)


def test_a_live_person_leaves_by_the_star_and_hears_nobody_any_more(line: Line) -> None:
    line.pages["/star"] = document(
        '<Dial hangupOnStar="true"><Conference>room</Conference></Dial>', "<Pause length='1000'/>"
    )
    other = invite(line, B)
    someone, call = live(line, "/star")
    conference = connected(line, call, other)
    soon(line, lambda: someone.press("1"))
    soon(line, lambda: someone.press("*"))
    line.until(lambda: call.sid not in conference.participants)
    assert line.client.calls(call.sid).fetch().status == "in-progress"


def test_words_of_a_live_person_reach_the_others(studio: Studio) -> None:
    line = studio(persona=person(rule("你好", hang_up=True), talks=(1e6, 1e6), greeting=()))
    line.pages["/voice"] = document("<Dial><Conference>room</Conference></Dial>")
    other = invite(line, B)
    someone, call = live(line)
    conference = connected(line, call, other)
    soon(line, lambda: someone.say("你好"))
    line.until(lambda: other.call_sid not in conference.participants)


def test_a_live_person_reads_what_the_others_say(studio: Studio) -> None:
    line = studio(persona=person(rule("请讲", say="我在"), talks=(1e6, 1e6), greeting=()))
    line.pages["/voice"] = document("<Dial><Conference>room</Conference></Dial>")
    line.pages["/say"] = document("<Say>请讲</Say>")
    captions: list[str] = []
    other = invite(line, B)
    someone, call = live(line)
    someone.on_caption = captions.append
    conference = connected(line, call, other)
    line.client.conferences(conference.sid).update(announce_url=line.url("/say"))
    line.until(lambda: captions == ["请讲", "我在"])


def test_live_people_hear_each_others_voices_until_one_is_muted(studio: Studio) -> None:
    line = studio(persona=STAYS, speed=1)
    line.pages["/voice"] = document("<Dial><Conference beep='false'>room</Conference></Dial>")
    (first, one), (second, other) = live(line), live(line)
    conference = connected(line, one, other)

    async def hears() -> bool:
        """Whether the second person hears the first, who speaks for a third of a second."""
        mixer, loudest, clock = Mixer(second.line), 0, line.board.clock
        before = clock.time()
        for _ in range(16):
            await asyncio.sleep(0.02)
            now = clock.time()
            first.push(np.full(round((now - before) * 8000), 5000, np.int16))
            loudest, before = max(loudest, int(np.abs(mixer.frame()).max())), now
        mixer.close()
        return loudest >= 5000

    def heard() -> bool:
        return asyncio.run_coroutine_threadsafe(hears(), line.loop).result(5)

    line.until(heard)
    line.client.conferences(conference.sid).participants(one.sid).update(muted=True)
    assert not heard()
    line.client.conferences(conference.sid).participants(one.sid).update(muted=False)
    line.until(heard)
