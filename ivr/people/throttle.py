"""How often a log-in may fail: counted in the ledger, so that a restart gives nobody new attempts.

Names are counted alike whether they exist or not, so that a lock tells nobody which do.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address

from flask import request

from ivr.edge import store
from ivr.people.session import WATCH
from ledger import attempts
from ledger.attempts import Rule

LONGEST = timedelta(minutes=15)
PERSON = Rule(free=5, first=timedelta(seconds=30), longest=LONGEST, forget=timedelta(days=1))
PLACE = Rule(free=50, first=timedelta(seconds=30), longest=LONGEST, forget=timedelta(hours=1))
"""A whole call center may sit behind one address."""


def name_key(name: str, user_id: int | None) -> str:
    """What failures of a person are counted by."""
    return f"user:{user_id}" if user_id else f"name:{hashlib.sha256(name.encode()).hexdigest()}"


def code_key(user_id: int) -> str:
    """What wrong codes are counted by: apart from passwords, which a thief of one gets right each time."""
    return f"code:{user_id}"


def place_key() -> str:
    """What failures of an address are counted by; of a proxy on this machine, of the address it names."""
    here = request.remote_addr or ""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return f"address:{ip_address(told) if told and ip_address(here).is_loopback else here}"
    except ValueError:
        return f"address:{here}"


def minutes_locked(keys: Mapping[str, Rule]) -> int:
    """Count one attempt under each key before it is judged; not 0: none is judged for so many minutes."""
    now = WATCH.now()

    def write(conn: sqlite3.Connection) -> list[datetime | None]:
        return [attempts.begin(conn, key, rule, now) for key, rule in keys.items()]

    ends = [until for until in store().write(write) if until is not None]
    return -(-int((max(ends) - now).total_seconds()) // 60) if ends else 0
