"""Agents' own lines: who may stand in which room, and what follows when a line comes or goes."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

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
NEVER = datetime.min.replace(tzinfo=UTC)
PAUSE = timedelta(seconds=25)
"""Between two questions about the same line: every second round."""
MOST = 50
"""Questions of a round: with a round every 15 s a hundred lines are asked after in time."""


class Lines:
    """Agents' lines as the carrier tells of them; a lost or late webhook leaves no phantom in a room."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        conversation: Conversation,
        errands: Errands,
        from_number: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._conversation = conversation
        self._errands = errands
        self._from_number = from_number
        self._asked: dict[str, datetime] = {}
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
        """Ask the carrier for lines that are believed to stand, those not asked after for longest first.

        Returns how many had ended unheard. Hung up are a supervisor who stayed behind when the customer left,
        and who may stand in no room any more.
        """
        with self._store.read() as conn:
            found = {desk.leg_sid: desk.user_id for desk in desks.standing(conn) if desk.leg_sid}
            out = [leg_sid for leg_sid, user_id in found.items() if _enabled(conn, user_id) is None]
            behind = listens.behind(conn)
        for leg_sid in (*behind, *out):
            self._errands.drop(leg_sid)
        for leg_sid in out:
            self.gone(found.pop(leg_sid), leg_sid)
        self._asked = {leg_sid: at for leg_sid, at in self._asked.items() if leg_sid in found}
        over = [leg_sid for leg_sid in self._due(found) if self._is_over(leg_sid)]
        for leg_sid in over:
            self.gone(found[leg_sid], leg_sid)
        return len(over)

    def customer_left(self, user_id: int) -> None:
        """The customer has left the agent's room: who listened there may not hear the next one."""
        with self._store.read() as conn:
            found = listens.beside(conn, user_id)
        for leg_sid in found:
            self._errands.drop(leg_sid)

    def _due(self, standing: Collection[str]) -> Iterator[str]:
        """The lines to be asked after in this round; one counts as asked even if no answer comes."""
        now = self._clock.now()
        waiting = [leg_sid for leg_sid in standing if now - self._asked.get(leg_sid, NEVER) >= PAUSE]
        for leg_sid in sorted(waiting, key=lambda leg_sid: self._asked.get(leg_sid, NEVER))[:MOST]:
            self._asked[leg_sid] = now
            yield leg_sid

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
