"""What a conference tells the application: https://www.twilio.com/docs/voice/twiml/conference#request-parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from exchange.calls.parameters import media_path, rfc2822, seconds
from exchange.calls.tapes import PROCESSING_SECONDS
from exchange.order import Target
from exchange.sound.clip import RATE
from exchange.sound.tape import Tape

if TYPE_CHECKING:
    from exchange.rooms.conference import Conference
    from exchange.rooms.participant import Participant

Params = Iterable[tuple[str, str]]

_HEADER_BYTES = 44  # of a WAV file

_KINDS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "participant-speech-start": "speaker",
    "participant-speech-stop": "speaker",
    "announcement-end": "announcement",
    "announcement-fail": "announcement",
}


def tell(
    conference: Conference, event: str, participant: Participant | None = None, more: Params = ()
) -> None:
    """Sends a callback of this event, if the first participant asked for it."""
    owner = conference.sid if participant is None else participant.sid
    conference.board.journal.note(owner, "conference", event=event, conference=conference.sid)
    callback = conference.callback
    if callback is None or _KINDS[event] not in callback.events:
        return
    params = [
        *_of_conference(conference),
        ("SequenceNumber", str(conference.sequence)),
        ("StatusCallbackEvent", event),
    ]
    conference.sequence += 1
    params += [*(of_participant(participant) if participant is not None else ()), *more]
    conference.board.post.send_for(conference.sender, "conference", callback.target, params)


def tell_of_recording(conference: Conference, tape: Tape, target: Target) -> None:
    """Sends what `eventCallbackUrl` is told, when the recording is processed."""
    board = conference.board
    params = [
        *_of_conference(conference),
        ("EventName", "conference-record-end"),
        ("RecordingUrl", board.base_url + media_path(tape, board.account)),
        ("Duration", seconds(tape)),
        ("RecordingFileSize", str(_HEADER_BYTES + 2 * round(tape.duration * RATE))),
    ]
    board.post.send_for(conference.sender, "conference", target, params, after=PROCESSING_SECONDS)


def _of_conference(conference: Conference) -> Params:
    yield "ConferenceSid", conference.sid
    yield "FriendlyName", conference.name
    yield "AccountSid", conference.board.account.sid
    yield "Timestamp", rfc2822(conference.board.clock.time())


def of_participant(participant: Participant) -> Params:
    """What is said of a participant."""
    entry = participant.entry
    yield "CallSid", participant.sid
    yield "Muted", _word(entry.muted)
    yield "Hold", _word(participant.hold)
    yield "Coaching", _word(entry.coaches is not None)
    if entry.coaches is not None:
        yield "CallSidToCoach", entry.coaches
    yield "EndConferenceOnExit", _word(entry.ends)
    yield "StartConferenceOnEnter", _word(entry.starts)
    if entry.label:
        yield "ParticipantLabel", entry.label


def _word(yes: bool) -> str:
    return "true" if yes else "false"
