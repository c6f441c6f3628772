"""Look-ups, claims and single entries beside do-not-call registers of very different size, in one run.

    python -m bench.dnc [--dnc 0 --dnc 10000 --dnc 1000000 --dnc 10000000] [--rounds 5]

A file of so many numbers in random order, one line in ten thousand bad, is imported as `huifang dnc
import` does; a second process claims meanwhile, one by one, and its longest wait is told. Then, in turns
so that the machine's mood hits all sizes alike: look-ups of the compact table (half of them hits),
claims by 200 of a campaign of 10,000 tasks with the dialer's gate, and single entries, each on disk
(`synchronous=FULL`). The baseline: the empty table.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Queue

from bench.claims import BATCH, NOW, claim_some, fill
from dialer.dnc_lists.numbers import read_numbers
from dialer.dnc_lists.rising import rising
from ledger import connect, dnc, migrate, transaction
from ledger.dnc import Origin

FIRST, RANGE = 13_000_000_000, 500_000_000
TASKS, LOOKUPS, SINGLES = 10_000, 20_000, 100
MEGA = 1 << 20


def write_numbers(path: Path, count: int) -> None:
    """Numbers over the whole range of the contacts, shuffled by blocks, as nobody sorts such files."""
    with path.open("w") as file:
        file.write("手机号码\n")
        for start in range(0, count, MEGA):
            block = list(range(start, min(count, start + MEGA)))
            random.Random(start).shuffle(block)
            file.writelines(f"{FIRST + RANGE // count * n}\n" if n % 10_000 else "nobody\n" for n in block)


def import_file(ledger: Path, file: Path) -> tuple[float, int]:
    """Seconds of the import, and how many numbers were new."""
    started = time.perf_counter()
    with closing(connect(ledger)) as conn:
        numbers = rising(read_numbers(file, lambda line: None))
        new = sum(dnc.import_sorted(conn, numbers, Origin("bench", "marketing"), NOW))
    return time.perf_counter() - started, new


def importing(ledger: Path, file: Path, results: Queue[tuple[float, int, int]]) -> None:
    """The import in a process of its own, with the memory it has taken at most."""
    seconds, new = import_file(ledger, file)
    results.put((seconds, new, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10))


def claiming(ledger: Path, over: Event, results: Queue[tuple[int, float]]) -> None:
    """Claim one by one until the import is over, or the tasks are; the longest wait of any."""
    made, longest = 0, 0.0
    with closing(connect(ledger)) as conn:
        claim_some(conn, 1)
        while not over.is_set():
            started = time.monotonic()
            made += claim_some(conn, 1)
            longest = max(longest, time.monotonic() - started)
            time.sleep(0.02)
    results.put((made, longest))


def build(folder: Path, count: int) -> Path:
    """A ledger with a running campaign and so many forbidden numbers, imported while it is dialed."""
    ledger, file = folder / f"{count}.db", folder / "numbers.csv"
    migrate(ledger)
    fill(ledger, TASKS)
    if not count:
        return ledger
    write_numbers(file, count)
    context = multiprocessing.get_context("spawn")
    manager = context.Manager()
    imports: Queue[tuple[float, int, int]] = manager.Queue()
    claims: Queue[tuple[int, float]] = manager.Queue()
    over = context.Event()
    works = [
        context.Process(target=importing, args=(ledger, file, imports)),
        context.Process(target=claiming, args=(ledger, over, claims)),
    ]
    for work in works:
        work.start()
    works[0].join()
    over.set()
    works[1].join()
    (seconds, new, mega), (made, longest) = imports.get(), claims.get()
    print(
        f"{count:>10,} lines imported in {seconds:.1f} s ({count / seconds:,.0f}/s), {new:,} new, at most"
        f" {mega} MiB; {made:,} claims beside it, longest wait {longest * 1000:.0f} ms;"
        f" ledger {ledger.stat().st_size >> 20:,} MiB",
        flush=True,
    )
    again, none = import_file(ledger, file) if count <= MEGA else (0.0, 0)
    if again:
        print(f"{'':>10} again in {again:.1f} s, {none} new", flush=True)
    file.unlink()
    return ledger


def lookups(conn: sqlite3.Connection, count: int, chance: random.Random) -> float:
    """Processor seconds for one look-up of the compact table, half of them hits."""
    step = RANGE // max(count, 1_000)
    numbers = [int(f"86{FIRST + chance.randrange(max(count, 1_000)) * step + n % 2}") for n in range(LOOKUPS)]
    started = time.process_time()
    for number in numbers:
        conn.execute("select exists (select 1 from dnc_numbers where number = ?)", (number,)).fetchone()
    return (time.process_time() - started) / LOOKUPS


def claims(conn: sqlite3.Connection) -> float:
    """Processor seconds for one claim, in a batch."""
    started = time.process_time()
    made = claim_some(conn, BATCH)
    return (time.process_time() - started) / max(made, 1)


def singles(conn: sqlite3.Connection, start: Iterator[int]) -> float:
    """Seconds for one entry, on disk when it returns."""
    started = time.perf_counter()
    for number, _ in zip(start, range(SINGLES), strict=False):
        with transaction(conn):
            dnc.add(
                conn, numbers=[number], customer_key="", purpose="all", scope="company", reason="asked",
                source="bench", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
            )  # fmt: skip
    return (time.perf_counter() - started) / SINGLES


def compare(ledgers: dict[int, Path], rounds: int) -> None:
    """All sizes in turns; the medians beside those of the empty table."""
    taken: dict[int, list[tuple[float, float, float]]] = {count: [] for count in ledgers}
    for turn in range(rounds + 1):
        for count, path in ledgers.items():
            chance, fresh = random.Random(turn), iter(range(9 * 10**12 + turn * SINGLES, 10**13))
            with closing(connect(path)) as conn:
                lookups(conn, count, chance)
                found = lookups(conn, count, chance), claims(conn), singles(conn, fresh)
            taken[count] += [found] if turn else []
    base = None
    for count, rows in taken.items():
        look, claim, single = (statistics.median(column) for column in zip(*rows, strict=True))
        base = base or (look, claim, single)
        print(
            f"{count:>10,} numbers: look-up {look * 1e6:6.2f} µs ({look / base[0]:.2f}), claim"
            f" {claim * 1e6:6.1f} µs ({claim / base[1]:.2f}), both of the processor; single entry on disk"
            f" {single * 1e3:5.2f} ms ({single / base[2]:.2f})",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--dnc", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, FULL")
    with tempfile.TemporaryDirectory(prefix="dnc-") as name:
        sizes = options.dnc or (0, 10_000, 1_000_000, 10_000_000)
        compare({count: build(Path(name), count) for count in sizes}, options.rounds)


if __name__ == "__main__":
    main()
