"""How agents, customers and supervisors meet: our documents and REST calls, live people on the exchange."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import closing

import pytest
import soundfile
from aiohttp import web
from exchange_person import Caller
from exchange_softphone import strongest
from exchange_studio import ACCOUNT, FROM, TO, Line, Page, Seen, Studio, document, person, rule
from exchange_studio import studio as studio

from dialer import wiring
from dialer.carrier import RECORDING_EVENTS, Carrier
from dialer.rooms import Listening, Participant, Rooms, room_of
from exchange.sound.tape import ROBOT
from ivr import room_twiml
from ivr.music import FILE

AGENT = 7
CALL = 5
STAYS = "<Pause length='1000'/>"
RATE = 8000


class Desk:
    """An exchange, an application that answers with our documents, and our carrier."""

    def __init__(self, line: Line) -> None:
        self.line, base = line, line.application.base
        self.carrier = Carrier(ACCOUNT.sid, ACCOUNT.auth_token, line.board.base_url, base)
        self.rooms = Rooms(self.carrier)
        self.people: list[Caller] = []
        pages: dict[str, Page] = {
            "/desk/leg": lambda seen: room_twiml.leg(base, AGENT, seen.form["CallSid"], "browser"),
            f"/calls/{CALL}/join": room_twiml.join(base, AGENT, CALL),
            f"/calls/{CALL}/alone": room_twiml.hold_words(base),
            f"/calls/{CALL}/left": document(STAYS),
            f"/calls/{CALL}/robot": document("<Say>请听完。</Say>", STAYS),
            f"/calls/{CALL}/hold": room_twiml.hold_words(base),
            room_twiml.MUSIC: lambda seen: web.Response(body=FILE.read_bytes(), content_type="audio/x-wav"),
        }
        line.pages.update(pages)

    def comes(self, path: str) -> Caller:
        caller = Caller(self.line, path)
        self.people.append(caller)
        self.line.until(lambda: caller.call.status == "in-progress")
        self.line.until(lambda: caller.person.stream)
        return caller

    def agent(self) -> Caller:
        caller = self.comes("/desk/leg")
        self.line.until(lambda: self.part(caller))
        return caller

    def customer(self) -> Caller:
        return self.comes(f"/calls/{CALL}/join")

    def supervisor(self, how: Listening, agent: Caller) -> Caller:
        self.line.pages["/supervise"] = lambda seen: room_twiml.supervise(
            self.line.application.base, AGENT, seen.form["CallSid"], how, agent.call.sid
        )
        return self.comes("/supervise")

    def room(self) -> str:
        found = self.rooms.find(room_of(AGENT))
        assert found is not None
        return found

    def part(self, caller: Caller) -> Participant | None:
        sid = self.rooms.find(room_of(AGENT))
        there = self.rooms.participants(sid) if sid else []
        return next((one for one in there if one.call_sid == caller.call.sid), None)

    def hear_each_other(self, *people: Caller) -> None:
        for one in people:
            self.hears(one, *(other for other in people if other is not one))

    def hears(self, one: Caller, *others: Caller) -> None:
        """Waits until exactly these voices are on somebody's line."""
        wanted = {other.call.sid for other in others}
        self.line.until(lambda: {other.call.sid for other in self.people if heard(one, other)} == wanted)

    def asked(self, path: str) -> list[Seen]:
        return self.line.application.asked(path)

    def told(self, event: str) -> list[dict[str, str]]:
        forms = [seen.form for seen in self.asked(f"/desk/room/{AGENT}")]
        return [form for form in forms if form["StatusCallbackEvent"] == f"participant-{event}"]


def heard(one: Caller, other: Caller) -> bool:
    stream = other.person.stream
    return any(stream and sounding.clip is stream.clip for sounding in one.person.line.running(ROBOT))


@pytest.fixture
def desk(studio: Studio) -> Desk:
    return Desk(studio(speed=20.0))


def test_a_customer_is_put_through_by_the_answer_to_the_own_webhook(desk: Desk) -> None:
    agent = desk.agent()
    customer = desk.customer()
    desk.hear_each_other(agent, customer)
    assert not desk.asked(f"/calls/{CALL}/alone")
    assert (part := desk.part(customer)) is not None
    assert (part.label, part.muted, part.held) == (room_twiml.CUSTOMER, False, False)


def test_the_next_customer_meets_the_agent_who_stayed(desk: Desk) -> None:
    agent = desk.agent()
    first = desk.customer()
    desk.hear_each_other(agent, first)
    first.hang_up()
    desk.hears(agent)
    desk.hear_each_other(agent, desk.customer())
    assert not desk.asked(f"/calls/{CALL}/alone")


