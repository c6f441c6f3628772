"""A conference: who is in it, when it starts and ends. https://www.twilio.com/docs/voice/twiml/conference"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.account import sid
from exchange.board import Board
from exchange.calls.post import Sender
from exchange.order import Target
from exchange.rooms.entry import Callback, Entry
from exchange.rooms.news import tell, tell_of_recording
from exchange.rooms.participant import Participant
from exchange.rooms.room import Member, Room
from exchange.sound import tones
from exchange.sound.sounding import Sounding
from exchange.sound.tape import Tape

if TYPE_CHECKING:
    from exchange.performance.session import Session

_REGION = "us1"

_ENDINGS = {
    "conference-ended-via-api": "The conference was ended by the REST API",
    "participant-with-end-conference-on-exit-left": "A participant with endConferenceOnExit left",
    "participant-with-end-conference-on-exit-kicked": "A participant with endConferenceOnExit was removed",
    "last-participant-left": "The last participant left",
    "last-participant-kicked": "The last participant was removed",
}


class Conference:
    """A named room; the first participant fixes who is told of what happens there."""

    def __init__(self, board: Board, name: str, first: Entry) -> None:
        now = board.clock.time()
        self.sid, self.board, self.name = sid("CF"), board, name
        self.created, self.updated = now, now
        self.status = "init"
        self.region = ""
        self.callback: Callback | None = first.callback
        self.sequence = 0
        self.sender = Sender(self.sid, name)
        self.participants: dict[str, Participant] = {}
        self.room = Room(self._spoken)
        self.reason: str | None = None
        self.ended_by: str | None = None
        self.asides: set[asyncio.Task[None]] = set()
        self.tape: Tape | None = None
        self._recorded: Target | None = None

    @property
    def over(self) -> bool:
        """Whether the conference has ended."""
        return self.status == "completed"

    def invite(self, session: Session, entry: Entry) -> Participant:
        """Keeps a place for a call, which may still ring."""
        now = self.board.clock.time()
        self.region = self.region or entry.region
        participant = self.participants[session.call.sid] = Participant(self, session, entry, now, now)
        return participant

    def connect(self, participant: Participant) -> None:
        """The participant's call is answered: he waits, or takes part at once."""
        if not participant.here:
            return
        participant.stop_ringing()
        participant.connected, participant.updated = True, self.board.clock.time()
        tell(self, "participant-join", participant)
        if self.status == "init" and self._may_start():
            self._start()
        elif self.status == "in-progress":
            self._admit(participant)
        else:
            participant.settle()
        if self.status == "in-progress" and participant.entry.beeps_on_enter:
            self.room.announce(tones.entering())

    def leave(self, participant: Participant, reason: str, status: str, *, kicked: bool = False) -> None:
        """Takes a participant out; nothing happens to one that left before."""
        if not participant.here:
            return
        del self.participants[participant.sid]
        participant.quiet()
        if participant.member is not None:
            self.room.leave(participant.member)
            if participant.entry.beeps_on_exit and not self.over:
                self.room.announce(tones.leaving())
        left = [("ParticipantCallStatus", status), ("ReasonParticipantLeft", reason)]
        tell(self, "participant-leave", participant, left)
        how = "kicked" if kicked else "left"
        if participant.connected and participant.entry.ends:
            self.end(f"participant-with-end-conference-on-exit-{how}", participant)
        elif not self.participants:
            self.end(f"last-participant-{how}", participant)

    def end(self, reason: str, by: Participant | None = None) -> None:
        """Ends the conference; whoever is left goes on with his own document."""
        if self.over:
            return
        self.status, self.reason, self.updated = "completed", reason, self.board.clock.time()
        self.ended_by = by.sid if by is not None else None
        self.board.conferences.close(self)
        self.board.tapes.stop_all(self.sid)
        if self.tape is not None and self._recorded is not None:
            tell_of_recording(self, self.tape, self._recorded)
        why = "moderator_ended_conference" if by is not None else "conference_ended_via_api"
        for participant in tuple(self.participants.values()):
            self.leave(participant, why, "in-progress" if participant.connected else "canceled")
            participant.dismiss()
        for task in self.asides:
            task.cancel()
        tell(self, "conference-end", None, self._ending(by))

    def kick(self, participant: Participant) -> None:
        """Removes a participant; his call goes on with its own document."""
        status = "in-progress" if participant.connected else "canceled"
        self.leave(participant, "participant_updated_via_api", status, kicked=True)
        participant.dismiss()

    def labelled(self, label: str) -> Participant | None:
        """The participant of this label."""
        return next((one for one in self.participants.values() if label and one.entry.label == label), None)

    def _may_start(self) -> bool:
        there = [one for one in self.participants.values() if one.connected]
        return len(there) >= 2 and any(one.entry.starts for one in there)

    def _start(self) -> None:
        self.status, self.updated = "in-progress", self.board.clock.time()
        for participant in tuple(self.participants.values()):
            if participant.connected:
                self._admit(participant)
                participant.begin()
        tell(self, "conference-start")

    def _admit(self, participant: Participant) -> None:
        entry = participant.entry
        participant.member = self.room.join(
            participant.leg, muted=entry.muted, hold=participant.hold, coaches=entry.coaches
        )
        participant.settle()
        if entry.recording is not None and self.tape is None:
            call, tapes = participant.leg.call, self.board.tapes
            self.tape = tapes.start_room(self.room, self.sender, call, entry.recording)
            self._recorded = entry.recorded

    def _ending(self, by: Participant | None) -> list[tuple[str, str]]:
        assert self.reason is not None, "the conference goes on"
        params = [("ReasonConferenceEnded", self.reason), ("Reason", _ENDINGS[self.reason])]
        if by is not None:
            params.append(("CallSidEndingConference", by.sid))
            if by.entry.label:
                params.append(("ParticipantLabelEndingConference", by.entry.label))
        return params

    def _spoken(self, member: Member, sounding: Sounding) -> None:
        """Tells when somebody who is heard begins and ends to speak, if that was asked for."""
        if not sounding.words or not member.audible:
            return
        if self.callback is None or "speaker" not in self.callback.events:
            return
        clock, loop = self.board.clock, asyncio.get_running_loop()
        now = clock.time()
        for event, moment in (
            ("participant-speech-start", sounding.moment + sounding.begins),
            ("participant-speech-stop", sounding.moment + sounding.ends),
        ):
            loop.call_later(clock.real(moment - now), self._tell_of_speech, event, member.sid)

    def _tell_of_speech(self, event: str, speaker: str) -> None:
        if (participant := self.participants.get(speaker)) is not None:
            tell(self, event, participant)
