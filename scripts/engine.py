"""Walk a script, one turn at a time: pure and total, the same for every performer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scripts.aloud import aloud
from scripts.answers import DETAIL, NO_MATCH, Answer, Ear, detail, understood
from scripts.check import THEN
from scripts.choices import chosen, understood_at_all
from scripts.model import COMMON, Kind, NotOffered, Only, Script, Step
from scripts.problems import PROBLEMS, STOPPING
from scripts.progress import Progress
from scripts.talk import Talk, fresh
from scripts.values import Answered, Effect, Ended, Facts, Heard, Input, Performer, Turn
from scripts.wiring import NO_AGENT

MAX_TURNS = 120
"""A call of this many turns is ended politely; the longest script has about thirty steps."""

MAX_SILENCES = 2
MAX_MISSES = 3
"""The silence and the not-understood answer, one after the other, that end the asking."""

RECORDED = "[录音]"
"""What is kept as the answer where a message was recorded."""

SLOW_REPEAT, LAST_REPEAT = 3, 4
"""The repetition that is spoken slowly, and the one that becomes a human's."""


def begin(
    script: Script, facts: Facts, *, performer: Performer = Performer.ROBOT, resume: Progress | None = None
) -> Turn:
    """The first turn; a resumed talk opens and checks the identity again, then goes on where it stopped."""
    talk = Talk(script, facts, fresh(performer, resume, script.opening))
    talk.start()
    return talk.turn()


def advance(script: Script, facts: Facts, progress: Progress, heard: Heard) -> Turn:
    """The turn that follows an input; after the end the same ending again."""
    talk = Talk(script, facts, progress)
    if progress.outcome is not None:
        return _ending_again(talk, Ended(progress.outcome, progress.reason))
    talk.turns += 1
    if talk.turns > MAX_TURNS:
        talk.go("on.error")
    else:
        _INPUTS[heard.kind](talk, heard)
    return talk.turn()


def missing(script: Script, facts: Facts) -> tuple[str, ...]:
    """The facts without which a mandatory step cannot be said or known to apply: no amount, no call."""
    found: dict[str, None] = {}
    for step in script.mandatory:
        found.update(dict.fromkeys(_lacking(script, step, facts)))
    for step in script.steps.values():
        if step.mandatory and step.only is Only.WIRED and step.applies(facts):
            found.update(dict.fromkeys(_unsaid(script, step, facts)))
    return tuple(found)


def _lacking(script: Script, step: Step, facts: Facts) -> Iterator[str]:
    met = [(need, need.met(facts)) for need in step.when]
    if any(known is False for _, known in met):
        return
    yield from (need.fact for need, known in met if known is None)
    if step.fact and not facts.get(step.fact):
        yield step.fact
    yield from _unsaid(script, step, facts)


def _unsaid(script: Script, step: Step, facts: Facts) -> Iterator[str]:
    """The facts that the words of the step lack."""
    for part in ("say", "explain", "again"):
        if (step.name, part) in script.texts:
            for name in script.text(step.name, part).names:
                variable = script.variables[name]
                if not aloud(variable.say, facts.get(variable.fact)):
                    yield variable.fact


def _ending_again(talk: Talk, ended: Effect) -> Turn:
    if talk.part:
        owner = talk.owner(talk.part[5:]) if talk.part.startswith("tell.") else talk.state
        talk.say(owner, talk.part)
    talk.effects.append(ended)
    return talk.turn()


def _hung_up(talk: Talk, heard: Heard) -> None:
    talk.part = ""
    talk.finish(None, "hangup")


def _machine(talk: Talk, heard: Heard) -> None:
    talk.go("on.machine")


def _broken(talk: Talk, heard: Heard) -> None:
    talk.go("on.error")


def _silent(talk: Talk, heard: Heard) -> None:
    talk.hear(heard)
    if talk.step.kind is Kind.TRANSFER:
        return
    if talk.part.startswith("ask."):
        _answered(talk, Answer(DETAIL, ""))
        return
    if talk.step.kind in (Kind.OPEN, Kind.MESSAGE):
        _answered(talk, Answer("none", ""))
        return
    talk.silences += 1
    if talk.silences >= MAX_SILENCES:
        talk.go("on.silence")
        return
    talk.say(COMMON, "silence")
    talk.ask_again()


def _replied(talk: Talk, heard: Heard) -> None:
    talk.hear(heard)
    listen = detail if talk.part.startswith("ask.") else understood
    ear = _ear(talk)
    answer = listen(ear, heard)
    _meant(talk, answer if talk.performer is Performer.ROBOT else understood_at_all(ear, answer))


def _left_message(talk: Talk, heard: Heard) -> None:
    if talk.step.kind is Kind.MESSAGE:
        talk.hear(heard)
        _answered(talk, Answer("value", RECORDED))
    else:
        _silent(talk, heard)


