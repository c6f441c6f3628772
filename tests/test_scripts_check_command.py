"""`huifang scripts check`: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from ivr.command.scripts import scripts

HERE = Path(__file__).parent
UNPROVEN = HERE / "scripts_unproven" / "disclosure_without_explanation.toml"
BROKEN = HERE / "scripts_broken" / "missing_say.toml"


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(scripts, ["check", *map(str, arguments)])


def test_a_proven_script_is_one_line_and_no_error() -> None:
    done = check("survey")
    assert done.exit_code == 0
    assert done.output.startswith("ok  survey ")


def test_an_unproven_script_is_told_with_file_step_rule_and_basis() -> None:
    done = check(UNPROVEN)
    assert done.exit_code == 1
    assert f'{UNPROVEN.name}: step "loss": explanation_missing [S002-20 B5]: ' in done.output


def test_a_file_that_does_not_load_does_not_hide_the_others() -> None:
    done = check(BROKEN, "survey", "gone.toml")
    assert done.exit_code == 1
    first, second, third = done.output.splitlines()
    assert (first[:4], second[:4], third[:4]) == ("!!  ", "ok  ", "!!  ")


def test_a_name_that_nobody_knows_does_not_hide_the_others() -> None:
    done = check("gone", "survey")
    assert done.exit_code == 1
    first, second = done.output.splitlines()
    assert first.startswith('!!  script "gone": neither shipped nor in the ledger')
    assert second.startswith("ok  survey ")


def test_findings_are_json_for_programs() -> None:
    done = check("--json", "--language", "en", UNPROVEN)
    (row,) = json.loads(done.output)
    assert (row["ok"], row["findings"][0]["rule"]) == (False, "explanation_missing")
    assert "explain" in row["findings"][0]["message"]


def test_the_facts_that_a_script_needs_are_told() -> None:
    (row,) = json.loads(check("--json", "new-contract").output)
    assert {"sold_on", "product", "first_premium", "cooling_end"} <= set(row["needs"])


def test_a_region_is_proven_in_its_own_words() -> None:
    assert check("survey", "--region", "liaoning").output.startswith("ok  survey@liaoning ")
    assert check("survey", "--region", "mars").exit_code == 1