def test_a_customer_without_an_agent_is_noticed_at_once_and_meets_the_one_who_comes(desk: Desk) -> None:
    customer = desk.customer()
    desk.line.until(lambda: desk.asked(f"/calls/{CALL}/alone"))
    assert desk.asked(f"/calls/{CALL}/alone")[0].form["CallSid"] == customer.call.sid
    desk.hear_each_other(desk.agent(), customer)


def test_a_second_customer_is_not_let_into_the_room(desk: Desk) -> None:
    agent, first = desk.agent(), desk.customer()
    desk.hear_each_other(agent, first)
    second = desk.customer()
    desk.line.until(lambda: desk.asked(f"/calls/{CALL}/left"))
    assert desk.asked(f"/calls/{CALL}/left")[0].form["CallSid"] == second.call.sid
    desk.hear_each_other(agent, first)


def test_a_customer_is_handed_to_the_robot_and_comes_back(desk: Desk) -> None:
    agent, customer = desk.agent(), desk.customer()
    desk.hear_each_other(agent, customer)
    assert desk.carrier.redirect(customer.call.sid, f"/calls/{CALL}/robot")
    desk.line.until(lambda: desk.asked(f"/calls/{CALL}/robot"))
    desk.hears(agent)
    assert desk.carrier.redirect(customer.call.sid, f"/calls/{CALL}/join")
    desk.hear_each_other(agent, customer)


def test_a_call_that_is_over_cannot_be_redirected_or_held(desk: Desk) -> None:
    agent, customer = desk.agent(), desk.customer()
    room = desk.room()
    customer.hang_up()
    desk.line.until(lambda: customer.call.over)
    desk.line.until(lambda: desk.part(customer) is None)
    assert not desk.carrier.redirect(customer.call.sid, f"/calls/{CALL}/robot")
    assert not desk.rooms.hold(room, customer.call.sid, True, f"/calls/{CALL}/hold")
    agent.hang_up()
    desk.line.quiet()
    assert desk.rooms.find(room_of(AGENT)) is None
    assert desk.rooms.participants(room) == []


def test_a_customer_on_hold_hears_music_and_nobody(desk: Desk) -> None:
    agent, customer = desk.agent(), desk.customer()
    desk.hear_each_other(agent, customer)
    assert desk.rooms.hold(desk.room(), customer.call.sid, True, f"/calls/{CALL}/hold")
    desk.hears(agent)
    desk.hears(customer)
    desk.line.until(lambda: desk.asked(room_twiml.MUSIC))
    assert desk.asked(f"/calls/{CALL}/hold")[0].method == "POST"
    assert (part := desk.part(customer)) is not None
    assert part.held
    assert desk.rooms.hold(desk.room(), customer.call.sid, False, f"/calls/{CALL}/hold")
    desk.hear_each_other(agent, customer)
    assert desk.line.codes() == []


def test_who_waits_hears_words_and_music_round_after_round_until_a_key(desk: Desk) -> None:
    words, path = ("前面还有两位。", "按一键由我们打给您。"), f"/calls/{CALL}/waiting"
    desk.line.pages[path] = room_twiml.waiting(
        desk.line.application.base, CALL, words, f"/calls/{CALL}/turns/4"
    )
    desk.line.pages[f"/calls/{CALL}/turns/4"] = document(STAYS)
    caller = desk.comes(path)
    desk.line.until(lambda: len(desk.asked(path)) == 3)
    first, second, third = (seen.at for seen in desk.asked(path))
    assert 20 < second - first < 40
    assert 20 < third - second < 40
    caller.wait(3.0)  # a key that is pressed before the document is there is lost
    caller.press("1")
    desk.line.until(lambda: desk.asked(f"/calls/{CALL}/turns/4"))
    assert desk.asked(f"/calls/{CALL}/turns/4")[0].form["Digits"] == "1"
    assert desk.line.codes() == []


def test_a_supervisor_listens_then_whispers_then_steps_in_and_is_put_out(desk: Desk) -> None:
    agent, customer = desk.agent(), desk.customer()
    desk.hear_each_other(agent, customer)
    supervisor = desk.supervisor(Listening.LISTEN, agent)
    desk.hears(supervisor, agent, customer)
    desk.hear_each_other(agent, customer)
    change = lambda how: desk.rooms.supervise(desk.room(), supervisor.call.sid, how, agent.call.sid)  # noqa: E731
    assert change(Listening.WHISPER)
    desk.hears(agent, customer, supervisor)
    desk.hears(customer, agent)
    assert change(Listening.STEP_IN)
    desk.hear_each_other(agent, customer, supervisor)
    assert change(Listening.LISTEN)
    desk.hears(customer, agent)
    assert desk.carrier.end(supervisor.call.sid)
    desk.hears(supervisor)


