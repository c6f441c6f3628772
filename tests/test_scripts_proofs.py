"""Scripts that load and are not proven: one file for each rule, with the finding it must have."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from scripts import locks
from scripts.load import library, load
from scripts.proofs import examples, prove, search
from scripts.proofs.finding import RULES, Finding

UNPROVEN = sorted((Path(__file__).parent / "scripts_unproven").glob("*.toml"))
UNPROVEN = [path for path in UNPROVEN if path.name != locks.FILE]
EXPECTED = "# finding: "


def expected(path: Path) -> set[tuple[str, str]]:
    """The rules and steps that the first lines of a file name."""
    lines = path.read_text(encoding="utf-8").splitlines()
    named = (line.removeprefix(EXPECTED).split() for line in lines if line.startswith(EXPECTED))
    return {(rule, step[0] if step else "") for rule, *step in named}


@functools.cache
def proven(path: Path) -> tuple[Finding, ...]:
    """The findings of a file, proven once."""
    return prove(load(path))


@pytest.mark.parametrize("path", UNPROVEN, ids=lambda path: path.stem)
def test_an_unproven_script_has_exactly_its_findings(path: Path) -> None:
    found = proven(path)
    assert {(finding.rule, finding.step) for finding in found} == expected(path) != set()


def test_every_rule_has_a_script_that_breaks_it() -> None:
    broken = {rule for path in UNPROVEN for rule, _ in expected(path)}
    assert broken == set(RULES) - {"too_many_ways"}, "what takes long to look at has a test of its own"


@pytest.mark.parametrize("name", library())
def test_every_script_of_the_library_is_proven(name: str) -> None:
    assert [told(finding) for finding in prove(library()[name])] == []


def told(finding: Finding) -> str:
    """A finding as a failing test shows it."""
    talk = "".join(f"\n    {line.who}: {line.words}" for line in finding.talk)
    return f"{finding.file}: {finding.step}: {finding.rule}: {finding.message()}{talk}"


def test_the_sentences_of_a_finding_hold_its_values() -> None:
    for path in UNPROVEN:
        for finding in proven(path):
            assert "{" not in finding.message("zh") + finding.message("en")
            assert finding.basis


def test_a_talk_with_too_many_ways_is_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_PLACES", 100)
    examples.forget()
    assert [finding.rule for finding in prove(library()["survey"])] == ["too_many_ways"]
    examples.forget()
