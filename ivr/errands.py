"""Errands to the carrier: asked for in threads of their own, so that no webhook waits for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from dialer.carrier import Carrier
from dialer.refusals import CarrierError
from dialer.rooms import Rooms
from ledger import LedgerError

THREADS = 8
log = logging.getLogger(__name__)


class Errands:
    """What the web process asks of the carrier; a failed one is logged, because each has a second way.

    A redirected caller also asks every few seconds, a call that was not ended is found by the sweep. Where
    the carrier says that a call is over, `over` is told which: its callback was lost, or comes later.
    """

    def __init__(self, carrier: Carrier, over: Callable[[int, str], object]) -> None:
        self.carrier = carrier
        self._over = over
        self.rooms = Rooms(carrier)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="errand")

    def redirect(self, call_id: int, carrier_sid: str) -> None:
        """Let a caller hear what is to be heard now, at once."""
        self.lead(call_id, carrier_sid, f"/calls/{call_id}/waiting")

    def lead(self, call_id: int, carrier_sid: str, path: str) -> None:
        """Let a caller go on with the document at `path`."""
        self._try(call_id, carrier_sid, lambda: self.carrier.redirect(carrier_sid, path))

    def end(self, call_id: int, carrier_sid: str) -> None:
        """Hang up."""
        self._try(call_id, carrier_sid, lambda: self.carrier.end(carrier_sid))

    def hold(self, call_id: int, room_sid: str, carrier_sid: str, on: bool) -> None:
        """Put a customer on hold, or take the customer back."""
        self._send(call_id, lambda: self.rooms.hold(room_sid, carrier_sid, on, f"/calls/{call_id}/held"))

    def drop(self, leg_sid: str) -> None:
        """Hang up an agent's line that another one has replaced."""
        self._send(None, lambda: self.carrier.end(leg_sid))

    def ring(self, user_id: int, to_number: int, from_number: int) -> None:
        """Ring an agent's desk phone."""
        path = f"/desk/phone/{user_id}"
        self._send(None, lambda: self.carrier.ring_desk(to_number, from_number, path, f"{path}/status"))

    def close(self) -> None:
        """Finish what was begun."""
        self._pool.shutdown(wait=True)

    def _try(self, call_id: int, carrier_sid: str, errand: Callable[[], bool]) -> None:
        self._send(call_id, lambda: errand() or self._over(call_id, carrier_sid))

    def _send(self, call_id: int | None, errand: Callable[[], object]) -> None:
        self._pool.submit(_run, call_id, errand)


def _run(call_id: int | None, errand: Callable[[], object]) -> None:
    try:
        errand()
    except CarrierError as error:
        log.warning("errand failed", extra={"call_id": call_id, "kind": error.kind.value})
    except LedgerError:
        log.warning("the end of a call was not written", extra={"call_id": call_id})
