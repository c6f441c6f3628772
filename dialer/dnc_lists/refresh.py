"""External lists kept fresh: what is new is forbidden first, what has left the list ends last.

At no moment is less forbidden than what both versions forbid, and a version counts as fetched only when it is
wholly in force; so nothing is lost by a download, a program or a machine that stops half way.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event

import ledger
from dialer.beside import beside
from dialer.clock import Clock
from dialer.dnc_lists.config import External, read_config
from dialer.dnc_lists.delivery import Errand, deliver
from dialer.dnc_lists.numbers import read_numbers
from dialer.dnc_lists.rising import Spool, spooled
from dialer.errors import DialerError, DncListError
from ledger import LedgerError, dnc, dnc_lists
from ledger.dnc import Origin
from ledger.dnc_lists import DncList, Edition

CONFIG = "dnc.toml"
TICK = 1.0
"""How often, in real seconds, it is looked whether a list is due."""
AGAIN = timedelta(minutes=1)
"""After what failed, and the shortest time between two looks."""
GONE = "no longer on the list"
NEVER = Event()

log = logging.getLogger("huifang.dnc")


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of a list: numbers in it, forbidden anew, ended; or why it could not be had."""

    name: str
    changed: bool = False
    rows: int = 0
    added: int = 0
    ended: int = 0
    refused: int = 0
    problem: str = ""


def declared(conn: sqlite3.Connection, home: Path) -> tuple[External, ...]:
    """The lists of the home's dnc.toml, made known to the ledger, and so to the gate."""
    externals = read_config(home / CONFIG)
    wanted = [one.wanted for one in externals]
    if dnc_lists.required(conn) != set(wanted):
        with ledger.transaction(conn):
            dnc_lists.declare(conn, wanted)
    return externals


def refresh(
    conn: sqlite3.Connection,
    external: External,
    home: Path,
    now: datetime,
    *,
    stop: Event = NEVER,
    environ: Mapping[str, str] = os.environ,
) -> Refreshed:
    """Bring one list up to date; a failure is kept with the list and changes nothing else."""
    with alone(home):
        known = dnc_lists.named(conn, external.name)
        if known is None:
            raise DncListError(f'list "{external.name}": is not declared')
        try:
            with tempfile.TemporaryDirectory(prefix="dnc-", dir=home) as folder:
                errand = Errand(external, known, Path(folder) / "list", now, stop, environ)
                return brought(conn, errand)
        except DialerError as error:
            with ledger.transaction(conn):
                dnc_lists.failed(conn, known.list_id, str(error), now)
            return Refreshed(external.name, rows=known.rows, problem=str(error))


def brought(conn: sqlite3.Connection, errand: Errand) -> Refreshed:
    """Have it delivered and, if it has changed, put it into force."""
    known, external = errand.known, errand.external
    delivery = deliver(errand)
    if not delivery.changed:
        with ledger.transaction(conn):
            dnc_lists.current(conn, known.list_id, delivery.edition, errand.now)
        return Refreshed(known.name, rows=known.rows)
    bad = Counter[str]()
    numbers = read_numbers(
        errand.target,
        lambda line: bad.update(lines=1),
        encoding=external.encoding,
        column=external.column,
    )
    with spooled(numbers) as spool:
        if spool.count <= bad["lines"]:
            raise DncListError(f"{spool.count} numbers, {bad['lines']} lines without one: this is no list")
        edition = replace(delivery.edition, rows=spool.count, refused=bad["lines"])
        return put_in_force(conn, errand, spool, edition)


def put_in_force(conn: sqlite3.Connection, errand: Errand, spool: Spool, edition: Edition) -> Refreshed:
    """Add what is new, end what is gone, then call the version fetched; all in short transactions."""
    known, now = errand.known, errand.now
    source = f"list {known.name}"
    origin = Origin(source, known.purpose, known.scope, "external_list", list_id=known.list_id)
    added = ended = 0
    for new in dnc.import_sorted(conn, spool, origin, now):
        added += new
        proceed(errand.stop)
    for gone in dnc_lists.vanished(conn, known, spool):
        with ledger.transaction(conn):
            ended += dnc.revoke_all(conn, gone, now, reason=GONE, by=source)
        proceed(errand.stop)
    with ledger.transaction(conn):
        dnc_lists.switched(conn, known, edition, now)
    return Refreshed(known.name, True, spool.count, added, ended, edition.refused)


def proceed(stop: Event) -> None:
    """Give up when the program is to end; the next refresh begins again and writes only what is missing."""
    if stop.is_set():
        raise DncListError("the program ended before the list was in force")


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One refresh at a time among all processes; the system frees the lock of one that was killed."""
    with (home / "dnc.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_due(row: DncList, now: datetime) -> bool:
    """Whether to look again: four times within its greatest age; every minute where it is pressing."""
    checked = row.checked_at or row.fetched_at
    if checked is None:
        return True
    pressing = row.problem or row.stale(now)
    return now - checked >= (AGAIN if pressing else max(row.max_age / 4, AGAIN))


@contextmanager
def kept_fresh(database: Path, home: Path, clock: Clock) -> Iterator[None]:
    """Refresh in a thread of its own as long as the block lasts; the lists are known before it begins."""
    with closing(ledger.connect(database)) as conn:
        declared(conn, home)
    with beside("external lists", partial(keep_fresh, database, home, clock)):
        yield


def keep_fresh(database: Path, home: Path, clock: Clock, stop: Event) -> None:
    """Refresh what is due until `stop` is set."""
    with closing(ledger.connect(database)) as conn:
        while not stop.is_set():
            refresh_due(conn, home, clock, stop)
            stop.wait(TICK)


def refresh_due(conn: sqlite3.Connection, home: Path, clock: Clock, stop: Event) -> None:
    """One round; whatever fails, the lists that are not refreshed grow too old, and then nobody is called."""
    try:
        for external in declared(conn, home):
            row = dnc_lists.named(conn, external.name)
            if row and is_due(row, clock.now()) and not stop.is_set():
                done = refresh(conn, external, home, clock.now(), stop=stop)
                log.log(logging.WARNING if done.problem else logging.INFO, "external list refreshed",
                        extra={"kind": "failed" if done.problem else "done", "count": done.rows})  # fmt: skip
    except (DialerError, LedgerError, OSError, sqlite3.Error) as error:
        log.warning("external lists not refreshed", extra={"kind": type(error).__name__})
