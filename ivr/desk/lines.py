"""Agents' own lines: who may stand in which room, and what follows when a line comes or goes."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict

from dialer.refusals import CarrierError
from dialer.rooms import room_of
from ivr import room_twiml
from ivr.clock import Clock
from ivr.conversation import Conversation
from ivr.errands import Errands
from ivr.store import Store
from ledger import NotAllowed, desks, listens, people, state
from ledger.calls import ENDED
from ledger.listens import Listen
from ledger.people import User

REMEMBERED = 1000
"""Lines that ended: a late word that one of them joined is not believed."""


class Lines:
    """Agents' lines as the carrier tells of them; a lost or late webhook leaves no phantom in a room."""

    def __init__(
        self, store: Store, clock: Clock, conversation: Conversation, errands: Errands, from_number: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._conversation = conversation
        self._errands = errands
        self._from_number = from_number
        self._ended: OrderedDict[str, None] = OrderedDict()

    def may_stand(self, user_id: int) -> bool:
        """Whether this person is enabled and on shift."""
        with self._store.read() as conn:
            desk = desks.get(conn, user_id)
            return desk is not None and desk.state != desks.OFF and _enabled(conn, user_id) is not None

    def stands(self, user_id: int, leg_sid: str, room_sid: str, device: str) -> None:
        """The agent's line is in the own room: an older one is hung up, and callers who wait may come."""
        if leg_sid in self._ended:
            return
        now = self._clock.now()

        def work(conn: sqlite3.Connection) -> tuple[desks.Desk | None, str | None]:
            replaced = desks.leg(conn, user_id, leg_sid, room_sid, device, now)
            return desks.get(conn, user_id), replaced

        desk, replaced = self._store.write(work)
        if replaced:
            self._errands.drop(replaced)
        if desk is not None:
            self._comfort(desk, room_sid, False)
        self._conversation.serve()

    def gone(self, user_id: int, leg_sid: str) -> None:
        """The line has ended: an agent gets no new calls; a customer in the room hears music meanwhile."""
        self._ended[leg_sid] = None
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
        now = self._clock.now()

        def work(conn: sqlite3.Connection) -> desks.Desk | None:
            listens.left(conn, user_id, leg_sid, now)
            desk = desks.get(conn, user_id)
            return desk if desks.leg_lost(conn, user_id, leg_sid, now) else None

        desk = self._store.write(work)
        if desk is not None:
            self._comfort(desk, desk.room_sid, True)

    def confirm(self, user_id: int, leg_sid: str) -> None:
        """The page says that its line stands; where no webhook said so, the carrier is asked."""
        with self._store.read() as conn:
            desk = desks.get(conn, user_id)
        if desk is None or desk.leg_sid == leg_sid:
            return
        try:
            room_sid = self._errands.rooms.find(room_of(user_id))
            found = self._errands.rooms.participants(room_sid) if room_sid else []
        except CarrierError:
            return  # the page asks again
        for one in found:
            device = room_twiml.device_of(one.label)
            if room_sid and device and one.call_sid == leg_sid:
                self.stands(user_id, leg_sid, room_sid, device)

    def sweep(self) -> int:
        """Hang up the lines of people who may not stand any more, and ask the carrier for all others.

        Returns how many lines are gone: also those that had ended unheard.
        """
        with self._store.read() as conn:
            found = desks.standing(conn)
            out = {desk.user_id for desk in found if _enabled(conn, desk.user_id) is None}
        for desk in found:
            if desk.user_id in out and desk.leg_sid:
                self._errands.drop(desk.leg_sid)
        over = [one for one in found if one.leg_sid and (one.user_id in out or self._is_over(one.leg_sid))]
        for desk in over:
            self.gone(desk.user_id, desk.leg_sid or "")
        return len(over)

    def _is_over(self, leg_sid: str) -> bool:
        call = self._errands.carrier.fetch(leg_sid)
        return call is None or call.status in ENDED

    def elsewhere(self, user_id: int, leg_sid: str) -> bool:
        """Whether another place has taken the line over that this page lost."""
        with self._store.read() as conn:
            desk = desks.get(conn, user_id)
        return desk is not None and desk.leg_sid not in (None, leg_sid)

    def ring(self, user_id: int) -> None:
        """Ring the agent's desk phone, at the number that is on file and no other."""
        with self._store.read() as conn:
            user = _enabled(conn, user_id)
        if user is None or user.phone is None:
            raise NotAllowed("no_phone")
        if not self.may_stand(user_id):
            raise NotAllowed("signed_off")
        self._errands.ring(user_id, user.phone, self._from_number)

    def supervised(self, supervisor_id: int, leg_sid: str) -> Listen | None:
        """What the console noted that this supervisor may join; from now on this is the supervisor's line."""

        def work(conn: sqlite3.Connection) -> tuple[Listen | None, str | None]:
            replaced = listens.joined(conn, supervisor_id, leg_sid)
            return listens.get(conn, supervisor_id), replaced

        noted, replaced = self._store.write(work)
        if replaced:
            self._errands.drop(replaced)
        return noted

    def _comfort(self, desk: desks.Desk, room_sid: str | None, on: bool) -> None:
        """Let the customer of a lost line wait with words and music, or take the customer back."""
        if desk.state != desks.TALKING or desk.call_id is None or not room_sid:
            return
        with self._store.read() as conn:
            sid = state.read(conn, desk.call_id).carrier_sid
        if sid:
            self._errands.hold(desk.call_id, room_sid, sid, on)


def _enabled(conn: sqlite3.Connection, user_id: int) -> User | None:
    user = people.get(conn, user_id)
    return user if user and user.disabled_at is None and user.role in people.AT_DESKS else None
