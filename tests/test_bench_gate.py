"""What the gate is measured beside decides the same."""

import pytest

from bench.gate import CASES, chain, gate


@pytest.mark.parametrize("case", CASES)
def test_the_rules_written_down_plainly_decide_as_the_gate_does(case: str) -> None:
    assert gate(CASES[case]).action is chain(CASES[case]).action