def _chosen(talk: Talk, heard: Heard) -> None:
    talk.hear(heard)
    _meant(talk, chosen(_ear(talk), talk.part, heard))


def _ear(talk: Talk) -> Ear:
    return Ear(talk.script, talk.step, talk.facts, talk.identified)


def _meant(talk: Talk, answer: Answer) -> None:
    talk.silences = 0
    act = _ACTS.get(answer.category)
    if (act or answer.category == "human") and talk.step.kind is Kind.TRANSFER:
        return
    if act:
        act(talk)
    else:
        talk.misses = 0
        _answered(talk, answer)


def _not_understood(talk: Talk) -> None:
    talk.misses += 1
    if talk.misses >= MAX_MISSES:
        talk.go("on.no_match")
        return
    talk.say(COMMON, "no_match")
    talk.ask_again()


def _repeat(talk: Talk) -> None:
    talk.repeats += 1
    if talk.repeats >= LAST_REPEAT and talk.performer is Performer.ROBOT:
        talk.go("on.human")
        return
    slow, talk.slow = talk.slow, talk.slow or talk.repeats >= SLOW_REPEAT
    talk.repeat()
    talk.slow = slow


def _slower(talk: Talk) -> None:
    talk.slow = True
    talk.repeat()


def _answered(talk: Talk, answer: Answer) -> None:
    step = talk.step
    talk.effects.append(Answered(step.name, answer.category, answer.raw))
    if answer.category == DETAIL:
        category, talk.part = talk.part.removeprefix("ask."), "say"
        talk.carry_on(category, talk.script.branch(step, category))
    elif _to_be_asked_back(talk, step, answer.category):
        _ask_back(talk, step)
    else:
        if step.wanted and answer.category == step.wanted and step.mandatory:
            talk.affirm(step)
        talk.take(answer.category, talk.script.branch(step, answer.category))


def _to_be_asked_back(talk: Talk, step: Step, category: str) -> bool:
    """A weak answer once before it becomes a problem; a plain no only where something can be explained."""
    if talk.part != "say" or category == step.wanted or category not in (step.answers or ()):
        return False
    if not step.mandatory or step.kind not in (Kind.CONFIRM, Kind.DISCLOSE):
        return False
    weak = category == "unsure" and (step.asks_again or bool(talk.script.branch(step, category).problem))
    return weak or (step.explains and category in ("no", "unsure"))


def _ask_back(talk: Talk, step: Step) -> None:
    talk.part = "again"
    if not talk.was_told(step):
        talk.repeat()
    elif step.explains:
        talk.say(step.name, "explain")
        talk.say(step.name, "question")
    elif step.asks_again:
        talk.say(step.name, "again")
    else:
        talk.say(COMMON, "again")
        talk.say(step.name, "question")


def _agent_came(talk: Talk, heard: Heard) -> None:
    talk.hand_over(Performer.AGENT, heard)
    if talk.step.kind is not Kind.TRANSFER:
        talk.repeat()
    elif talk.step.then:
        talk.go(THEN)
    else:
        talk.resume()


def _nobody_came(talk: Talk, heard: Heard) -> None:
    talk.hear(heard)
    talk.performer = Performer.ROBOT
    talk.label()
    talk.go(NO_AGENT)


def _robot_goes_on(talk: Talk, heard: Heard) -> None:
    step = talk.step
    if step.human_only or step.kind is Kind.TRANSFER or talk.script.wants_human(talk.facts):
        raise NotOffered(
            f'{talk.script.name}: step "{step.name}" is a person\'s, a robot may not go on there'
        )
    talk.hand_over(Performer.ROBOT, heard)
    talk.label()
    talk.repeat()


def _problem(talk: Talk, heard: Heard) -> None:
    if heard.text not in PROBLEMS:
        raise NotOffered(f'{talk.script.name}: there is no problem "{heard.text}", use P01 to P30')
    if heard.text in STOPPING:
        talk.hear(heard)
        talk.stop(heard.text, heard.words)
    else:
        talk.open_problem(heard.text, heard.words)
        talk.repeat()


_ACTS: dict[str, Callable[[Talk], None]] = {
    NO_MATCH: _not_understood,
    "repeat": _repeat,
    "cannot_hear": _repeat,
    "slower": _slower,
}
_INPUTS: dict[Input, Callable[[Talk, Heard], None]] = {
    Input.KEYS: _replied,
    Input.SPEECH: _replied,
    Input.SILENCE: _silent,
    Input.HANGUP: _hung_up,
    Input.MACHINE: _machine,
    Input.ERROR: _broken,
    Input.CHOICE: _chosen,
    Input.AGENT: _agent_came,
    Input.ROBOT: _robot_goes_on,
    Input.NO_AGENT: _nobody_came,
    Input.PROBLEM: _problem,
    Input.MESSAGE: _left_message,
}
