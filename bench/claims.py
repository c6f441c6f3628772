"""Claims per second, and what other writers wait, against a claim written the usual way.

    python -m bench.claims [--tasks 10000 --tasks 500000] [--dnc 5000000] [--rounds 5]

Databases are built in a temporary directory. One contact in twenty is on the do-not-call list and one in
twenty is not yet due; deadlines are days, and rise along the list with three days of scatter. The gate is the
dialer's own, with the profile `cn_life`. `usual` selects the next task from the same index with
`not exists (… dnc …)`, then writes with sqlite-utils, one transaction per claim.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from queue import Queue

from sqlite_utils import Database

from dialer.gate import Rules, decide
from dialer.profile import load_profile
from ledger import campaigns, connect, dnc, events, lists, migrate, transaction
from ledger.claims import Terms, claim
from ledger.records import ContactRow, TaskRow
from ledger.times import to_text
from tests.ledger_rows import Words, in_force

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CALLER = 95500
FIRST = 13_000_000_000 + 86 * 10**11
# Numbers of contacts lie between the forbidden ones, so that look-ups are spread over the whole table.
STEP = 100
BATCH = 200
PROCESSES = 8
FACTS = '{"holder_name":"王小明","holder_title":"先生","premium":"12000.00","product_type":"分红型"}'


@dataclass(frozen=True, slots=True)
class Rate:
    """Claims per second in each round, and the time of the processor in microseconds per claim."""

    per_second: list[float]
    cpu: list[float]

    def text(self) -> str:
        return f"{statistics.median(self.per_second):>9,.0f}/s {statistics.median(self.cpu):>8,.1f} µs"


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several processes did."""

    tasks: list[int]
    numbers: list[int]
    longest_wait: float


RULES = Rules(load_profile("cn_life"), "duty", CALLER, frozenset({CALLER}))
TERMS = Terms(1, NOW, TODAY, partial(decide, rules=RULES, now=NOW), CALLER, RULES.since(NOW))


