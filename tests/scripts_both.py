"""Robot and agent beside each other: what each is given for the same answer, and what must be the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scripts.answers import Ear, understood
from scripts.choices import everywhere, own
from scripts.engine import advance, begin
from scripts.model import Kind, Script
from scripts.progress import Progress
from scripts.values import (
    Answered,
    Effect,
    Ended,
    Facts,
    Heard,
    Input,
    Performer,
    Told,
    Turn,
    Wanted,
)
from tests.scripts_walk import heard, stored

WORDS = {
    "busy": "在开会",
    "driving": "我在开车",
    "fraud": "你是骗子吧",
    "who_are_you": "你是谁",
    "coached": "业务员让我这么说的",
    "stop_calling": "别再打了",
    "deceased": "他去世了",
    "too_many_calls": "你们打了好多次了",
    "cannot_understand": "听不懂普通话",
    "cancel_policy": "我要退保",
    "refuses_identity": "凭什么告诉你",
    "wrong_person": "打错了",
    "slower": "慢一点",
    "cannot_hear": "听不清",
    "detail": "一桶油",
    "value": "我想问怎么交钱",
}
"""What a customer says who means this."""

EVENTS = {"value": "(message)", "none": "(silence)"}
"""What the carrier reports where a message is recorded."""

NUMBERS = ("[13800001111]", "[02195500]")
"""Telephone numbers, the second of them ours."""

PASSCODE = "[135790]"
"""What is kept sealed."""

SAME_WAY = ("human_only", "human_first")
"""Why a person is called for to go on in the very talk."""


def offered(script: Script, progress: Progress, facts: Facts) -> list[str]:
    """Everything that an agent may choose here, but who asks for a person."""
    ear = Ear(script, script.step(progress.step), facts, progress.identified)
    detail = ["detail"] if progress.part.startswith("ask.") else own(ear.step)
    return sorted({*detail, *everywhere(ear)} - {"human"})


def spoken(script: Script, facts: Facts, progress: Progress, category: str) -> str:
    """How a customer gives this answer to a robot: a key, words that are understood so, else a choice."""
    step = script.step(progress.step)
    assert step.listening
    keys = {name: key for key, name in step.listening.keys.items()}
    if step.kind is Kind.MESSAGE and category in EVENTS:
        return EVENTS[category]
    if category in keys and not progress.part.startswith("ask."):
        return f"[{keys[category]}]"
    words = [text for text, name in step.listening.words if name == category]
    ear = Ear(script, step, facts, progress.identified)
    for text in (*words, WORDS.get(category, "")):
        if text and understood(ear, Heard(Input.SPEECH, text)).category == category:
            return text
    return WORDS["detail"] if category == "detail" else f"<{category}>"


def given(script: Script, facts: Facts, progress: Progress, draw: int) -> tuple[str, str]:
    """The same answer for the robot and for the agent; every second one leads on."""
    step, choices = script.step(progress.step), offered(script, progress, facts)
    if step.kind is Kind.IDENTITY and draw % 4:
        right = f"[{facts[step.fact]}]".replace("X", "*")
        return ((right, right, "[9999]")[draw % 3],) * 2
    if step.kind is Kind.NUMBER and draw % 4:
        return (PASSCODE if step.sealed else NUMBERS[draw % 2],) * 2
    leads_on = progress.repeats > 1 or draw % 2
    category = good_choice(script, progress, choices, draw) if leads_on else choices[draw % len(choices)]
    return spoken(script, facts, progress, category), f"<{category}>"


def good_choice(script: Script, progress: Progress, choices: list[str], draw: int = 0) -> str:
    """What leads on."""
    step = script.step(progress.step)
    mine = [name for name in own(step) if name in choices]
    turned = mine[draw % len(mine) :] if mine else []
    leading = (step.wanted, "detail", "none", "value", *turned)
    return next((name for name in leading if name in choices), choices[0])


def followed(script: Script, turn: Turn) -> list[object]:
    """What followed, but for the label, the calling, how an answer was put, and words of an agent's own."""
    effects = [_in_common(script, effect) for effect in turn.effects if not isinstance(effect, Wanted)]
    return [one for one in effects if not (isinstance(one, Told) and _robots(script, one.step))]


def _in_common(script: Script, effect: Effect) -> Effect:
    if isinstance(effect, Told) and (effect.step, "agent_say") in script.texts:
        return replace(effect, text_digest="")
    return replace(effect, raw="") if isinstance(effect, Answered) else effect


def stands(script: Script, progress: Progress) -> object:
    """Where a talk is, but for who speaks, how it came there, and the steps of a robot alone."""

    def common(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if not _robots(script, name))

    return replace(
        progress,
        performer=Performer.AGENT,
        turns=0,
        back="",
        told=common(progress.told),
        pending=common(progress.pending),
        settled=common(progress.settled),
    )


def _robots(script: Script, name: str) -> bool:
    return script.step(name).performer is Performer.ROBOT


def pairs(script: Script, facts: Facts, draws: list[int]) -> Iterator[tuple[Turn, Turn]]:
    """The turns of both for the same answers, until a person is called for who does something else.

    Where a person is called first of all and begins elsewhere (the hotline), there is nothing to compare.
    """
    if script.wants_human(facts) and script.step(script.on["human"]).then:
        return
    robot, agent = begin(script, facts), begin(script, facts, performer=Performer.AGENT)
    for draw in draws:
        if _called_away(script, robot):
            return
        if script.step(robot.progress.step).kind is Kind.TRANSFER:
            robot = advance(script, facts, stored(robot.progress), heard("(agent)"))
        yield robot, agent
        if agent.wait is None or robot.wait is None:
            return
        said, clicked = given(script, facts, agent.progress, draw)
        said = clicked if robot.progress.performer is Performer.AGENT else said
        robot = advance(script, facts, stored(robot.progress), heard(said))
        agent = advance(script, facts, stored(agent.progress), heard(clicked))


def _called_away(script: Script, turn: Turn) -> bool:
    """Whether a person is called for who does not simply go on where the agent stands."""
    step = script.step(turn.progress.step)
    if step.kind is not Kind.TRANSFER:
        return False
    reasons = [effect.reason for effect in turn.effects if isinstance(effect, Wanted)]
    if step.then is None:
        return not any(reason in SAME_WAY for reason in reasons)
    return step.then != step.agent


def the_end(turn: Turn) -> Ended | None:
    """How the talk ended, if it did."""
    return next((effect for effect in turn.effects if isinstance(effect, Ended)), None)
