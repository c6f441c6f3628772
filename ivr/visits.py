"""Visits: whether each agent's customer is where the ledger has them, and whether their line is alive."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from dialer.refusals import CarrierError
from dialer.rooms import Participant, room_of
from ivr.clock import Clock
from ivr.conversation import Conversation
from ivr.errands import Errands
from ivr.last_word import LastWord
from ivr.store import Store
from ledger import crew
from ledger.crew import Table
from ledger.desks import TALKING

log = logging.getLogger(__name__)
T = TypeVar("T")

SETTLED = timedelta(seconds=15)
"""So long what was asked of the carrier may be on its way."""


class Visits:
    """Sets right what lost webhooks and failed errands left, by one or two questions to the carrier each."""

    def __init__(
        self, store: Store, clock: Clock, conversation: Conversation, errands: Errands, last_word: LastWord
    ) -> None:
        self._store = store
        self._clock = clock
        self._conversation = conversation
        self._errands = errands
        self._last_word = last_word

    def pay(self) -> None:
        """Look at every agent in a call, and fetch the customers of whom nobody takes care."""
        before = self._clock.now() - SETTLED
        with self._store.read() as conn:
            tables, forsaken = crew.in_call(conn, before=before), crew.forsaken(conn, before=before)
        for table in tables:
            self._carefully(self._look if table.state == TALKING else self._listen, table)
        for caller in forsaken:
            self._carefully(self._fetch, caller)

    def _carefully(self, visit: Callable[[T], None], to: T) -> None:
        """What fails at one call keeps from no other; a carrier that is down is asked at the next round."""
        try:
            visit(to)
        except CarrierError:
            raise
        except Exception:
            log.exception("a visit failed")

    def _listen(self, table: Table) -> None:
        """Whether the telephone that is being called for an agent still rings."""
        self._last_word.ask(table.call_id, table.carrier_sid)

    def _fetch(self, caller: tuple[int, str]) -> None:
        """Let a caller hear what is to be heard now: a promise, the queue, or an agent's room."""
        call_id, carrier_sid = caller
        self._conversation.now_heard("left", call_id)
        self._errands.redirect(call_id, carrier_sid)

    def _look(self, table: Table) -> None:
        """Fetch a customer who is not in the room; else hold or not, as the agent is there or not."""
        room_sid = self._errands.rooms.find(room_of(table.user_id))
        found = self._errands.rooms.participants(room_sid) if room_sid else []
        customer = next((one for one in found if one.call_sid == table.carrier_sid), None)
        if not table.has_line:
            self._conversation.now_heard("held", table.call_id)
        if customer is None or room_sid is None:
            self._errands.redirect(table.call_id, table.carrier_sid)
        else:
            self._hold(table, room_sid, customer)

    def _hold(self, table: Table, room_sid: str, customer: Participant) -> None:
        wanted = table.held or not table.has_line
        if customer.held != wanted:
            self._errands.hold(table.call_id, room_sid, customer.call_sid, wanted)