def contacts(count: int) -> Iterator[ContactRow]:
    spread = 5_000_000 * STEP // count
    for row in range(count):
        number = FIRST + (row * 7919 % count) * spread // STEP * STEP + (0 if row % 20 == 3 else 1)
        due_from = NOW + timedelta(hours=3 if row % 20 == 7 else -24)
        due_by = NOW + timedelta(days=5 + row * 10 // count + row * 7919 % 3)
        yield ContactRow(row, f"P{row:09}", f"customer-{row}", FACTS, due_from, due_by, (number,))


def forbid(path: Path, count: int) -> float:
    """Import the do-not-call list; return the seconds it took."""
    started = time.perf_counter()
    with closing(connect(path)) as conn:
        numbers = range(FIRST, FIRST + 5_000_000 * STEP, 5_000_000 // count * STEP)
        dnc.import_many(conn, numbers, purpose="all", source="bench", now=NOW - timedelta(days=1))
    return time.perf_counter() - started


def fill(path: Path, count: int) -> None:
    """A running campaign with so many tasks."""
    with closing(connect(path)) as conn:
        with transaction(conn):
            list_id = lists.add_list(
                conn, kind="new_policy", name="bench", digest="bench", encoding="utf-8",
                rows=count, accepted=count, refused=0, now=NOW,
            )  # fmt: skip
            digest = in_force(conn, Words())
            campaign_id = campaigns.create(
                conn, name="bench", list_id=list_id, script_digest=digest, purpose="duty",
                from_number=CALLER, profile="", now=NOW,
            )  # fmt: skip
            campaigns.set_status(conn, campaign_id, "running", NOW)
        rows = contacts(count)
        while chunk := list(islice(rows, 10_000)):
            with transaction(conn):
                ids = lists.add_contacts(conn, list_id, chunk, NOW)
                tasks = (
                    TaskRow(i, "", row.due_from, row.due_by, NOW) for i, row in zip(ids, chunk, strict=True)
                )
                campaigns.add_tasks(conn, campaign_id, tasks)
        with transaction(conn):
            lists.lock(conn, list_id, NOW)
        conn.execute("pragma wal_checkpoint(truncate)")


def claim_some(conn: sqlite3.Connection, limit: int) -> int:
    return len(claim(conn, TERMS, limit))


def usual(conn: sqlite3.Connection, limit: int) -> int:
    """The claim one writes first: select, decide, update, with sqlite-utils."""
    db = Database(conn)
    with db.atomic():
        task = next(
            db.query(
                "select t.id, t.attempts, n.number from tasks t join numbers n on n.contact_id = t.contact_id"
                " where t.campaign_id = 1 and t.status = 'ready' and t.held = 0 and t.next_at <= ?"
                " and not exists (select 1 from dnc_numbers d where d.number = n.number)"
                " order by ifnull(t.due_by, '9999'), t.id limit 1",
                [to_text(NOW)],
            ),
            None,
        )
        if task is None:
            return 0
        at = to_text(NOW)
        db.table("tasks").update(task["id"], {"status": "leased", "attempts": task["attempts"] + 1})
        row = {"task_id": task["id"], "campaign_id": 1, "direction": "outbound", "to_number": task["number"]}
        made = db.table("calls").insert(row | {"from_number": CALLER, "status": "claimed", "claimed_at": at})
        decision = {
            "task_id": task["id"],
            "call_id": made.last_pk,
            "verdict": "allow",
            "rule": "",
            "version": "",
        }
        db.table("gate_decisions").insert(decision | {"at": at})
        events.append(conn, "claimed", {"task": task["id"]}, NOW)
    return 1


def measure(
    path: Path, way: Callable[[sqlite3.Connection, int], int], *, limit: int, calls: int, rounds: int
) -> Rate:
    rate = Rate([], [])
    with closing(connect(path)) as conn:
        way(conn, limit)
        for _ in range(rounds):
            started, cpu = time.perf_counter(), time.process_time()
            made = sum(way(conn, limit) for _ in range(calls))
            rate.per_second.append(made / (time.perf_counter() - started))
            rate.cpu.append((time.process_time() - cpu) / made * 1e6)
    return rate


def hammer(path: Path, limit: int, seconds: float, results: Queue[Share]) -> None:
    """Claim without pause; remember what was claimed and the longest time one claim took."""
    share_tasks, share_numbers, longest = [], [], 0.0
    with closing(connect(path)) as conn:
        until = time.monotonic() + seconds
        while (started := time.monotonic()) < until:
            made = claim(conn, TERMS, limit)
            longest = max(longest, time.monotonic() - started)
            share_tasks += [one.task_id for one in made]
            share_numbers += [one.to_number for one in made]
    results.put(Share(share_tasks, share_numbers, longest))


def together(path: Path, limit: int, seconds: float) -> str:
    """Eight processes at once: how many claims, none twice, none blocked, and the longest wait."""
    context = multiprocessing.get_context("spawn")
    results: Queue[Share] = context.Manager().Queue()
    workers = [context.Process(target=hammer, args=(path, limit, seconds, results)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    shares = [results.get() for _ in workers]
    tasks = [task for share in shares for task in share.tasks]
    numbers = [number for share in shares for number in share.numbers]
    with closing(connect(path)) as conn:
        listed = "select count(*) from dnc_numbers where number = ?"
        blocked = sum(conn.execute(listed, (number,)).fetchone()[0] for number in numbers)
    longest = max(share.longest_wait for share in shares) * 1000
    least, most = min(len(share.tasks) for share in shares), max(len(share.tasks) for share in shares)
    return (
        f"{len(tasks) / seconds:>9,.0f}/s, {len(tasks) - len(set(tasks))} claimed twice, {blocked} blocked,"
        f" longest wait {longest:.0f} ms, each process {least:,} to {most:,}"
    )


def run(folder: Path, base: Path, tasks: int, rounds: int) -> None:
    path = folder / f"{tasks}.db"
    shutil.copy(base, path)
    fill(path, tasks)
    single = min(500, tasks // 20 // rounds)
    batches = max(1, min(20, tasks // 3 // BATCH // rounds))
    one = measure(path, claim_some, limit=1, calls=single, rounds=rounds)
    many = measure(path, claim_some, limit=BATCH, calls=batches, rounds=rounds)
    slow = measure(path, usual, limit=1, calls=100, rounds=rounds)
    print(
        f"{tasks:>9,} tasks   one by one {one.text()}   by {BATCH} {many.text()}   usual {slow.text()}",
        flush=True,
    )
    for limit in (1, 10):
        print(f"{'':>9} {PROCESSES} processes by {limit:<3} {together(path, limit, 3.0)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tasks", type=int, action="append")
    parser.add_argument("--dnc", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, FULL")
    with tempfile.TemporaryDirectory(prefix="claims-") as name:
        base = Path(name) / "base.db"
        migrate(base)
        seconds = forbid(base, options.dnc)
        print(
            f"{options.dnc:,} do-not-call numbers imported in {seconds:.1f} s,"
            f" {base.stat().st_size >> 20} MiB"
        )
        for tasks in options.tasks or (10_000, 500_000):
            run(Path(name), base, tasks, options.rounds)


if __name__ == "__main__":
    main()
