"""Starting and stopping recordings, and telling the application about them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.account import Account, sid
from exchange.calls import parameters
from exchange.calls.call import Call
from exchange.calls.post import Post, Sender, Tasks, sender_of
from exchange.clock import Clock
from exchange.order import RecordingOrder
from exchange.register import Register
from exchange.sound.reel import MOST_BYTES, Reels
from exchange.sound.tape import CUSTOMER, ROBOT, Tape

if TYPE_CHECKING:
    from exchange.rooms.room import Room

PROCESSING_SECONDS = 1.0
"""From the end of a recording to its callback."""

_TRACKS = {"inbound": frozenset({CUSTOMER}), "outbound": frozenset({ROBOT})}
_BOTH = frozenset({CUSTOMER, ROBOT})
_SHORTEST = 0.1
_TOO_SHORT = 16101  # https://www.twilio.com/docs/api/errors/16101


@dataclass(frozen=True, slots=True)
class _Machine:
    """A tape that runs: what it was asked for, who is told, and how it is taken off the line."""

    tape: Tape
    order: RecordingOrder
    sender: Sender
    take_off: Callable[[Tape], None]


class Tapes:
    """The recording machines of the exchange."""

    def __init__(
        self, clock: Clock, account: Account, *, base_url: str, register: Register, post: Post, tasks: Tasks
    ) -> None:
        self._clock, self._account, self._base_url = clock, account, base_url
        self._register, self._post, self._tasks = register, post, tasks
        self._machines: dict[str, _Machine] = {}
        self._owned: dict[str, list[Tape]] = {}
        self._reels = Reels()

    def start(
        self, call: Call, source: str, order: RecordingOrder, tracks: frozenset[int] | None = None
    ) -> Tape:
        """Records the line of a running call from now on."""
        assert call.life is not None, "the call is over"
        line, wanted = call.life.line, tracks or _TRACKS.get(order.track, _BOTH)
        channels = order.channels if len(wanted) > 1 else 1
        now = self._clock.time()
        tape = Tape(sid("RE"), call.sid, now, source, channels, order.trims, wanted, updated=now)
        sender = sender_of(call, call.life)
        line.tap(tape)
        self._begin(_Machine(tape, order, sender, line.untap))
        return tape

    def start_room(
        self, room: Room, conference: Sender, call: Call, order: RecordingOrder, source: str = "Conference"
    ) -> Tape:
        """Records on one channel what is said to all in a conference; `call` is a participant's."""
        now = self._clock.time()
        tape = Tape(sid("RE"), call.sid, now, source, 1, order.trims, _BOTH, updated=now)
        tape.conference_sid = conference.sid
        room.record(tape)
        self._begin(_Machine(tape, order, conference, room.stop_recording))
        return tape

    def running(self, owner: str) -> list[Tape]:
        """The recordings of a call or a conference that run or pause, the newest first."""
        return self._owned.get(owner, [])[::-1]

    def pause(self, tape: Tape, *, skips: bool) -> None:
        """Records nothing until it is resumed; the pause is left out, or becomes silence."""
        tape.pause(self._clock.time(), skips=skips)

    def resume(self, tape: Tape) -> None:
        """Goes on after a pause."""
        tape.resume(self._clock.time())

    def stop(self, tape: Tape, *, needs_sound: bool = False, status: str = "processing") -> None:
        """Ends a recording; the callback follows when it is processed. The second time nothing happens.

        One that is too short is absent, and one on which nobody is heard if it `needs_sound`.
        """
        machine = self._take_off(tape)
        if machine is None:
            return
        tape.stop(self._clock.time())
        tape.status = status
        if tape.duration < _SHORTEST or (needs_sound and tape.silent):
            tape.error = _TOO_SHORT
        self._tasks.spawn(self._process(machine))

    def stop_all(self, owner: str) -> None:
        """Ends every recording of a call or a conference."""
        for tape in self.running(owner):
            self.stop(tape)

    def discard(self, tape: Tape) -> None:
        """Forgets a recording and its sound; one that runs ends without a callback."""
        self._take_off(tape)
        self._register.remove_tape(tape.sid)

    def close(self) -> None:
        """Deletes all live sound."""
        self._reels.close()

    def _begin(self, machine: _Machine) -> None:
        self._machines[machine.tape.sid] = machine
        self._owned.setdefault(machine.sender.sid, []).append(machine.tape)
        self._register.add_tape(machine.tape)
        self._tell(machine)

    def _take_off(self, tape: Tape) -> _Machine | None:
        machine = self._machines.pop(tape.sid, None)
        if machine is not None:
            machine.take_off(tape)
            owned = self._owned[machine.sender.sid]
            owned.remove(tape)
            if not owned:
                del self._owned[machine.sender.sid]
        return machine

    async def _process(self, machine: _Machine) -> None:
        tape = machine.tape
        await self._clock.sleep(PROCESSING_SECONDS)
        if tape.is_live:
            await asyncio.to_thread(tape.keep, self._reels.keep)
        while self._reels.bytes > MOST_BYTES and self._register.forget_a_tape():
            pass
        tape.status = "completed" if tape.error is None else "absent"
        tape.updated = self._clock.time()
        self._tell(machine)

    def _tell(self, machine: _Machine) -> None:
        tape, order = machine.tape, machine.order
        if order.callback is not None and tape.status in order.events:
            params = parameters.of_recording(tape, self._account, self._base_url)
            self._post.send_for(machine.sender, "recording", order.callback, params)
