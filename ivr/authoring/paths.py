"""The path of a finding as a play: the facts and answers that lead along its conversation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scripts import sample
from scripts.check import branches
from scripts.conditions import title
from scripts.engine import LAST_REPEAT, MAX_MISSES, MAX_SILENCES
from scripts.labels import label
from scripts.model import Script, Step
from scripts.playing import AFTER_A_CALL, Given, Moment, Side, answered, begun, fact, offers, readable
from scripts.proofs.finding import Finding, Line
from scripts.proofs.replay import HAPPENS, SAYS
from scripts.retelling import CUSTOMER, NOTE
from scripts.sample import Value
from scripts.values import Facts, Input, Performer

_BEFORE, _AFTER = str(HAPPENS["facts"]).split("{facts}")
_TRUTHS: Mapping[str, Value] = {str(HAPPENS["yes"]): True, str(HAPPENS["no"]): False}
_MEANT = {str(words): category for category, words in SAYS.items()}
_EVENTS: Mapping[str, tuple[Given, ...]] = {
    str(HAPPENS["silence"]): (Given(Input.SILENCE),) * MAX_SILENCES,
    str(HAPPENS["no_match"]): (Given(Input.KEYS, "*"),) * MAX_MISSES,
    str(HAPPENS["repeat"]): (Given(Input.KEYS, "9"),) * LAST_REPEAT,
    **{str(HAPPENS[kind.value]): (Given(kind),) for kind in AFTER_A_CALL},
}


class _Lost(Exception):
    """A line that no play can follow."""


def path(script: Script, finding: Finding) -> dict[str, Any] | None:
    """Facts and answers for the page; None where the conversation cannot be played on it."""
    lines = [line for line in finding.talk if line.words != finding.message()]
    who = next((line.who for line in lines if line.who in tuple(Performer)), "")
    if who not in script.performers:
        return None
    try:
        chosen = dict(_facts(script, lines))
        given = list(_answers(script, sample.facts(script, chosen), lines, Performer(who)))
    except _Lost:
        return None
    return {
        "facts": {name: None if value is None else str(value) for name, value in chosen.items()},
        "given": [[one.kind.value, one.text] for one in given],
    }


def _facts(script: Script, lines: list[Line]) -> Iterator[tuple[str, Value | None]]:
    """The premises by the names of their facts; what nobody knows is None."""
    names = {title(name): name for name in readable(script)}
    for line in lines:
        if line.who != NOTE or not line.words.startswith(_BEFORE):
            continue
        for premise in line.words.removeprefix(_BEFORE).removesuffix(_AFTER).split("，"):
            called, _, words = premise.partition("：")
            if called not in names:
                raise _Lost
            yield names[called], _value(script, names[called], words)


def _value(script: Script, name: str, words: str) -> Value | None:
    if words == HAPPENS["none"]:
        return None
    return _TRUTHS[words] if words in _TRUTHS else fact(script, name, words)


def _answers(script: Script, facts: Facts, lines: list[Line], who: Performer) -> Iterator[Given]:
    moment = begun(script, facts)
    for line in lines:
        for given in _meant(script, facts, moment, who, line):
            yield given
            moment = answered(script, facts, moment, given)
            side = moment.side(who)
            if side is None or not side.took:
                raise _Lost


def _meant(script: Script, facts: Facts, moment: Moment, who: Performer, line: Line) -> tuple[Given, ...]:
    """What a line gives; a performer's words and premises give nothing."""
    if line.who == NOTE and not line.words.startswith(_BEFORE):
        if line.words not in _EVENTS:
            raise _Lost
        return _EVENTS[line.words]
    side = moment.side(who)
    if line.who != CUSTOMER or side is None:
        return ()
    category = _MEANT.get(line.words)
    for offer in offers(script, facts, moment):
        if offer.category == category:
            return (offer.given,)
    if category == "detail":
        return (Given(Input.SPEECH, line.words),)
    return (Given(Input.CHOICE, category or _labelled(script, side, line.words)),)


def _labelled(script: Script, side: Side, words: str) -> str:
    """The answer whose label stands in the quotation marks."""
    step = script.step(side.turn.progress.step)
    called = words.partition("“")[2].partition("”")[0]
    for category in _heard(script, step):
        if called and label(script, step.name, category, "zh") == called:
            return category
    raise _Lost


def _heard(script: Script, step: Step) -> Iterator[str]:
    yield from (category for category, _ in branches(step))
    yield from script.hears
