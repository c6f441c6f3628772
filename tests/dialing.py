"""A ledger with a running campaign, a clock that runs fast, and the decisions a dialer needs."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import ledger
from dialer.ending import Book
from dialer.loop import Orders
from dialer.pacing import Pace
from dialer.profile import load_profile
from dialer.rulebook import Callers
from ledger.claims import Terms, claim
from ledger.records import Claimed
from scripts.load import load
from tests.ledger_rows import DIGEST, HOTLINE, NOW, TODAY, allow, campaign, contact

SCRIPT = load(Path(__file__).parent / "data" / "small_talk.toml")
BOOK = Book({DIGEST: SCRIPT}.get, lambda campaign_id: load_profile("cn_life"))


@dataclass(frozen=True, slots=True)
class FastClock:
    """Shows `start` at the real moment `anchor` and runs `speed` times as fast."""

    speed: float = 60.0
    start: datetime = NOW
    anchor: float = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.speed * (time.time() - self.anchor))

    def sleep(self, seconds: float, stop: Event) -> None:
        stop.wait(seconds / self.speed)


def started(speed: float = 60.0) -> FastClock:
    return FastClock(speed, NOW, time.time())


def database(folder: Path, contacts: int = 1, *, numbers: int = 1) -> Path:
    """A ledger with one running campaign of so many contacts, each with so many numbers."""
    path = folder / "huifang.db"
    ledger.migrate(path)
    with closing(ledger.connect(path)) as conn:
        rows = [
            contact(row, numbers=[8613800000000 + row + 1000000 * n for n in range(numbers)])
            for row in range(1, contacts + 1)
        ]
        campaign(conn, rows)
        conn.execute("update campaigns set profile = 'cn_life'")
    return path


def orders(path: Path, *, per_second: float = 50.0, lines: int = 1000, book: Book = BOOK) -> Orders:
    return Orders(path, Pace(per_second, lines), Callers(frozenset({HOTLINE})), book)


def claimed(conn: sqlite3.Connection, now: datetime = NOW) -> Claimed:
    """The one task of the campaign as a call."""
    (call,) = claim(conn, Terms(1, now, TODAY, allow, HOTLINE), limit=1)
    return call


def row(conn: sqlite3.Connection, table: str, row_id: int = 1) -> sqlite3.Row:
    """A row of a table by the names of its columns."""
    cursor = conn.execute(f"select * from {table} where id = ?", (row_id,))
    cursor.row_factory = sqlite3.Row
    found: sqlite3.Row = cursor.fetchone()
    return found
