"""Walking a script in a test: inputs as short texts, progress through JSON between turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scripts.engine import advance, begin
from scripts.model import Kind, Script
from scripts.progress import Progress
from scripts.values import Ended, Facts, Heard, Input, Performer, Turn


def heard(text: str) -> Heard:
    """`[1]` is a key, `(silence)` an event, `<yes>` or `<value 他说的>` a choice, everything else words.

    `!P20 投诉过` is a problem that an agent records; a `~` before any of them: what was said was cut short.
    """
    if text.startswith("~"):
        return replace(heard(text[1:]), whole=False)
    if text.startswith("<"):
        return Heard(Input.CHOICE, *text.strip("<>").split(" ", 1))
    if text.startswith("!"):
        return Heard(Input.PROBLEM, *text[1:].split(" ", 1))
    if text.startswith("["):
        return Heard(Input.KEYS, text.strip("[]"))
    if text.startswith("("):
        return Heard(Input(text.strip("()")))
    return Heard(Input.SPEECH, text)


def stored(progress: Progress) -> Progress:
    """The progress as it comes back from the database."""
    return Progress.from_json(progress.to_json())


def walk(
    script: Script,
    facts: Facts,
    inputs: Iterable[str],
    *,
    performer: Performer = Performer.ROBOT,
    resume: Progress | None = None,
) -> Iterator[Turn]:
    """Every turn of one call, until the inputs or the script end."""
    turn = begin(script, facts, performer=performer, resume=resume)
    yield turn
    for text in inputs:
        if turn.wait is None:
            return
        turn = advance(script, facts, stored(turn.progress), heard(text))
        yield turn


def good_answer(script: Script, facts: Facts, progress: Progress) -> str:
    """What a customer with nothing to complain about says at this step."""
    step = script.step(progress.step)
    if step.kind is Kind.IDENTITY:
        return f"[{facts[step.fact]}]".replace("X", "*")
    if step.kind is Kind.OPEN:
        return "没有了"
    if step.kind is Kind.CHOICE:
        return "[1]"
    return "[2]" if step.wanted == "no" else "[1]"


def bad_answer(script: Script, progress: Progress) -> str:
    """The plain opposite of the wanted answer."""
    return "[1]" if script.step(progress.step).wanted == "no" else "[2]"


def willing(script: Script, facts: Facts, *, until: str = "", objects_to: str = "") -> list[str]:
    """The inputs of a customer who answers well up to a step, or everywhere but at one."""
    turn, inputs = begin(script, facts), list[str]()
    while turn.wait is not None and turn.progress.step != until:
        here = turn.progress
        bad = here.step == objects_to and not here.part.startswith("ask.")
        inputs.append(bad_answer(script, here) if bad else good_answer(script, facts, here))
        turn = advance(script, facts, here, heard(inputs[-1]))
    return inputs


def ended(turn: Turn) -> Ended | None:
    """The end, if the turn brings it."""
    return next((effect for effect in turn.effects if isinstance(effect, Ended)), None)
