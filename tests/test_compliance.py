"""What the compliance page says of agents is tested, under the names that it gives."""

import inspect
import re
from pathlib import Path

import pytest

from ledger import offers

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
AGENTS = PAGE.partition("## Agents")[2].partition("## Working days")[0]
TESTS = {
    name
    for path in (ROOT / "tests").glob("test_*.py")
    for name in re.findall(r"def (test_\w+)", path.read_text())
}


@pytest.mark.parametrize("rule", ["S001-05", "S001-06", "S002-67", "S002-110"])
def test_every_rule_about_agents_is_explained(rule: str) -> None:
    assert re.search(rf"^### .*{rule}\b", AGENTS, re.MULTILINE)


@pytest.mark.parametrize("paragraph", AGENTS.split("### ")[1:])
def test_every_rule_about_agents_names_tests_that_exist(paragraph: str) -> None:
    named = re.findall(r"`(test_\w+)`", paragraph)
    assert named
    assert set(named) <= TESTS


def test_no_operation_of_an_agent_takes_a_number_or_a_task() -> None:
    assert list(inspect.signature(offers.accept).parameters) == ["conn", "user_id", "now"]


@pytest.mark.parametrize(
    "row", PAGE.partition("## Regulation and gate")[2].partition("\n## ")[0].split("\n|")[3:]
)
def test_every_line_of_the_regulation_names_its_rules_and_tests_that_exist(row: str) -> None:
    _, _, rules, tests = (cell.strip() for cell in row.strip(" |\n").split("|"))
    assert rules
    assert "see Agents" in tests or set(re.findall(r"`(test_\w+)`", tests)) & TESTS == set(
        re.findall(r"`(test_\w+)`", tests)
    )
