"""Shipped scripts in force, by the way that every script takes."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from dialer import release
from ivr.hotline import reception
from tests.ledger_rows import officer

SPOKEN = ("new-contract", "survey", *reception.SPOKEN)
"""The scripts that tests talk with."""


def put_in_force(conn: sqlite3.Connection, now: datetime) -> None:
    """An officer of compliance answers for what tests say; in a transaction."""
    release.put_in_force(conn, SPOKEN, officer(conn), now)
