"""Receives the calls that come in: opens each once, begins the hotline's script, notes its end."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from dialer import callbacks
from dialer.carrier import RETRIED
from ivr import twiml
from ivr.conversation import Audio, Conversation
from ivr.hotline.leading_on import LEADS
from ledger import Writer, inbound, script_life, state
from ledger.inbound import Arrival
from ledger.records import StatusUpdate

SCRIPT = "hotline"
"""The script that answers."""
SPOKEN = (SCRIPT, callbacks.SCRIPT, *LEADS.values())
"""The scripts of the hotline: what answers, what keeps its promises, what it goes on in."""


class NothingToSay(Exception):
    """No version of the hotline's script is in force; `known`: the caller heard so before in this call."""

    def __init__(self, *, known: bool) -> None:
        super().__init__()
        self.known = known


def lacking(conn: sqlite3.Connection) -> list[str]:
    """The scripts of the hotline of which no version is in force."""
    return [name for name in SPOKEN if script_life.active(conn, name) is None]


class Reception:
    """Shared by the threads of the web process, like the conversation that it begins."""

    def __init__(self, writer: Writer, conversation: Conversation, public_url: str) -> None:
        self._writer = writer
        self._conversation = conversation
        self._public_url = public_url

    def now(self) -> datetime:
        """Return the time of the shared clock."""
        return self._conversation.now()

    def arrive(self, arrival: Arrival) -> str:
        """Return the first words; asked again, late or twice, the same ones.

        Where no script is in force, the call is known all the same, and NothingToSay raised.
        """
        call_id, script, known = self._opened(arrival)
        if not script:
            raise NothingToSay(known=known)
        document = self._conversation.answered(call_id, arrival.carrier_sid)
        return twiml.recorded(document, f"{self._public_url}/calls/{call_id}/recording{RETRIED}")

    def again(self, arrival: Arrival) -> str:
        """Return the latest words of a call, or the first of one that the ledger has not heard of."""
        call_id = self._writer.run(lambda conn: inbound.of_carrier(conn, arrival.carrier_sid))
        if call_id is None:
            return self.arrive(arrival)
        return self._conversation.now_heard("waiting", call_id)

    def ended(self, arrival: Arrival, update: StatusUpdate, audio: Audio | None) -> None:
        """Take note of a status; a call whose first webhook was lost is known by its end at least."""
        self._conversation.status(self._opened(arrival)[0], update, audio)

    def _opened(self, arrival: Arrival) -> tuple[int, str, bool]:
        """The call, the digest of its script, and whether it was known before."""
        now = self.now()

        def work(conn: sqlite3.Connection) -> tuple[int, str, bool]:
            known = inbound.of_carrier(conn, arrival.carrier_sid) is not None
            script = script_life.active(conn, SCRIPT)
            call_id = inbound.opened(conn, arrival, script.digest if script else "", now)
            return call_id, state.read(conn, call_id).state.script_digest, known

        return self._writer.run(work)
