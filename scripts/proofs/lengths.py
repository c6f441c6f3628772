"""No text is longer than a customer can follow by ear."""

from __future__ import annotations

from collections.abc import Iterator

from scripts import spoken
from scripts.model import AGENTS, Kind, Script, Step, Variable
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import speeches
from scripts.texts import Text

TOLD = (Kind.DISCLOSE, Kind.TELL)


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every text keeps the limit of its sort, with its values as they are said and without punctuation."""
    for speech in speeches(script):
        most = pack.lengths[_sort(script.steps.get(speech.step), speech.part)]
        if (length := heard(script, script.text(speech.step, speech.part))) > most:
            values = (("part", speech.part), ("length", str(length)), ("most", str(most)))
            yield Finding("too_long", speech.file, speech.step, values)


def heard(script: Script, text: Text) -> int:
    """How many characters are said: values from their examples, punctuation not counted."""
    values = tuple(_said(script.variables[name]) for name in text.names)
    return sum(sign.isalnum() for sign in text.spoken(values))


def _said(variable: Variable) -> str:
    try:
        return spoken.say(variable.say, variable.example)
    except spoken.SpokenError:
        return str(variable.example)


def _sort(step: Step | None, part: str) -> str:
    """A mandatory statement and a choice, whose keys are read out, may be longer than any other text."""
    if step is None or part.removeprefix(AGENTS) != "say":
        return "text"
    if step.kind is Kind.CHOICE:
        return "choice"
    return "disclosure" if step.mandatory and step.kind in TOLD else "text"
