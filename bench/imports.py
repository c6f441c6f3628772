"""Rows per second and memory of a list import, against one executemany of the same rows into the same tables.

python -m bench.imports [ROWS] [RUNS]
"""

from __future__ import annotations

import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import ledger
from dialer.lists.check import Check
from dialer.lists.clerks import clerks_for
from dialer.lists.examine import Terms
from dialer.lists.importer import import_list
from dialer.lists.invent import invent
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from dialer.lists.source import open_source

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
TERMS = Terms(load_kind("new_policy"), load_products(), b"secret", NOW)
TABLES = ("contacts", "numbers", "list_errors")
PART = 20_000


def write(path: Path, rows: int) -> None:
    """Invent a list part by part, each with policy numbers of its own."""
    with path.open("wb") as file:
        for number, first in enumerate(range(0, rows, PART)):
            header, _, body = invent(min(PART, rows - first), number).decode("gb18030").partition("\n")
            text = body if number else f"{header}\n{body}"
            file.write(text.replace("P2026", f"P{3000 + number}").encode("gb18030"))


def full(source: Path, database: Path) -> float:
    """Seconds to read, check and store the list."""
    ledger.migrate(database)
    with closing(ledger.connect(database)) as conn:
        begin = time.perf_counter()
        import_list(conn, source, TERMS)
        return time.perf_counter() - begin


def raw(imported: Path, database: Path) -> float:
    """Seconds to insert the very rows that the import stored, in one transaction; reading is not counted."""
    ledger.migrate(database)
    with closing(sqlite3.connect(imported)) as old, closing(ledger.connect(database)) as conn:
        insert(conn, "lists", [old.execute("select * from lists").fetchone()])
        with ledger.transaction(conn):
            seconds = sum(copied(old, conn, table) for table in TABLES)
            begin = time.perf_counter()
        return seconds + time.perf_counter() - begin


def copied(old: sqlite3.Connection, conn: sqlite3.Connection, table: str) -> float:
    """Seconds to insert the rows of one table."""
    rows, seconds = old.execute(f"select * from {table}"), 0.0
    while part := rows.fetchmany(PART):
        begin = time.perf_counter()
        insert(conn, table, part)
        seconds += time.perf_counter() - begin
    return seconds


def insert(conn: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    """Insert complete rows."""
    conn.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)


def checked(source: Path) -> float:
    """Seconds to read and check the list without storing it."""
    begin = time.perf_counter()
    for _ in Check(TERMS, open_source(source)):
        pass
    return time.perf_counter() - begin


def apart(source: Path, database: Path) -> tuple[float, float, float]:
    """Seconds of an import in a process of its own, and its memory and that of its largest clerk."""
    command = [sys.executable, "-m", "bench.imports", "--one", str(source), str(database)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, own, clerk = map(float, told.split())
    return seconds, own, clerk


def peak(who: int) -> float:
    """The most memory that a process has held, in MiB."""
    return resource.getrusage(who).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--one"]:
        seconds = full(Path(sys.argv[2]), Path(sys.argv[3]))
        print(seconds, peak(resource.RUSAGE_SELF), peak(resource.RUSAGE_CHILDREN))
        return
    rows, runs = (int(given) for given in [*sys.argv[1:], *("100000", "3")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as name:
        folder, source = Path(name), Path(name) / "list.csv"
        write(source, rows)
        ours, theirs = [], []
        for number in range(runs):  # side by side, as the machine is never the same for long
            ours.append(apart(source, folder / f"import-{number}.db"))
            theirs.append(raw(folder / "import-0.db", folder / f"raw-{number}.db"))
            (folder / f"raw-{number}.db").unlink()
        checking = checked(source)
        clerks = clerks_for(source.stat().st_size)
    imported, inserted = statistics.median(one[0] for one in ours), statistics.median(theirs)
    ratios = [own[0] / other for own, other in zip(ours, theirs, strict=True)]
    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}")
    print(f"{rows} rows, median of {runs}, {clerks} processes beside the import")
    print(f"import      {rows / imported:10,.0f} rows/s")
    print(f"  checking  {rows / checking:10,.0f} rows/s")
    print(f"executemany {rows / inserted:10,.0f} rows/s")
    print(f"ratio       {statistics.median(ratios):10.1f}")
    print(f"memory      {max(one[1] for one in ours):10,.0f} MiB")
    print(f"  a clerk   {max(one[2] for one in ours):10,.0f} MiB")


if __name__ == "__main__":
    main()
