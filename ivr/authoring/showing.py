"""A play as the page gets it: both performers, the answers that can be given, what was said so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ivr.authoring.effects import plain
from ivr.texts import known, language, t
from scripts.answers import Ear
from scripts.choices import everywhere
from scripts.diagram import called
from scripts.labels import anytime
from scripts.listening import EVERYWHERE
from scripts.model import Kind, Script
from scripts.playing import AFTER_A_CALL, Given, Moment, Offer, Side, differences, offers
from scripts.proofs.finding import Line
from scripts.retelling import lines
from scripts.screen import Screen, screen
from scripts.values import Facts, Input, Wait

Json = dict[str, Any]

ALWAYS = (Input.SILENCE, Input.HANGUP)
KEYS = {category: key for key, category in EVERYWHERE.items()}


def shown(script: Script, facts: Facts, moments: Sequence[Moment]) -> Json:
    """The newest moment of a play, and the conversation of both sides."""
    now = moments[-1]
    return {
        "over": now.over,
        "answers": len(moments) - 1,
        "sides": [_side(script, facts, side) for side in now.sides],
        "differ": [t(f"scripts.differ_{name}") for name in differences(now)],
        "offers": [_offer(script, now, one) for one in offers(script, facts, now)],
        "anytime": [] if now.over else list(_anytime(script, facts, now.leads)),
        "input": "none" if now.over else _input(script, now.leads),
        "talk": [
            [_line(line) for line in lines(script, moments, side.performer, language())] for side in now.sides
        ],
    }


def _line(line: Line) -> list[str]:
    return [line.who, line.words]


def _side(script: Script, facts: Facts, side: Side) -> Json:
    turn = side.turn
    progress = turn.progress
    seen = screen(script, facts, progress, turn.say, language())
    effects = [plain(effect, script, facts) for effect in turn.effects] if side.took else []
    return {
        "performer": side.performer.value,
        "speaks": progress.performer.value,
        "took": side.took,
        "over": side.over,
        "step": progress.step,
        "said": seen.said,
        "question": seen.question,
        "tags": seen.tags,
        "explain": seen.explain,
        "after": seen.after,
        "answers": [[one.key, one.label] for one in seen.answers],
        "listens": _listens(turn.wait),
        "slow": any(said.slow for said in turn.say),
        "effects": effects,
        "way": [[name, state] for name, state in seen.way],
        "told": seen.told,
        "of": seen.of,
        "problems": list(progress.problems),
        "outcome": _outcome(seen, side),
    }


def _outcome(seen: Screen, side: Side) -> Json | None:
    progress = side.turn.progress
    if progress.outcome is None:
        return None
    name = progress.outcome.value
    return {
        "name": name,
        "words": t(f"desk.outcome_{name}"),
        "why": known("desk", f"reason_{progress.reason}"),
    }


def _listens(wait: Wait | None) -> str:
    """What the robot waits for."""
    if wait is None:
        return ""
    if wait.record:
        return t("scripts.listens_message", seconds=wait.record)
    if wait.digits is None:
        return t("scripts.listens_number", seconds=wait.timeout)
    key = "scripts.listens_key" if wait.digits == 1 else "scripts.listens_digits"
    return t(key, digits=wait.digits, seconds=wait.timeout)


def _offer(script: Script, moment: Moment, one: Offer) -> Json:
    step = script.step(moment.leads.turn.progress.step)
    transfers = one.given.kind in AFTER_A_CALL
    words = t(f"scripts.{one.category}") if transfers else called(script, step, one.category, language())
    return {"label": words, "key": one.key, "given": _given(one.given)}


def _anytime(script: Script, facts: Facts, side: Side) -> Iterator[Json]:
    """What may come beside the answers of the step: intents first, then silence and the end of the call."""
    progress = side.turn.progress
    step = script.step(progress.step)
    if step.kind is not Kind.TRANSFER:
        heard = everywhere(Ear(script, step, facts, progress.identified))
        for category, _, words in anytime(language()):
            if category in heard:
                given = Given(Input.CHOICE, category)
                yield {"label": words, "key": KEYS.get(category, ""), "given": _given(given)}
    for kind in ALWAYS:
        yield {"label": t(f"scripts.{kind.value}"), "key": "", "given": _given(Given(kind))}


def _given(one: Given) -> list[str]:
    return [one.kind.value, one.text]


def _input(script: Script, side: Side) -> str:
    """What may be typed: words, or digits too."""
    kind = script.step(side.turn.progress.step).kind
    return "digits" if kind in (Kind.IDENTITY, Kind.NUMBER) else "words"
