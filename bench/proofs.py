"""How long the whole library takes to prove, beside loading it and beside a bare walk over concrete states.

The bare walk is the usual way: breadth first over what the engine itself comes to with one set of facts and
every input, until the time is up. Processor time is measured.

Run: python -m bench.proofs [--rounds N] [--seconds S]
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections import deque
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from scripts import load as loading
from scripts.answers import Ear
from scripts.choices import everywhere, own
from scripts.engine import advance, begin
from scripts.load import library
from scripts.model import NotOffered, Script
from scripts.progress import Progress
from scripts.proofs import examples, prove
from scripts.proofs.examples import explored
from scripts.sample import facts
from scripts.values import Facts, Heard, Input


def load_library() -> None:
    """Read and check every script anew."""
    loading.library.cache_clear()
    library()


def prove_library() -> None:
    """Prove every script, with nothing kept from before."""
    examples.forget()
    for script in library().values():
        if prove(script):
            raise SystemExit(f"bench/proofs.py: {script.name} is not proven")


def seconds(act: Callable[[], object]) -> float:
    """Processor time of one act."""
    started = time.process_time()
    act()
    return time.process_time() - started


def inputs(script: Script, known: Facts, here: Progress) -> list[Heard]:
    """Everything that can be answered at a place, and silence."""
    step = script.step(here.step)
    names = {*own(step), *everywhere(Ear(script, step, known, here.identified))}
    digits = [Heard(Input.KEYS, text) for text in (str(known.get(step.fact) or ""), "9999") if step.fact]
    return [Heard(Input.SILENCE), *digits, *(Heard(Input.CHOICE, name) for name in sorted(names))]


def bare_walk(script: Script, budget: float) -> tuple[int, int]:
    """States met and states left to visit when the time is up, with one set of facts, by one performer."""
    known = facts(script)
    started, first = time.process_time(), begin(script, known).progress
    seen, todo = {first}, deque([first])
    while todo and time.process_time() - started < budget:
        here = todo.popleft()
        for one in inputs(script, known, here):
            try:
                after = advance(script, known, here, one)
            except NotOffered:
                continue
            if after.wait is not None and after.progress not in seen:
                seen.add(after.progress)
                todo.append(after.progress)
    return len(seen), len(todo)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="for the bare walk of one script")
    options = parser.parse_args()
    loaded = statistics.median(seconds(load_library) for _ in range(options.rounds))
    proven = statistics.median(seconds(prove_library) for _ in range(options.rounds))
    found = [explored(script) for script in library().values()]
    met, left = bare_walk(library()["new-contract"], options.seconds)
    table = Table("the library", "scripts", "CPU s", "states", "transitions")
    table.add_row("loaded and checked", str(len(library())), f"{loaded:.2f}", "", "")
    states, edges = sum(len(one.first) for one in found), sum(len(list(one.all_edges())) for one in found)
    table.add_row("proven, all facts", str(len(found)), f"{proven:.2f}", f"{states:,}", f"{edges:,}")
    walked = f"{met:,}, {left:,} unvisited"
    table.add_row("baseline: bare walk, one set of facts", "1", f"{options.seconds:.2f}", walked, "")
    console = Console(width=120)
    console.print(
        f"Python {platform.python_version()}, {platform.machine()}, medians of {options.rounds} rounds"
    )
    console.print(table)


if __name__ == "__main__":
    main()
