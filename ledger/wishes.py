"""Wishes not to be called that the ledger could not take: kept beside it, applied as soon as it writes.

One file of records of one length, made while there is room, so that a wish fits even on a full disk. A record
is whole or does not count: its checksum is written with it, and nobody is told "done" before it is on disk.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ledger import dnc
from ledger.connection import DEADLINE, transaction
from ledger.times import from_text, to_text

NAME = "journal"
RECORD = 256
"""Bytes of a record, with the line feed at its end."""
ROOM = 1024
"""Records that are made beforehand; more are appended while the disk has room."""
BLANK = b" " * (RECORD - 1) + b"\n"
SOURCE = "wish "
"""What the source of an entry begins with that came from here; the wish's own id follows."""
CALL = "select id from calls where carrier_sid = ?"
KNOWN = "select 1 from dnc where number = ? and source = ?"


@dataclass(frozen=True, slots=True)
class Wish:
    """A number that does not want to be called; `carrier_sid` names the call in which it was said."""

    wish_id: str
    number: int
    purpose: str
    carrier_sid: str
    at: datetime


def prepare(folder: Path) -> None:
    """Make the file with room for wishes, readable by the owner alone; what is in it stays."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(folder, os.O_RDWR | os.O_CREAT) as file:
        whole = os.fstat(file).st_size // RECORD
        if whole < ROOM:
            _write(file, whole, BLANK * (ROOM - whole))


def take(folder: Path, number: int, carrier_sid: str, now: datetime, purpose: str = "all") -> Wish:
    """Put a wish on disk; OSError when that is not possible, and then nothing may be confirmed.

    The same wish said again in one call is one wish.
    """
    with _held(folder, os.O_RDWR) as file:
        data = _read(file)
        for wish in _wishes(data):
            if (wish.number, wish.carrier_sid, wish.purpose) == (number, carrier_sid, purpose):
                return wish
        wish = Wish(secrets.token_hex(8), number, purpose, carrier_sid, now)
        _write(file, _free(data), _record(wish))
    return wish


def waiting(folder: Path) -> list[Wish]:
    """The wishes that the ledger does not know yet."""
    try:
        with _held(folder, os.O_RDONLY) as file:
            return list(_wishes(_read(file)))
    except FileNotFoundError:
        return []


def settle(conn: sqlite3.Connection, folder: Path, now: datetime, *, deadline: float = DEADLINE) -> int:
    """Apply what waits, in a transaction, and clear it; returns how many numbers were forbidden.

    Raises when the ledger cannot be written or the file cannot be read: then nobody may be called.
    """
    wishes = waiting(folder)
    if not wishes:
        return 0
    with transaction(conn, deadline=deadline):
        applied = sum(_apply(conn, wish, now) for wish in wishes)
    clear(folder, wishes)
    return applied


def clear(folder: Path, wishes: list[Wish]) -> None:
    """Make room again: these wishes stand in the ledger."""
    done = {wish.wish_id for wish in wishes}
    with _held(folder, os.O_RDWR) as file:
        data = _read(file)
        for at in range(0, len(data), RECORD):
            found = _parsed(data[at : at + RECORD])
            if found is not None and found.wish_id in done:
                _write(file, at // RECORD, BLANK)


def _apply(conn: sqlite3.Connection, wish: Wish, now: datetime) -> bool:
    """Forbid the number once: a process killed before it could clear the wish applies it again."""
    source = SOURCE + wish.wish_id
    if conn.execute(KNOWN, (wish.number, source)).fetchone():
        return False
    call = conn.execute(CALL, (wish.carrier_sid,)).fetchone()
    dnc.add(
        conn,
        numbers=[wish.number],
        customer_key="",
        purpose=wish.purpose,
        scope="company",
        reason="stop_calling",
        source=source,
        call_id=call[0] if call else None,
        starts_at=wish.at,
        ends_at=None,
        now=now,
    )
    return True


@contextmanager
def _held(folder: Path, flags: int) -> Iterator[int]:
    """The file, for this thread alone among those of all processes."""
    file = os.open(folder / NAME, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _read(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)


def _write(file: int, place: int, data: bytes) -> None:
    offset, view = place * RECORD, memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        offset, view = offset + written, view[written:]
    os.fsync(file)


def _free(data: bytes) -> int:
    """The place of the first record that is no wish: blank, or torn by a power cut and never confirmed."""
    whole = len(data) // RECORD
    return next((n for n in range(whole) if _parsed(data[n * RECORD : (n + 1) * RECORD]) is None), whole)


def _wishes(data: bytes) -> Iterator[Wish]:
    if not data.strip():
        return
    for at in range(0, len(data), RECORD):
        wish = _parsed(data[at : at + RECORD])
        if wish is not None:
            yield wish


def _record(wish: Wish) -> bytes:
    row = [wish.wish_id, wish.number, wish.purpose, wish.carrier_sid, to_text(wish.at)]
    text = json.dumps(row, separators=(",", ":")).encode()
    line = b"%08x %s" % (zlib.crc32(text), text)
    return line.ljust(RECORD - 1) + b"\n"


def _parsed(record: bytes) -> Wish | None:
    """The wish of a record, None for a blank or torn one."""
    if record.startswith(b" "):
        return None
    checksum, _, text = record.rstrip().partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    wish_id, number, purpose, carrier_sid, at = json.loads(text)
    return Wish(wish_id, number, purpose, carrier_sid, from_text(at))
