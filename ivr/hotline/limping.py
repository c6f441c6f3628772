"""While the ledger cannot be written callers hear a short document, and a wish not to be called is taken.

After the first failure nobody waits for the ledger any more; a thread of its own asks every second whether it
writes again, and then applies the wishes that were taken.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

from ivr import twiml
from ivr.door import Form
from ledger import LedgerError, Writer, connect, wishes
from scripts import hearing

log = logging.getLogger(__name__)

BROKEN = (LedgerError, sqlite3.Error, OSError)
"""What a ledger that limps raises: locked, full, damaged, or on a disk that is gone."""
EVERY = 1.0
"""Real seconds between two looks at a ledger that limps, or at wishes that wait."""
STOP = "stop_calling"
EVERYWHERE, HERE = "8", "5"
"""The key that stops calls at every step, and the one that the short document offers."""

PATH = "/hotline/limping"
"""Where the answer to the short document goes."""

BUSY = (
    "您好，我是{company}的智能语音客服，现在的声音由人工智能合成。系统现在忙，暂时办不了业务。"
    "不想再接我们的电话，请按五，或者说不要再打。其他事情，请过几分钟再打，谢谢您。"
)
TAKEN = "已经登记，我们不会再打这个号码。再见。"
HIDDEN = "您的来电没有显示号码，登记不了，请用要登记的号码再打一次。再见。"
NOT_TAKEN = "抱歉，现在登记不了，请您过几分钟再打一次。再见。"
LATER = "系统还没有好，请您过几分钟再打。再见。"


class Limping:
    """Knows whether the ledger limps; speaks and takes wishes while it does."""

    def __init__(
        self,
        writer: Writer,
        database: Path,
        folder: Path,
        now: Callable[[], datetime],
        *,
        company: str,
        public_url: str,
    ) -> None:
        self._writer = writer
        self._database = database
        self._folder = folder
        self._now = now
        self._short = twiml.question(BUSY.format(company=company), f"{public_url}{PATH}")
        self._limps, self._stop = Event(), Event()
        wishes.prepare(folder)
        self._thread = Thread(target=self._watch, name="limping", daemon=True)
        self._thread.start()

    @property
    def limps(self) -> bool:
        """Whether the ledger could not be written lately."""
        return self._limps.is_set()

    def close(self) -> None:
        """Stop looking."""
        self._stop.set()
        self._thread.join()

    def failed(self) -> None:
        """The ledger did not take something: from now on nobody waits for it."""
        if not self._limps.is_set():
            log.error("the ledger limps")
            self._limps.set()

    def document(self) -> str:
        """What a caller hears whose call cannot be served."""
        return self._short

    def later(self) -> str:
        """What a caller hears at last."""
        return twiml.sentence(LATER)

    def instead(self, form: Form, sorry: str) -> str:
        """What is said in the middle of a call instead of its next turn: who called us can go on, or wish."""
        if self.heard(form):
            return self.take(form)
        return self._short if form.get("Direction") == "inbound" else twiml.sentence(sorry)

    def heard(self, form: Form) -> bool:
        """Whether the caller asks not to be called again, by key or in words."""
        if form.get("Digits") == EVERYWHERE:
            return True
        return hearing.understand(form.get("SpeechResult", ""), ()) == STOP

    def answer(self, form: Form, again: str) -> str:
        """What follows on the short document: the wish is taken, or the hotline is tried once more."""
        if form.get("Digits") == HERE or self.heard(form):
            return self.take(form)
        return self.later() if self.limps else twiml.elsewhere(again)

    def take(self, form: Form) -> str:
        """Keep the wish on disk, and say so only then."""
        number = customer(form)
        if not number:
            return twiml.sentence(HIDDEN)
        try:
            wishes.take(self._folder, number, form.get("CallSid", "")[:64], self._now())
        except OSError:
            log.exception("a wish not to be called could not be kept")
            return twiml.sentence(NOT_TAKEN)
        return twiml.sentence(TAKEN)

    def _watch(self) -> None:
        while not self._stop.wait(EVERY):
            self._look()

    def _look(self) -> None:
        try:
            if self._limps.is_set():
                self._writer.prove()
                self._limps.clear()
                log.warning("the ledger writes again")
            if wishes.waiting(self._folder):
                with closing(connect(self._database)) as conn:
                    applied = wishes.settle(conn, self._folder, self._now())
                log.info("wishes not to be called applied: %d", applied)
        except BROKEN:
            self._limps.set()
        except Exception:
            log.exception("the wishes not to be called could not be looked at")


def customer(form: Form) -> int:
    """The customer's number on a call in either direction; 0 where it is not shown."""
    return number_of(form, "To" if form.get("Direction", "").startswith("outbound") else "From")


def number_of(form: Form, name: str) -> int:
    """A number as the carrier writes it, as E.164 digits; 0 for anything else."""
    digits = form.get(name, "").removeprefix("+")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 15 else 0
