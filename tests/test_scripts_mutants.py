"""Whatever is taken away from a script of the library, the checker notices; a sample of every kind of defect.

`python -m bench.mutants` judges all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from scripts.load import library
from tests.scripts_mutants import LOADER, Mutant, is_harmless, mutated, noticed, source
from tests.scripts_mutations import KINDS

SHORTEST = sorted(library(), key=lambda name: len(library()[name].steps))


def sample(kind: str) -> Iterator[Mutant]:
    """A mutant of a kind, named by chance once and for all, of each of the two shortest scripts with any."""
    chance, found = Random(kind), 0
    for name in SHORTEST:
        mutants = [Mutant(kind, name, *change) for change in KINDS[kind](source(name))]
        harmful = [mutant for mutant in mutants if not is_harmless(mutant)]
        yield from chance.sample(harmful, min(len(harmful), 1))
        found += bool(harmful)
        if found == 2:
            return


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_with_a_defect_is_refused(kind: str) -> None:
    mutants = list(sample(kind))
    assert mutants
    assert [(mutant.script, mutant.place) for mutant in mutants if not noticed(mutant)] == []


def test_a_script_without_a_change_is_what_the_loader_makes_of_it() -> None:
    unchanged = Mutant("none", "new-contract", "", ())
    assert mutated(unchanged).digest == library()["new-contract"].digest
    assert noticed(unchanged) == ""


def test_a_defect_leaves_the_library_as_it_was() -> None:
    before = library()["grace"].canonical
    for change in KINDS["step_dropped"](source("grace")):
        noticed(Mutant("step_dropped", "grace", *change))
    assert mutated(Mutant("none", "grace", "", ())).canonical == before


def test_what_does_not_load_is_noticed_by_the_loader() -> None:
    (change, *_) = KINDS["bound_dropped"](source("grace"))
    assert noticed(Mutant("bound_dropped", "grace", *change)) == LOADER
