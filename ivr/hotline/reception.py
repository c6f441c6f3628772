"""Receives the calls that come in: opens each once, begins the hotline's script, notes its end."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from dialer.campaigns import keep_script
from dialer.carrier import RETRIED
from ivr import twiml
from ivr.conversation import Audio, Conversation
from ledger import Writer, inbound
from ledger.inbound import Arrival
from ledger.records import StatusUpdate
from scripts.load import library

SCRIPT = "hotline"
"""The script that answers."""


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
        """Return the first words; asked again, late or twice, the same ones."""
        call_id = self._opened(arrival)
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
        self._conversation.status(self._opened(arrival), update, audio)

    def _opened(self, arrival: Arrival) -> int:
        script, now = library()[SCRIPT], self.now()

        def work(conn: sqlite3.Connection) -> int:
            keep_script(conn, script, now)
            return inbound.opened(conn, arrival, script.digest, now)

        return self._writer.run(work)
