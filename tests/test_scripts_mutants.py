"""Whatever is taken away from a script of the library, the checker notices; a sample of every kind of defect.

`python -m bench.mutants` judges all of them.
"""

from __future__ import annotations

from random import Random

import pytest

from scripts.load import library
from tests.scripts_mutants import LOADER, Mutant, is_harmless, mutated, noticed, source
from tests.scripts_mutations import KINDS

OF_EACH = 3
"""Mutants of each kind, of scripts that chance names once and for all."""


def sample(kind: str) -> list[Mutant]:
    """Some mutants of a kind, each of another script."""
    chance, found = Random(kind), list[Mutant]()
    for name in chance.sample(list(library()), len(library())):
        mutants = [Mutant(kind, name, *change) for change in KINDS[kind](source(name))]
        harmful = [mutant for mutant in mutants if not is_harmless(mutant)]
        found += chance.sample(harmful, min(len(harmful), 1))
        if len(found) == OF_EACH:
            break
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_with_a_defect_is_refused(kind: str) -> None:
    mutants = sample(kind)
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
