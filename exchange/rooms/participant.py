"""Somebody in a conference, from the invitation or the first ring to his leaving."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Never

from exchange.calls.leg import Leg
from exchange.calls.mingle import OnKey, mingle, no_key
from exchange.order import Target
from exchange.rooms.entry import MUSIC, Entry
from exchange.rooms.news import of_participant
from exchange.rooms.room import Member
from exchange.rooms.stage import Background
from exchange.sound import tones
from exchange.sound.line import HungUp, Moved, Roused, Summoned
from exchange.sound.sounding import Sounding
from exchange.sound.tape import CUSTOMER

if TYPE_CHECKING:
    from exchange.performance.session import Session
    from exchange.rooms.conference import Conference


@dataclass(slots=True, eq=False)
class Participant:
    """A call's part in a conference; `entry` changes with what the REST API asks for."""

    conference: Conference
    session: Session
    entry: Entry
    created: float
    updated: float
    hold: bool = False
    hold_with: Target | None = MUSIC
    connected: bool = False
    outcome: str = "answered"
    member: Member | None = None
    background: Background | None = None
    ringing: Sounding | None = None
    asides: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def leg(self) -> Leg:
        """The participant's call with the switchboard."""
        return self.session.leg

    @property
    def sid(self) -> str:
        """The SID of the participant's call."""
        return self.leg.call.sid

    @property
    def status(self) -> str:
        """How far the participant's call is."""
        call = self.leg.call
        if call.over:
            return "complete" if call.status == "completed" else "failed"
        if call.status == "queued":
            return "queued" if call.started is None else "connecting"
        return "ringing" if call.status == "ringing" else "connected"

    def settle(self) -> None:
        """Plays what the participant should hear alone now: on hold, in waiting, or nothing."""
        document = self._alone()
        if self.background is not None:
            if self.background.document == document:
                return
            self.background.stop()
        self.background = None
        if document is not None:
            place = "in hold music" if self.hold else "in a waitUrl"
            self.background = Background(
                self.session, document, place=place, params=self.params, failed=self._unplayed
            )

    def change(self, entry: Entry) -> None:
        """Something about the participant is different from now on."""
        self.entry, self.updated = entry, self.conference.board.clock.time()

    def ring(self) -> None:
        """Lets the conference hear that the call rings, until it is answered or given up."""
        self.ringing = Sounding(self.conference.board.clock.time(), tones.RINGING)
        self.conference.room.start(CUSTOMER, self.ringing)

    def stop_ringing(self) -> None:
        """The call rings no more."""
        if self.ringing is not None:
            self.ringing.cut(self.conference.board.clock.time())

    def quiet(self) -> None:
        """Stops what is heard of the participant's ringing, and what he hears alone."""
        self.stop_ringing()
        for task in self.asides:
            task.cancel()
        if self.background is not None:
            self.background.stop()
            self.background = None

    @property
    def here(self) -> bool:
        """Whether the participant has not left."""
        return self.conference.participants.get(self.sid) is self

    def begin(self) -> None:
        """The conference starts after waiting."""
        self.leg.life.line.interrupt(Roused("the conference starts"))

    def dismiss(self) -> None:
        """Sends the call on its way; one that nobody answered yet is given up."""
        line = self.leg.life.line
        if self.connected:
            line.interrupt(Summoned("the conference is over"))
        else:
            line.interrupt(HungUp("canceled" if self.leg.call.answered is None else "completed"))

    def _alone(self) -> Target | None:
        if not self.connected:
            return None
        if self.hold:
            return self.hold_with
        return self.entry.wait if self.member is None else None

    def params(self) -> list[tuple[str, str]]:
        """What a request for a document he hears says of his part; that it names the call is known."""
        conference = self.conference
        mine = [(name, value) for name, value in of_participant(self) if name != "CallSid"]
        return [("ConferenceSid", conference.sid), ("FriendlyName", conference.name), *mine]

    def _unplayed(self) -> None:
        """Without its `waitUrl` a conference is not established for the one who waits."""
        if not self.hold and self.member is None:
            self.outcome = "failed"
            self.conference.leave(self, "participant_add_failed", "in-progress")
            self.dismiss()


async def attend(participant: Participant, on_key: OnKey = no_key) -> str:
    """Takes part until somebody ends that; gives `answered`, or `failed` if it never began."""
    conference, line = participant.conference, participant.leg.life.line
    try:
        conference.connect(participant)
        await _stay(participant, on_key)
    except Summoned:
        conference.leave(participant, "participant_hung_up", "in-progress")
    except Moved:
        conference.leave(participant, "participant_updated_via_api", "in-progress")
        raise
    finally:
        conference.leave(participant, "participant_hung_up", "completed")
        line.unsummon()
    return participant.outcome


async def _stay(participant: Participant, on_key: OnKey) -> Never:
    """Waits without end, and from the start of the conference on as long as a conversation lasts."""
    while True:
        try:
            patience = math.inf if participant.member is None else None
            await mingle(participant.leg, on_key, patience=patience)
        except Roused:
            if not participant.here:
                raise
