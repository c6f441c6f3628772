"""The last word of a call whose callbacks were lost, asked for as soon as anything shows that it is over."""

from __future__ import annotations

from dialer import farewell
from dialer.carrier import Carrier
from dialer.ending import Book
from ivr.clock import Clock
from ledger import Writer


class LastWord:
    """Ends calls in the ledger that the carrier has ended."""

    def __init__(self, writer: Writer, clock: Clock, book: Book, carrier: Carrier) -> None:
        self._writer = writer
        self._clock = clock
        self._book = book
        self._carrier = carrier

    def ask(self, call_id: int, carrier_sid: str) -> bool:
        """Ask the carrier after a call; True where it was over and the ledger did not know."""
        now = self._clock.now()
        found = farewell.ask(self._carrier, carrier_sid, now)
        if found is None:
            return False
        decide = self._book.decide(found.update.status, now)
        return self._writer.run(lambda conn: farewell.write(conn, call_id, found, now, decide))
