"""A place where lines hear one another: two in a dialled call, many in a conference."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from exchange.clip import Clip
from exchange.leg import Leg
from exchange.sounding import Sounding, Tap
from exchange.tape import CUSTOMER, ROBOT


@dataclass(slots=True, eq=False)
class Member:
    """A line in a room: a coach is heard by one call only, who is on hold neither hears nor is heard."""

    room: Room
    leg: Leg
    muted: bool = False
    hold: bool = False
    coaches: str | None = None
    heard: dict[Sounding, Sounding] = field(default_factory=dict)

    @property
    def sid(self) -> str:
        """The SID of the member's call."""
        return self.leg.call.sid

    def start(self, channel: int, sounding: Sounding) -> None:
        """The member's far side is heard; everybody who may hear it does."""
        if channel == CUSTOMER:
            self.room.spoken(self, sounding)

    def hears(self, speaker: Member) -> bool:
        """Whether this member hears another one."""
        if speaker is self or speaker.muted or speaker.hold or self.hold:
            return False
        return speaker.coaches in (None, self.sid)

    def take(self, speaker: Member, sounding: Sounding) -> None:
        """Hears a sound from now on."""
        clock = self.leg.board.clock
        branch = sounding.branch(clock.time())
        self.heard[sounding] = branch
        self.leg.life.line.begin(ROBOT, branch)
        if sounding.words:
            left = sounding.moment + sounding.ends - clock.time()
            asyncio.get_running_loop().call_later(clock.real(left), self._understand, branch)

    def drop(self, sounding: Sounding) -> None:
        """Stops hearing a sound."""
        if branch := self.heard.pop(sounding, None):
            branch.cut(self.leg.board.clock.time())

    def _understand(self, branch: Sounding) -> None:
        listener = self.leg.life.listener
        if branch.whole and listener is not None:
            listener.hear(branch.words)
            self.leg.life.line.stir()


class Room:
    """Members, and tapes that record what all of them say."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self._tapes: list[Tap] = []

    def join(
        self, leg: Leg, *, muted: bool = False, hold: bool = False, coaches: str | None = None
    ) -> Member:
        """Puts a line into the room; it hears at once what is being said."""
        member = Member(self, leg, muted, hold, coaches)
        self.members[member.sid] = member
        for speaker, sounding in self._speaking():
            if member.hears(speaker):
                member.take(speaker, sounding)
        leg.life.line.tap(member)
        return member

    def leave(self, member: Member) -> None:
        """Takes a line out of the room; nothing happens to one that left before."""
        if self.members.get(member.sid) is not member:
            return
        del self.members[member.sid]
        member.leg.life.line.untap(member)
        for sounding in tuple(member.heard):
            member.drop(sounding)
        for other in self.members.values():
            for sounding in member.leg.life.line.running(CUSTOMER):
                other.drop(sounding)

    def change(
        self, member: Member, *, muted: bool | None = None, hold: bool | None = None, coaches: str | None = ""
    ) -> None:
        """Mutes, holds or lets coach from this moment on; what is not named stays (coaching: `""`)."""
        member.muted = member.muted if muted is None else muted
        member.hold = member.hold if hold is None else hold
        member.coaches = member.coaches if coaches == "" else coaches
        for speaker, sounding in self._speaking():
            for hearer in self.members.values():
                self._settle(speaker, hearer, sounding)

    def spoken(self, speaker: Member, sounding: Sounding) -> None:
        """Somebody in the room is heard."""
        now = speaker.leg.board.clock.time()
        for hearer in self.members.values():
            if hearer.hears(speaker):
                hearer.heard = {kept: branch for kept, branch in hearer.heard.items() if not kept.over(now)}
                hearer.take(speaker, sounding)
        if not (speaker.muted or speaker.hold or speaker.coaches):
            for tape in self._tapes:
                tape.start(CUSTOMER, sounding.branch(now))

    def announce(self, clip: Clip, words: str = "") -> None:
        """Plays a sound to everybody."""
        for member in self.members.values():
            member.leg.life.line.sound(ROBOT, clip, words)
        if self.members:
            clock = next(iter(self.members.values())).leg.board.clock
            for tape in self._tapes:
                tape.start(ROBOT, Sounding(clock.time(), clip, words))

    def record(self, tape: Tap) -> None:
        """Lets a tape hear everything that is said from now on."""
        self._tapes.append(tape)
        for speaker, sounding in self._speaking():
            if not (speaker.muted or speaker.hold or speaker.coaches):
                tape.start(CUSTOMER, sounding.branch(speaker.leg.board.clock.time()))

    def stop_recording(self, tape: Tap) -> None:
        """Undoes `record`."""
        if tape in self._tapes:
            self._tapes.remove(tape)

    def _settle(self, speaker: Member, hearer: Member, sounding: Sounding) -> None:
        hears, may = sounding in hearer.heard, hearer.hears(speaker)
        if may and not hears:
            hearer.take(speaker, sounding)
        elif hears and not may:
            hearer.drop(sounding)

    def _speaking(self) -> Iterator[tuple[Member, Sounding]]:
        for member in tuple(self.members.values()):
            for sounding in member.leg.life.line.running(CUSTOMER):
                yield member, sounding
