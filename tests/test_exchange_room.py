"""Rooms: who hears whom, whatever happens in which order."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.calls.call import Call, Life
from exchange.calls.leg import Leg
from exchange.clock import Clock, running
from exchange.order import Order
from exchange.people.person import Person
from exchange.rooms.room import Member, Room
from exchange.sound import tones
from exchange.sound.clip import Clip
from exchange.sound.line import Line
from exchange.sound.sounding import Sounding
from exchange.sound.tape import CUSTOMER, ROBOT, Tape

NAMES = ("a", "b", "c", "d")
ENDLESS = Clip(math.inf, (), 0.0, "live")


@dataclass
class _Board:
    clock: Clock


def a_leg(name: str, clock: Clock) -> Leg:
    line = Line(clock)
    life = Life(line, listener=Person(line))
    call = Call(name, Order("", "", ""), "inbound", 0.0, life=life)
    return Leg(cast("Any", _Board(clock)), call, life)


@dataclass
class Scene:
    """A room and everybody who may come in, each of them speaking without end."""

    clock: Clock = field(default_factory=lambda: running(1.0))
    spoken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room = Room(lambda member, _: self.spoken.append(member.sid))
        self.legs = {name: a_leg(name, self.clock) for name in NAMES}
        self.voices = {name: self.speak(name) for name in NAMES}

    def speak(self, name: str) -> Sounding:
        return self.legs[name].life.line.sound(CUSTOMER, ENDLESS, f"words of {name}")

    def member(self, name: str) -> Member:
        return self.room.members[name]

    def hears(self, name: str) -> set[str]:
        """Whom somebody hears at this moment, as his line has it."""
        heard = self.legs[name].life.line.running(ROBOT)
        return {one.words.removeprefix("words of ") for one in heard}

    def living(self, name: str) -> int:
        """How many branches of somebody's voice are still heard by anybody."""
        now = self.clock.time()
        return sum(1 for branch in self.voices[name].branches or () if not branch.over(now))


def played(scenario: Callable[[Scene], None]) -> None:
    async def play() -> None:
        scenario(Scene())

    asyncio.run(play())


def test_members_hear_one_another_but_not_themselves() -> None:
    def scenario(scene: Scene) -> None:
        for name in "abc":
            scene.room.join(scene.legs[name])
        assert [scene.hears(name) for name in "abcd"] == [{"b", "c"}, {"a", "c"}, {"a", "b"}, set()]

    played(scenario)


def test_a_muted_member_is_heard_by_nobody_and_hears_all() -> None:
    def scenario(scene: Scene) -> None:
        scene.room.join(scene.legs["a"], muted=True)
        scene.room.join(scene.legs["b"])
        assert (scene.hears("a"), scene.hears("b")) == ({"b"}, set())

    played(scenario)


def test_a_member_on_hold_neither_hears_nor_is_heard() -> None:
    def scenario(scene: Scene) -> None:
        for name in "abc":
            scene.room.join(scene.legs[name])
        scene.room.change(scene.member("a"), hold=True)
        assert [scene.hears(name) for name in "abc"] == [set(), {"c"}, {"b"}]
        scene.room.change(scene.member("a"), hold=False)
        assert [scene.hears(name) for name in "abc"] == [{"b", "c"}, {"a", "c"}, {"a", "b"}]

    played(scenario)


def test_a_coach_is_heard_by_the_coached_alone_and_hears_all() -> None:
    def scenario(scene: Scene) -> None:
        scene.room.join(scene.legs["a"])
        scene.room.join(scene.legs["b"])
        scene.room.join(scene.legs["c"], coaches="a")
        assert [scene.hears(name) for name in "abc"] == [{"b", "c"}, {"a"}, {"a", "b"}]
        scene.room.change(scene.member("c"), coaches=None)
        assert scene.hears("b") == {"a", "c"}

    played(scenario)


