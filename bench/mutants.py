"""How many defects the checker notices: the scripts of the library with one thing taken away or turned round.

Run: python -m bench.mutants [--most N] [SCRIPT]...; all of them take an hour of one processor.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import partial
from random import Random

from rich.console import Console
from rich.table import Table

from scripts.load import library
from tests.scripts_mutants import LOADER, SURVIVED, Mutant, is_harmless, noticed
from tests.scripts_mutations import KINDS, mutants

Verdict = tuple[Mutant, str]


def judged(script: str, most: int) -> list[Verdict]:
    """The mutants of a script with what notices them; of each kind as many as asked for, named by chance."""
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants(script):
        kinds[mutant.kind].append(mutant)
    chance = Random(script)
    tried = [one for found in kinds.values() for one in chance.sample(found, min(most, len(found)))]
    return [(mutant, noticed(mutant)) for mutant in tried]


def shown(verdicts: Iterable[Verdict]) -> Table:
    """Kinds by what noticed them; harmless mutants are those that the data file explains."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    rules: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant, by in verdicts:
        sort = (
            "loader" if by == LOADER else "proof" if by else "harmless" if is_harmless(mutant) else "survived"
        )
        rows[mutant.kind][sort] += 1
        rows["all"][sort] += 1
        if sort == "proof":
            rules[mutant.kind][by] += 1
    table = Table("defect", "mutants", "loader", "proof", "harmless", "survived", "score", "most by")
    for kind in (*KINDS, "all"):
        found = rows[kind]
        table.add_row(
            kind.replace("_", " "), *_figures(found), ", ".join(r for r, _ in rules[kind].most_common(3))
        )
    return table


def _figures(found: Counter[str]) -> list[str]:
    harmful = found.total() - found["harmless"]
    score = f"{(harmful - found['survived']) / harmful:.1%}" if harmful else ""
    counts = (found.total(), found["loader"], found["proof"], found["harmless"], found["survived"])
    return [*(f"{count:,}" for count in counts), score]


def main() -> None:
    """Judge every mutant, print the table and name the survivors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scripts", nargs="*", default=list(library()))
    parser.add_argument("--most", type=int, default=10**6, help="mutants of each kind and script")
    args = parser.parse_args()
    started = time.perf_counter()
    with multiprocessing.Pool() as pool:
        found = pool.imap_unordered(partial(judged, most=args.most), args.scripts)
        verdicts = [verdict for some in found for verdict in some]
    spent = time.perf_counter() - started
    console = Console(width=160)
    console.print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {spent:.0f} s")
    console.print(shown(verdicts))
    for mutant, by in verdicts:
        if by == SURVIVED and not is_harmless(mutant):
            console.print(f"survived: {mutant.kind}: {mutant.script}: {mutant.place}", soft_wrap=True)


if __name__ == "__main__":
    main()
