"""Golden cases: facts and inputs of whole calls, and what was said, awaited and decided in every turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.load import library
from scripts.model import Kind, Script
from scripts.values import Effect, Ended, Performer, Told, Turn
from tests.scripts_facts import of_case
from tests.scripts_walk import walk

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.glob("*/*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_call_goes_as_it_is_written_down(path: Path, update_golden: bool) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    turns = _played(library()[path.parent.name], case)
    if update_golden:
        path.write_text(_written({**case, "turns": turns}), encoding="utf-8")
    else:
        assert turns == case["turns"]


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_every_script_has_a_case_that_succeeds_and_one_that_refuses(script: Script) -> None:
    ends = {path.stem: _end(path) for path in CASES if path.parent.name == script.name}
    assert any(end.startswith("Ended SUCCESS") for end in ends.values())
    assert any(end.startswith("Ended REFUSED") for end in ends.values())


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_every_mandatory_question_has_a_case_with_the_unwanted_answer(script: Script) -> None:
    questions = {step.name for step in script.mandatory if step.waits and step.kind is not Kind.IDENTITY}
    stems = {path.stem.rpartition("no_to_")[2] for path in CASES if path.parent.name == script.name}
    assert questions <= stems


def _end(path: Path) -> str:
    turns = json.loads(path.read_text(encoding="utf-8"))["turns"]
    return str((turns[-1]["effects"] or [""])[-1])


def _played(script: Script, case: dict[str, Any]) -> list[dict[str, Any]]:
    facts = of_case(script, case["facts"], case.get("but", {}))
    performer = Performer(case.get("performer", "robot"))
    lines, resume = [], None
    for inputs in case["calls"]:
        turns = list(walk(script, facts, inputs, performer=performer, resume=resume))
        lines += [
            _line(script, turn, text) for turn, text in zip(turns, ["(answered)", *inputs], strict=False)
        ]
        resume = turns[-1].progress
    return lines


def _line(script: Script, turn: Turn, text: str) -> dict[str, Any]:
    wait = turn.wait and f"{turn.wait.digits} keys, {turn.wait.timeout} s"
    said = [script.text(s.step, s.part).spoken(s.values) + (" (slow)" if s.slow else "") for s in turn.say]
    return {
        "heard": text,
        "said": said,
        "wait": wait,
        "effects": [_effect(effect) for effect in turn.effects],
    }


def _effect(effect: Effect) -> str:
    if isinstance(effect, Told):
        return f"Told {effect.step} {effect.text_digest[:12]}"
    if isinstance(effect, Ended):
        return f"Ended {effect.outcome} {effect.reason}"
    values = [getattr(effect, name) for name in effect.__slots__]
    return " ".join([type(effect).__name__, *(str(value) for value in values if value)])


def _written(case: dict[str, Any]) -> str:
    """One line for each turn, so that a difference can be read."""
    turns = case.pop("turns")
    head = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in case.items()]
    rows = ",\n  ".join(json.dumps(turn, ensure_ascii=False) for turn in turns)
    return "{\n" + ",\n".join([*head, f'"turns": [\n  {rows}\n]']) + "\n}\n"
