"""A place where lines hear one another: two in a dialled call, many in a conference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange.calls.leg import Leg
from exchange.rooms.ear import Ear, ear_of
from exchange.sound.clip import Clip
from exchange.sound.sounding import Sounding, Tap
from exchange.sound.tape import CUSTOMER


@dataclass(slots=True, eq=False)
class Member:
    """A line in a room: a coach is heard by one call only, who is on hold neither hears nor is heard."""

    room: Room
    leg: Leg
    ear: Ear
    muted: bool = False
    hold: bool = False
    coaches: str | None = None

    @property
    def sid(self) -> str:
        """The SID of the member's call."""
        return self.leg.call.sid

    @property
    def audible(self) -> bool:
        """Whether anybody hears this member."""
        return not (self.muted or self.hold)

    def start(self, channel: int, sounding: Sounding) -> None:
        """The member's far side is heard; everybody who may hear it does."""
        if channel == CUSTOMER:
            self.room.spoken(self, sounding)

    def hears(self, speaker: Member | None) -> bool:
        """Whether this member hears another one, or with None what is announced to all."""
        if self.hold or speaker is self:
            return False
        return speaker is None or (speaker.audible and speaker.coaches in (None, self.sid))


def _recorded(speaker: Member | None) -> bool:
    return speaker is None or (speaker.audible and speaker.coaches is None)


def _unnoticed(speaker: Member, sounding: Sounding) -> None:
    """Nobody wants to know who speaks."""


class Room:
    """Members, and tapes that record what all of them hear; `on_spoken` is told who speaks."""

    def __init__(self, on_spoken: Callable[[Member, Sounding], None] = _unnoticed) -> None:
        self.members: dict[str, Member] = {}
        self._tapes: dict[Tap, Ear] = {}
        self._announced: list[Sounding] = []
        self._on_spoken = on_spoken

    def join(
        self, leg: Leg, *, muted: bool = False, hold: bool = False, coaches: str | None = None
    ) -> Member:
        """Puts a line into the room; it hears at once what is being said."""
        member = Member(self, leg, ear_of(leg), muted, hold, coaches)
        self.members[member.sid] = member
        for speaker, sounding in self._sounding():
            member.ear.settle(sounding, hears=member.hears(speaker))
        leg.life.line.tap(member)
        return member

    def leave(self, member: Member) -> None:
        """Takes a line out of the room; nothing happens to one that left before."""
        if self.members.get(member.sid) is not member:
            return
        del self.members[member.sid]
        member.leg.life.line.untap(member)
        member.ear.close()
        for sounding in member.leg.life.line.running(CUSTOMER):
            for ear, _ in self._ears():
                ear.settle(sounding, hears=False)

    def change(
        self, member: Member, *, muted: bool | None = None, hold: bool | None = None, coaches: str | None = ""
    ) -> None:
        """Mutes, holds or lets coach from this moment on; what is not named stays (coaching: `""`)."""
        member.muted = member.muted if muted is None else muted
        member.hold = member.hold if hold is None else hold
        member.coaches = member.coaches if coaches == "" else coaches
        for speaker, sounding in self._sounding():
            self._settle(speaker, sounding)

    def spoken(self, speaker: Member, sounding: Sounding) -> None:
        """Somebody in the room is heard."""
        self._begin(speaker, sounding)
        self._on_spoken(speaker, sounding)

    def start(self, channel: int, sounding: Sounding) -> None:
        """A sound begins on a line whose tap the room is: everybody who is not on hold hears it."""
        if sounding.clip.source == "silence" or not self.members:
            return
        now = next(iter(self.members.values())).leg.board.clock.time()
        self._announced = [*(one for one in self._announced if not one.over(now)), sounding]
        self._begin(None, sounding)

    def announce(self, clip: Clip, words: str = "") -> None:
        """Plays a sound to everybody who is not on hold."""
        if self.members:
            clock = next(iter(self.members.values())).leg.board.clock
            self.start(CUSTOMER, Sounding(clock.time(), clip, words))

    def record(self, tape: Tap) -> None:
        """Lets a tape hear from now on what is said to all; somebody must be in the room."""
        clock = next(iter(self.members.values())).leg.board.clock
        ear = self._tapes[tape] = Ear(clock, lambda branch: tape.start(CUSTOMER, branch))
        for speaker, sounding in self._sounding():
            ear.settle(sounding, hears=_recorded(speaker))

    def stop_recording(self, tape: Tap) -> None:
        """Undoes `record`."""
        if ear := self._tapes.pop(tape, None):
            ear.close()

    def _ears(self) -> Iterator[tuple[Ear, Callable[[Member | None], bool]]]:
        for member in tuple(self.members.values()):
            yield member.ear, member.hears
        for ear in tuple(self._tapes.values()):
            yield ear, _recorded

    def _begin(self, speaker: Member | None, sounding: Sounding) -> None:
        for ear, hears in self._ears():
            if hears(speaker):
                ear.take(sounding, sounding.moment)

    def _settle(self, speaker: Member | None, sounding: Sounding) -> None:
        for ear, hears in self._ears():
            ear.settle(sounding, hears=hears(speaker))

    def _sounding(self) -> Iterator[tuple[Member | None, Sounding]]:
        for member in tuple(self.members.values()):
            for sounding in member.leg.life.line.running(CUSTOMER):
                yield member, sounding
        for sounding in tuple(self._announced):
            yield None, sounding
