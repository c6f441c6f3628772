"""Facts to try scripts with: every shipped script can be called with them, and every way is among them."""

from __future__ import annotations

import pytest

from scripts.engine import missing
from scripts.load import library
from scripts.model import Script
from scripts.sample import domain, facts


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_nothing_is_missing_of_the_sample_facts(script: Script) -> None:
    assert missing(script, facts(script)) == ()


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_every_condition_is_met_by_one_way_and_not_by_another(script: Script) -> None:
    ways = domain(script)
    for step in script.steps.values():
        for need in step.when:
            assert {need.met({need.fact: value}) for value in ways[need.fact]} == {True, False}


def test_chosen_facts_win() -> None:
    script = library()["new-contract"]
    assert facts(script, {"product_type": "分红型"})["product_type"] == "分红型"
