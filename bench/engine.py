"""Turns per second of the pure engine and load time of the library, beside the usual way.

The usual way builds a Machine with the defaults of transitions in every turn, triggers it once, and does
nothing else. Processor time is measured, so that a busy machine disturbs less.

Run: python -m bench.engine [--rounds N]
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from itertools import pairwise

from rich.console import Console
from rich.table import Table
from transitions import Machine

from scripts import load as loading
from scripts.engine import advance, begin
from scripts.load import library
from scripts.machine import ScriptMachine, machine
from scripts.model import Script
from scripts.progress import Progress
from scripts.values import Facts, Heard, Turn
from tests.scripts_facts import PLAIN
from tests.scripts_walk import heard, willing

CALLS_PER_ROUND = 20


def inputs_of(script: Script) -> list[Heard]:
    """A whole call by keys, answered well to the end."""
    return [heard(text) for text in willing(script, PLAIN)]


def spoken_inputs(inputs: list[Heard]) -> list[Heard]:
    """The same call by voice."""
    words = {"1": "是的", "2": "没有", "123*": "幺二三艾克斯"}
    return [heard(words.get(one.text, one.text)) for one in inputs]


def call(script: Script, facts: Facts, inputs: list[Heard]) -> int:
    """Walk one call, with the progress through JSON between turns as the ledger does; the number of turns."""
    turn = begin(script, facts)
    for one in inputs:
        turn = advance(script, facts, Progress.from_json(turn.progress.to_json()), one)
    return finished(turn, inputs)


def bare_call(script: Script, facts: Facts, inputs: list[Heard]) -> int:
    """The same without JSON."""
    turn = begin(script, facts)
    for one in inputs:
        turn = advance(script, facts, turn.progress, one)
    return finished(turn, inputs)


def finished(turn: Turn, inputs: list[Heard]) -> int:
    """The number of turns; a call that did not end would measure something else."""
    if turn.wait is not None:
        raise SystemExit("bench/engine.py: the call did not end, correct its inputs")
    return len(inputs) + 1


def naive_call(names: list[str], moves: list[list[str]]) -> int:
    """The usual way: in every turn a Machine with the library's defaults, then one trigger."""
    state = names[0]
    for name in names[1:]:
        walker = Machine(states=names, transitions=moves, initial=state)
        walker.trigger("next")
        state = walker.state
        if state != name:
            raise SystemExit("bench/engine.py: the baseline went elsewhere")
    return len(names) - 1


def seconds_per_turn(play: Callable[[], int]) -> float:
    """One round."""
    started, turns = time.process_time(), 0
    for _ in range(CALLS_PER_ROUND):
        turns += play()
    return (time.process_time() - started) / turns


def seconds(act: Callable[[], object]) -> float:
    """One act."""
    started = time.process_time()
    act()
    return time.process_time() - started


def load_library() -> None:
    """Load every script anew and build its machine."""
    loading.library.cache_clear()
    for script in library().values():
        ScriptMachine(script)


def measured(rounds: int) -> list[tuple[str, float]]:
    """The median of each contender in microseconds per turn, the rounds interleaved."""
    script = library()["new-contract"]
    machine(script)
    inputs = inputs_of(script)
    voiced = spoken_inputs(inputs)
    names = list(script.steps)[: len(inputs)]
    moves = [["next", *pair] for pair in pairwise(names)]
    contenders: dict[str, Callable[[], int]] = {
        "engine, keys": lambda: bare_call(script, PLAIN, inputs),
        "the same, progress through JSON": lambda: call(script, PLAIN, inputs),
        "the same, by speech": lambda: call(script, PLAIN, voiced),
        "baseline: a Machine per turn": lambda: naive_call(names, moves),
    }
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, play in contenders.items():
            found[name].append(seconds_per_turn(play))
    return [(name, statistics.median(times) * 1e6) for name, times in found.items()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    rows = measured(rounds)
    baseline = rows[-1][1]
    table = Table("turn", "us CPU", "turns/s", "times the baseline")
    for name, spent in rows:
        table.add_row(name, f"{spent:.1f}", f"{1e6 / spent:,.0f}", f"{baseline / spent:.1f}")
    console = Console()
    console.print(f"Python {platform.python_version()}, {platform.machine()}, medians of {rounds} rounds")
    console.print(table)
    spent = statistics.median(seconds(load_library) for _ in range(rounds))
    console.print(f"library: {len(library())} scripts loaded and wired in {spent * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
