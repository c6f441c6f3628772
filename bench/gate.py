"""What the gate costs for one task: the decision, and reading what it decides by.

    python -m bench.gate [--tasks 10000] [--rounds 7]

Each is taken in turns with what one would write first: for the decision, an if-chain over a row for this one
profile, and a gate with no rules at all; for reading, the same three tables joined without a look at earlier
calls, calls in progress and the do-not-call register. Processor time of one thread, medians of the rounds.
The ledger is that of bench.claims, with 100,000 do-not-call numbers.
"""

from __future__ import annotations

import argparse
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from bench.claims import CALLER, NOW, RULES, TODAY, fill, forbid
from dialer.calendar import LOCAL
from dialer.gate import decide
from ledger import connect, migrate, waiting
from ledger.claim_facts import Asked
from ledger.records import Action, ClaimFacts, DncEntry, PastCall, Verdict

DECISIONS = 20_000
ALLOW = Verdict(Action.ALLOW, "", "1")
JOIN = """
select t.id, t.contact_id, n.number, k.customer_key, t.missing, t.attempts, t.attempts_today,
  t.last_attempt_at, t.due_from, t.due_by
from tasks t join contacts k on k.id = t.contact_id
  left join numbers n on n.contact_id = t.contact_id and n.position = t.number_position
where t.campaign_id = 1 and t.status = 'ready'
"""
FIRST = ClaimFacts(
    1, 1, 8613812345678, "k", "", 0, 0, None, NOW - timedelta(days=1), NOW + timedelta(days=5),
    in_progress=False, script_in_force=True, script_filed=False, list_locked=True,
)  # fmt: skip
YESTERDAY = NOW - timedelta(days=1)
PAST = tuple(PastCall(YESTERDAY - timedelta(days=n), "NOT_COMPLETED", False, False) for n in range(3))
CASES = {
    "first call": FIRST,
    "fourth attempt": replace(FIRST, attempts=3, last_attempt_at=YESTERDAY, past=PAST),
    "marketing block": replace(FIRST, dnc=(DncEntry("marketing", "customer", YESTERDAY, None, ""),)),
    "blocked": replace(FIRST, dnc=(DncEntry("all", "customer", YESTERDAY, None, ""),)),
}


def gate(facts: ClaimFacts) -> Verdict:
    """The dialer's own."""
    return decide(facts, rules=RULES, now=NOW)


def chain(facts: ClaimFacts) -> Verdict:
    """One profile's rules written down as they come to mind: one zone, no versions, no calendar."""
    here = NOW.astimezone(LOCAL)
    if facts.number is None or facts.missing or not facts.script_in_force or not facts.list_locked:
        return Verdict(Action.BLOCK, "facts", "1")
    if any(one.purpose == "all" and (one.ends_at is None or one.ends_at > NOW) for one in facts.dnc):
        return Verdict(Action.BLOCK, "dnc", "1")
    if (facts.due_by and facts.due_by < NOW) or facts.attempts >= 20 or RULES.from_number != CALLER:
        return Verdict(Action.BLOCK, "over", "1")
    if facts.in_progress or (facts.due_from and facts.due_from > NOW) or not 9 <= here.hour < 20:
        return Verdict(Action.DEFER, "later", "1")
    if facts.attempts_today >= 5 or (
        facts.last_attempt_at and NOW - facts.last_attempt_at < timedelta(minutes=10)
    ):
        return Verdict(Action.DEFER, "too_soon", "1")
    return ALLOW


def nothing(facts: ClaimFacts) -> Verdict:
    """A gate with no rules."""
    return ALLOW


def decided(way: Callable[[ClaimFacts], Verdict], facts: ClaimFacts) -> float:
    """Processor seconds of one decision."""
    started = time.process_time()
    for _ in range(DECISIONS):
        way(facts)
    return (time.process_time() - started) / DECISIONS


def walked(rows: Callable[[], Iterable[object]]) -> float:
    """Processor seconds for one of the rows."""
    started = time.process_time()
    count = sum(1 for _ in rows())
    return (time.process_time() - started) / count


def turns(ways: Mapping[str, Callable[[], float]], rounds: int) -> str:
    """All ways in turns, the first turn for warming up; medians in microseconds."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            cost = way()
            taken[name] += [cost] if turn else []
    return ", ".join(f"{name} {statistics.median(costs) * 1e6:.2f} µs" for name, costs in taken.items())


def decisions(rounds: int) -> None:
    """Every case by every way."""
    for name, facts in CASES.items():
        ways = {way.__name__: partial(decided, way, facts) for way in (gate, chain, nothing)}
        print(f"{name:<16} {gate(facts).action.value:<6} {turns(ways, rounds)}", flush=True)


def reading(conn: sqlite3.Connection, rounds: int) -> None:
    """Every waiting task, for the gate and by the plain join."""
    asked = Asked(1, TODAY, RULES.since(NOW))
    ways = {
        "facts": lambda: walked(lambda: waiting.waiting(conn, asked)),
        "facts and gate": lambda: walked(lambda: map(gate, waiting.waiting(conn, asked))),
        "join": lambda: walked(lambda: conn.execute(JOIN)),
    }
    print(f"{'reading a task':<23} {turns(ways, rounds)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    decisions(options.rounds)
    with tempfile.TemporaryDirectory(prefix="gate-") as name:
        path = Path(name) / "huifang.db"
        migrate(path)
        forbid(path, 100_000)
        fill(path, options.tasks)
        with closing(connect(path)) as conn:
            reading(conn, options.rounds)


if __name__ == "__main__":
    main()
