"""What the REST API does to a running conference: mutes, holds, changes and tells its participants things.

https://www.twilio.com/docs/voice/api/conference-participant-resource
"""

from __future__ import annotations

from dataclasses import replace

from exchange.errors import ExchangeError
from exchange.order import Target
from exchange.rooms.conference import Conference
from exchange.rooms.ear import ear_of
from exchange.rooms.entry import Entry
from exchange.rooms.news import tell
from exchange.rooms.participant import Participant
from exchange.rooms.stage import perform
from exchange.sound.sounding import Tap

_PLACE = "in an announcement"


def mute(participant: Participant, muted: bool) -> None:
    """Mutes a participant, or lets him be heard again."""
    if participant.entry.muted == muted:
        return
    participant.change(replace(participant.entry, muted=muted))
    if participant.member is not None:
        participant.conference.room.change(participant.member, muted=muted)
    tell(participant.conference, "participant-mute" if muted else "participant-unmute", participant)


def hold(participant: Participant, held: bool, music: Target | None) -> None:
    """Puts a participant on hold with this music, or takes him back."""
    changed = participant.hold != held
    participant.hold, participant.hold_with = held, music
    participant.change(participant.entry)
    if participant.member is not None:
        participant.conference.room.change(participant.member, hold=held)
    participant.settle()
    if changed:
        tell(participant.conference, "participant-hold" if held else "participant-unhold", participant)


def modify(participant: Participant, entry: Entry) -> None:
    """Changes whom a participant coaches, what he waits with and what his leaving does."""
    if entry == participant.entry:
        return
    participant.change(entry)
    if participant.member is not None:
        participant.conference.room.change(participant.member, coaches=entry.coaches)
    participant.settle()
    tell(participant.conference, "participant-modify", participant)


def announce(conference: Conference, document: Target) -> None:
    """Says something to everybody who is not on hold."""
    speaker = next(iter(conference.participants.values()), None)
    if speaker is not None:
        work = _announce(conference, speaker, document, conference.room, None)
        conference.asides.add(conference.board.tasks.spawn(work))


def announce_to(participant: Participant, document: Target) -> None:
    """Says something to one participant, who goes on hearing the others."""
    ear = ear_of(participant.leg)
    work = _announce(participant.conference, participant, document, ear, participant)
    task = participant.conference.board.tasks.spawn(work)
    task.add_done_callback(lambda _: ear.close())
    participant.asides.add(task)


async def _announce(
    conference: Conference, speaker: Participant, document: Target, audience: Tap, to: Participant | None
) -> None:
    event, more = "announcement-end", [("AnnounceUrl", document.url)]
    try:
        await perform(speaker.session, document, audience, _PLACE, speaker.params)
    except ExchangeError as error:
        event, more = "announcement-fail", [*more, ("ReasonAnnouncementFailed", str(error))]
    tell(conference, event, to, more)
