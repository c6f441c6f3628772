"""Rows per second of a list import, against one executemany of the same rows into the same tables.

python -m bench.imports [ROWS] [RUNS]
"""

from __future__ import annotations

import platform
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import ledger
from dialer.lists.check import Check
from dialer.lists.examine import Terms
from dialer.lists.importer import import_list
from dialer.lists.invent import invent
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from dialer.lists.source import open_source

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
TERMS = Terms(load_kind("new_policy"), load_products(), b"secret", NOW)
TABLES = ("contacts", "numbers", "list_errors")


def full(source: Path, database: Path) -> float:
    """Seconds to read, check and store the list."""
    ledger.migrate(database)
    with closing(ledger.connect(database)) as conn:
        begin = time.perf_counter()
        import_list(conn, source, TERMS)
        return time.perf_counter() - begin


def raw(imported: Path, database: Path) -> float:
    """Seconds to insert the very rows that the import stored, one executemany a table, one transaction."""
    with closing(sqlite3.connect(imported)) as old:
        rows = {table: old.execute(f"select * from {table}").fetchall() for table in TABLES}
        listed = old.execute("select * from lists").fetchone()
    ledger.migrate(database)
    with closing(ledger.connect(database)) as conn:
        insert(conn, "lists", [listed])
        begin = time.perf_counter()
        with ledger.transaction(conn):
            for table in TABLES:
                insert(conn, table, rows[table])
        return time.perf_counter() - begin


def insert(conn: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    """Insert complete rows."""
    if rows:
        conn.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)


def checked(source: Path) -> float:
    """Seconds to read and check the list without storing it."""
    begin = time.perf_counter()
    for _ in Check(TERMS, open_source(source)):
        pass
    return time.perf_counter() - begin


def measured(run: Callable[[Path], float], folder: Path, runs: int) -> float:
    """The median over some runs, each in a fresh database."""
    return statistics.median(run(folder / f"{run.__name__}-{number}.db") for number in range(runs))


def main() -> None:
    """Measure and print."""
    rows, runs = (int(given) for given in [*sys.argv[1:], *("50000", "3")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as name:
        folder, source = Path(name), Path(name) / "list.csv"
        source.write_bytes(invent(rows, 1))
        full(source, folder / "imported.db")

        def ours(database: Path) -> float:
            return full(source, database)

        def baseline(database: Path) -> float:
            return raw(folder / "imported.db", database)

        imported, inserted = measured(ours, folder, runs), measured(baseline, folder, runs)
        checking = statistics.median(checked(source) for _ in range(runs))
    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}")
    print(f"{rows} rows, median of {runs}")
    print(f"import      {rows / imported:10,.0f} rows/s")
    print(f"  checking  {rows / checking:10,.0f} rows/s")
    print(f"executemany {rows / inserted:10,.0f} rows/s")
    print(f"ratio       {imported / inserted:10.1f}")
    print(f"memory      {peak():10,.0f} MiB at most, the baseline's rows included")


def peak() -> float:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
