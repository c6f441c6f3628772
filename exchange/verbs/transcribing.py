"""The transcription a `<Record>` may ask for: made after the recording, and told to the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.account import sid
from exchange.calls import parameters
from exchange.calls.call import Life
from exchange.calls.post import sender_of
from exchange.calls.tapes import PROCESSING_SECONDS
from exchange.document import Element
from exchange.order import Target
from exchange.sound.tape import Tape
from exchange.speaking.transcripts import Transcription, transcribe
from exchange.verb import flag

if TYPE_CHECKING:
    from exchange.performance.session import Session


def is_asked(element: Element) -> bool:
    """Whether the recording is to be transcribed; naming a callback says so, too."""
    return flag(element, "transcribe", default=False) or bool(element.attributes.get("transcribeCallback"))


def order(element: Element, session: Session, tape: Tape) -> None:
    """Begins to transcribe a finished recording, if that was asked for and there is anything on it."""
    if not is_asked(element) or tape.error is not None:
        return
    url = element.attributes.get("transcribeCallback")
    now = session.board.clock.time()
    made = Transcription(sid("TR"), tape.sid, now, now, duration=tape.duration)
    tape.transcription = made
    callback = Target(session.resolve(url)) if url else None
    session.board.tasks.spawn(_write(session, session.leg.life, tape, made, callback))


async def _write(
    session: Session, life: Life, tape: Tape, made: Transcription, callback: Target | None
) -> None:
    board = session.board
    await board.clock.sleep(2 * PROCESSING_SECONDS)  # first the recording is processed
    made.text = await transcribe(tape, board.plan.ears)
    made.status, made.updated = ("completed" if made.text else "failed"), board.clock.time()
    if callback is not None:
        params = parameters.of_call(session.call, board.account)
        params += _result(session, tape, made)
        board.post.send_for(sender_of(session.call, life), "transcription", callback, params)


def _result(session: Session, tape: Tape, made: Transcription) -> list[tuple[str, str]]:
    board = session.board
    base = board.base_url + board.account.uri
    return [
        ("TranscriptionSid", made.sid),
        ("TranscriptionText", made.text),
        ("TranscriptionStatus", made.status),
        ("TranscriptionType", "fast"),
        ("TranscriptionUrl", f"{base}/Recordings/{tape.sid}/Transcriptions/{made.sid}"),
        ("RecordingSid", tape.sid),
        ("RecordingUrl", board.base_url + parameters.media_path(tape, board.account)),
    ]
