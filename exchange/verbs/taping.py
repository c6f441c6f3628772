"""How verbs ask for recordings, and the recording of a `<Dial>`.

https://www.twilio.com/docs/voice/twiml/dial#record
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from exchange.calls.parameters import media_path, seconds
from exchange.document import Element
from exchange.order import RecordingOrder, Target
from exchange.sound.tape import Tape
from exchange.verb import Params, method

if TYPE_CHECKING:
    from exchange.performance.session import Session

_RECORD = re.compile(r"true|record-from-(?P<moment>answer|ringing)(?P<dual>-dual)?")


def recording_order(
    element: Element, session: Session, *, trims: bool, channels: int = 1, track: str = "both"
) -> RecordingOrder:
    """The attributes every recording verb has; `trims` is what holds when nothing is said."""
    url = element.attributes.get("recordingStatusCallback", "").strip()
    how = method(element, "recordingStatusCallbackMethod")
    return RecordingOrder(
        channels=channels,
        track=track,
        trims={"trim-silence": True, "do-not-trim": False}.get(element.attributes.get("trim", ""), trims),
        callback=Target(session.resolve(url), how) if url else None,
        events=frozenset(element.attributes.get("recordingStatusCallbackEvent", "completed").split()),
    )


class DialTape:
    """The recording of one `<Dial>`, on the line of the call that dials: he first, what he hears second."""

    def __init__(self, dial: Element, session: Session) -> None:
        self._session = session
        self._wanted = _RECORD.fullmatch(dial.attributes.get("record", ""))
        self._order = recording_order(
            dial,
            session,
            trims=False,
            channels=2 if self._wanted and self._wanted["dual"] else 1,
            track=dial.attributes.get("recordingTrack", "both"),
        )
        self._tape: Tape | None = None

    def rings(self) -> None:
        """Others are rung: `record-from-ringing` begins here."""
        if self._wanted and self._wanted["moment"] == "ringing":
            self._start()

    def connects(self) -> None:
        """The parties hear one another: every other kind begins here."""
        if self._wanted and self._tape is None:
            self._start()

    def ends(self) -> Params:
        """Stops; gives what the action URL is told of it."""
        if self._tape is None:
            return ()
        board = self._session.board
        board.tapes.stop(self._tape)
        return (
            ("RecordingUrl", board.base_url + media_path(self._tape, board.account)),
            ("RecordingSid", self._tape.sid),
            ("RecordingDuration", seconds(self._tape)),
        )

    def _start(self) -> None:
        call = self._session.call
        self._tape = self._session.board.tapes.start(call, "DialVerb", self._order)
        if call.tape is None:  # the call's last status callback names it
            call.tape = self._tape