def test_an_announcement_is_heard_by_all_who_are_not_on_hold() -> None:
    def scenario(scene: Scene) -> None:
        for name in "abc":
            scene.room.join(scene.legs[name])
        scene.room.change(scene.member("c"), hold=True)
        scene.room.announce(ENDLESS, "words of all")
        assert ["all" in scene.hears(name) for name in "abc"] == [True, True, False]
        scene.room.leave(scene.member("a"))
        assert scene.hears("a") == set()

    played(scenario)


def test_a_tape_hears_what_is_said_to_all_and_nothing_of_the_muted() -> None:
    def scenario(scene: Scene) -> None:
        tape = Tape("RE", "", scene.clock.time(), "Conference", 1, trims=False)
        for name in "abc":
            scene.room.join(scene.legs[name])
        scene.room.change(scene.member("c"), coaches="a")
        scene.room.record(tape)

        def on_tape() -> set[str]:
            now = scene.clock.time()
            return {one.words[-1] for _, one in tape.heard if not one.over(now)}

        assert on_tape() == {"a", "b"}
        scene.room.change(scene.member("a"), muted=True)
        assert on_tape() == {"b"}
        scene.room.change(scene.member("a"), muted=False)
        scene.room.leave(scene.member("b"))
        assert on_tape() == {"a"}
        scene.room.stop_recording(tape)
        assert on_tape() == set()

    played(scenario)


def test_who_speaks_is_told_once_for_each_sound() -> None:
    def scenario(scene: Scene) -> None:
        scene.room.join(scene.legs["a"])
        scene.room.join(scene.legs["b"])
        assert scene.spoken == ["a", "b"]
        scene.legs["a"].life.line.sound(CUSTOMER, tones.beep())
        scene.legs["d"].life.line.sound(CUSTOMER, tones.beep())
        assert scene.spoken == ["a", "b", "a"]

    played(scenario)


NAME = st.sampled_from(NAMES)
STEP = st.one_of(
    st.tuples(st.just("join"), NAME, st.booleans(), st.sampled_from((None, *NAMES))),
    st.tuples(st.just("leave"), NAME),
    st.tuples(st.just("mute"), NAME, st.booleans()),
    st.tuples(st.just("hold"), NAME, st.booleans()),
    st.tuples(st.just("coach"), NAME, st.sampled_from((None, *NAMES))),
)


@dataclass
class Known:
    """What a simple model knows of somebody in the room."""

    muted: bool = False
    hold: bool = False
    coaches: str | None = None


def expected(model: dict[str, Known], hearer: str) -> set[str]:
    if hearer not in model or model[hearer].hold:
        return set()
    return {
        name
        for name, one in model.items()
        if name != hearer and not one.muted and not one.hold and one.coaches in (None, hearer)
    }


def take(scene: Scene, model: dict[str, Known], step: tuple[Any, ...]) -> None:
    what, name, *rest = step
    if what == "join" and name not in model:
        model[name] = Known(muted=rest[0], coaches=rest[1])
        scene.room.join(scene.legs[name], muted=rest[0], coaches=rest[1])
    if name not in model or what == "join":
        return
    member, known = scene.member(name), model[name]
    if what == "leave":
        scene.room.leave(member)
        del model[name]
    elif what == "mute":
        known.muted = rest[0]
        scene.room.change(member, muted=rest[0])
    elif what == "hold":
        known.hold = rest[0]
        scene.room.change(member, hold=rest[0])
    else:
        known.coaches = rest[0]
        scene.room.change(member, coaches=rest[0])


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_whatever_happens_everybody_hears_whom_the_model_says(steps: list[tuple[Any, ...]]) -> None:
    def scenario(scene: Scene) -> None:
        model: dict[str, Known] = {}
        for step in steps:
            take(scene, model, step)
            heard = {name: scene.hears(name) for name in NAMES}
            assert heard == {name: expected(model, name) for name in NAMES}
            for name in NAMES:
                hearers = sum(1 for other in NAMES if name in heard[other])
                assert scene.living(name) == hearers, "a branch lives on that nobody hears"

    played(scenario)
