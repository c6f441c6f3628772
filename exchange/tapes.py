"""Starting and stopping recordings, and telling the application about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange import parameters
from exchange.account import Account, sid
from exchange.call import Call
from exchange.clock import Clock
from exchange.order import RecordingOrder
from exchange.post import Post, Sender
from exchange.register import Register
from exchange.tape import CUSTOMER, ROBOT, Tape

if TYPE_CHECKING:
    from exchange.room import Room

PROCESSING_SECONDS = 1.0
"""From the end of a recording to its callback."""

_TRACKS = {"inbound": frozenset({CUSTOMER}), "outbound": frozenset({ROBOT})}


class Tapes:
    """The recording machines of the exchange."""

    def __init__(
        self, clock: Clock, account: Account, *, base_url: str, register: Register, post: Post
    ) -> None:
        self._clock, self._account, self._base_url = clock, account, base_url
        self._register, self._post = register, post

    def start(
        self, call: Call, source: str, order: RecordingOrder, tracks: frozenset[int] | None = None
    ) -> Tape:
        """Records the call's line from now on."""
        wanted = tracks or _TRACKS.get(order.track, frozenset({CUSTOMER, ROBOT}))
        channels = order.channels if len(wanted) > 1 else 1
        now = self._clock.time()
        tape = Tape(sid("RE"), call.sid, now, source, channels, order.trims, wanted, updated=now)
        self._register.add_tape(tape)
        if call.life is not None:
            call.life.line.tap(tape)
        self._tell(call, tape, order, 0.0)
        return tape

    def stop(self, call: Call, tape: Tape, order: RecordingOrder, *, absent: bool = False) -> None:
        """Ends the recording; the callback follows when it is processed."""
        tape.stop(self._clock.time())
        if absent:
            tape.status = "absent"
        if call.life is not None:
            call.life.line.untap(tape)
        self._tell(call, tape, order, PROCESSING_SECONDS)

    def start_room(self, room: Room, conference: Sender, call: Call, order: RecordingOrder) -> Tape:
        """Records on one channel what is said to all in a conference; `call` is a participant's."""
        now = self._clock.time()
        tape = Tape(
            sid("RE"), call.sid, now, "Conference", 1, order.trims, frozenset({CUSTOMER}), updated=now
        )
        tape.conference_sid = conference.sid
        self._register.add_tape(tape)
        room.record(tape)
        self._tell_of_room(conference, tape, order, 0.0)
        return tape

    def stop_room(self, room: Room, conference: Sender, tape: Tape, order: RecordingOrder) -> None:
        """Ends the recording of a conference."""
        room.stop_recording(tape)
        if tape.ended is None:
            tape.stop(self._clock.time())
            self._tell_of_room(conference, tape, order, PROCESSING_SECONDS)

    def _tell_of_room(self, conference: Sender, tape: Tape, order: RecordingOrder, after: float) -> None:
        if order.callback is not None and tape.status in order.events:
            params = parameters.of_recording(tape, self._account, self._base_url)
            self._post.send_for(conference, "recording", order.callback, params, after=after)

    def _tell(self, call: Call, tape: Tape, order: RecordingOrder, after: float) -> None:
        if order.callback is not None and tape.status in order.events:
            params = parameters.of_recording(tape, self._account, self._base_url)
            self._post.send("recording", call, order.callback, params, after=after)