@pytest.mark.parametrize(
    ("how", "hears"),
    [(Listening.LISTEN, ()), (Listening.WHISPER, ("agent",)), (Listening.STEP_IN, ("agent", "customer"))],
)
def test_a_supervisor_enters_in_the_wanted_way(desk: Desk, how: Listening, hears: tuple[str, ...]) -> None:
    people = {"agent": desk.agent(), "customer": desk.customer()}
    supervisor = desk.supervisor(how, people["agent"])
    desk.hears(supervisor, *people.values())
    for name, one in people.items():
        desk.hears(
            one, *(other for other in people.values() if other is not one), *[supervisor] * (name in hears)
        )


def test_a_supervisor_cannot_whisper_to_an_agent_who_is_gone(desk: Desk) -> None:
    agent, customer = desk.agent(), desk.customer()
    desk.hear_each_other(agent, customer)
    agent.hang_up()
    desk.line.until(lambda: desk.part(agent) is None)
    supervisor = desk.supervisor(Listening.WHISPER, agent)
    desk.line.until(lambda: supervisor.call.over)


def test_an_agent_who_leaves_is_told_of_and_finds_the_customer_again(desk: Desk) -> None:
    agent, customer = desk.agent(), desk.customer()
    desk.hear_each_other(agent, customer)
    agent.hang_up()
    desk.line.until(lambda: desk.told("leave"))
    (gone,) = desk.told("leave")
    assert (gone["CallSid"], gone["ReasonParticipantLeft"]) == (agent.call.sid, "participant_hung_up")
    assert room_twiml.device_of(gone["ParticipantLabel"]) == "browser"
    assert not desk.asked(f"/calls/{CALL}/left")
    desk.hear_each_other(desk.agent(), customer)


def test_an_agent_may_stand_again_before_the_lost_line_is_given_up(desk: Desk) -> None:
    lost, customer = desk.agent(), desk.customer()
    desk.hear_each_other(lost, customer)
    desk.hears(desk.agent(), lost, customer)


def test_the_room_tells_who_joined_whoever_came_first(desk: Desk) -> None:
    customer, agent = desk.customer(), desk.agent()
    desk.line.until(lambda: len(desk.told("join")) == 2)
    assert [form["CallSid"] for form in desk.told("join")] == [customer.call.sid, agent.call.sid]


def test_browsers_are_answered_by_one_application_that_is_made_once(desk: Desk) -> None:
    first = wiring.application(desk.carrier)
    assert wiring.application(desk.carrier) == first
    (found,) = desk.line.client.applications.list()
    assert (found.sid, found.voice_url) == (first, desk.carrier.hook("/desk/leg"))
    assert found.status_callback == desk.carrier.hook("/desk/leg/status")


def test_a_recording_of_the_customers_call_holds_both_sides_across_all_rooms(desk: Desk) -> None:
    agent, customer = desk.agent(), desk.customer()
    desk.hear_each_other(agent, customer)
    recording = desk.line.client.calls(customer.call.sid).recordings.create(
        recording_channels="dual",
        recording_status_callback=desk.carrier.hook(f"/calls/{CALL}/recording"),
        recording_status_callback_event=RECORDING_EVENTS,
    )
    customer.speak(440.0, 3.0)
    agent.speak(660.0, 3.0)
    customer.hang_up()
    desk.line.until(lambda: len(desk.asked(f"/calls/{CALL}/recording")) == 2)
    done = desk.asked(f"/calls/{CALL}/recording")[-1].form
    assert (done["RecordingSid"], done["RecordingStatus"], done["RecordingChannels"]) == (
        recording.sid,
        "completed",
        "2",
    )
    assert tones(desk.line, done["RecordingSid"]) == (440, 660)


def test_the_recording_of_a_placed_call_holds_both_sides(studio: Studio) -> None:
    desk = Desk(studio(persona=person(rule("请讲", say="好的"), greeting=(), talks=(60.0, 60.0)), speed=20.0))
    agent = desk.agent()
    desk.line.pages[f"/calls/{CALL}/answered"] = desk.line.pages[f"/calls/{CALL}/join"]
    sid = desk.carrier.place(CALL, int(TO), int(FROM))
    desk.line.until(lambda: len(desk.told("join")) == 2)
    agent.speak(660.0, 3.0)
    agent.say("请讲")
    agent.wait(6.0)
    desk.carrier.end(sid)
    done: Callable[[], list[Seen]] = lambda: [  # noqa: E731
        one for one in desk.asked(f"/calls/{CALL}/recording") if one.form["RecordingStatus"] == "completed"
    ]
    desk.line.until(done)
    customer, robot = tones(desk.line, done()[0].form["RecordingSid"])
    assert robot == 660
    assert customer > 0


def tones(line: Line, recording: str) -> tuple[int, int]:
    """The strongest frequency of each channel of a recording: the called person's and ours."""
    path = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Recordings/{recording}.wav"
    with closing(io.BytesIO(line.http("GET", path).content)) as file:
        samples, rate = soundfile.read(file, dtype="int16")
    assert rate == RATE
    one, two = (round(strongest(samples[:, channel])) for channel in (0, 1))
    return one, two
