"""For every script of the library: robot and agent come the same way for the same answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts import sample
from scripts.load import library
from scripts.model import Script
from scripts.values import Facts
from tests.scripts_both import followed, pairs, stands, the_end

SCRIPTS = sorted(library())
draws = st.lists(st.integers(0, 200), min_size=12, max_size=60)


@st.composite
def facts_of(draw: st.DrawFn, script: Script) -> Facts:
    """Any way in which the conditions of the script can fall."""
    ways = sample.domain(script)
    chosen = {fact: draw(st.sampled_from(values)) for fact, values in ways.items()}
    return sample.facts(script, chosen)


@pytest.mark.parametrize("name", SCRIPTS)
@given(st.data())
@settings(max_examples=6, deadline=None)
def test_both_performers_come_the_same_way_for_the_same_answers(name: str, data: st.DataObject) -> None:
    script = library()[name]
    facts = data.draw(facts_of(script))
    for robot, agent in pairs(script, facts, data.draw(draws)):
        assert stands(script, robot.progress) == stands(script, agent.progress)
        assert the_end(robot) == the_end(agent)
        if robot.progress.performer is agent.progress.performer:
            continue
        assert followed(script, robot) == followed(script, agent)
