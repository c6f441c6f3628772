"""A script tried out: both performers beside each other, over the same facts, with the same answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scripts.answers import Ear, detail, sorted_out, understood
from scripts.choices import RATES, VALUE, own
from scripts.engine import advance, begin
from scripts.listening import EVERYWHERE
from scripts.model import Kind, NotOffered, Script
from scripts.sample import domain
from scripts.values import Facts, Heard, Input, Performer, Turn

AFTER_A_CALL = (Input.AGENT, Input.NO_AGENT)
"""What becomes of a transfer; only the robot's talk waits at one."""

SAME_FOR_BOTH = (Input.SILENCE, Input.HANGUP, Input.MESSAGE)

WRONG_DIGITS = "0000"
SOME_NUMBER = "13800000000"
YES = frozenset({"true", "yes", "是"})


@dataclass(frozen=True, slots=True)
class Given:
    """One answer of a play: keys, words, a category that both performers take, or what else can happen."""

    kind: Input
    text: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One performer's talk after a turn; one that did not take the last answer stands where it stood."""

    performer: Performer
    turn: Turn
    took: bool = True

    @property
    def over(self) -> bool:
        """Whether this talk has ended."""
        return self.turn.progress.ended


@dataclass(frozen=True, slots=True)
class Moment:
    """A play after one answer (None: at its beginning); a script of people alone has no robot's side."""

    given: Given | None
    sides: tuple[Side, ...]

    @property
    def leads(self) -> Side:
        """The side that answers are offered for: the robot's, until its talk is over."""
        return next((side for side in self.sides if not side.over), self.sides[-1])

    @property
    def over(self) -> bool:
        """Whether nothing can be answered any more."""
        return self.leads.over

    def side(self, performer: Performer) -> Side | None:
        """The side that this performer began."""
        return next((side for side in self.sides if side.performer is performer), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """An answer that can be given now: its category, the robot's key for it, and how it is given."""

    category: str
    key: str
    given: Given


class NoSuchFact(ValueError):
    """A script reads no fact of this name."""


def begun(script: Script, facts: Facts) -> Moment:
    """The first words of both performers."""
    sides = (Side(who, begin(script, facts, performer=who)) for who in script.performers)
    return Moment(None, tuple(sides))


def answered(script: Script, facts: Facts, moment: Moment, given: Given) -> Moment:
    """The moment after one more answer."""
    return Moment(given, tuple(_moved(script, facts, side, given) for side in moment.sides))


def play(script: Script, facts: Facts, given: Iterable[Given] = ()) -> tuple[Moment, ...]:
    """Every moment of a play; going back is playing all answers but the last."""
    moments = [begun(script, facts)]
    for one in given:
        moments.append(answered(script, facts, moments[-1], one))
    return tuple(moments)


def differences(moment: Moment) -> tuple[str, ...]:
    """In what the two talks differ: `step`, `affirmed`, `problems`, `outcome`; none where they conform."""
    if len(moment.sides) < len(Performer):
        return ()
    one, other = (side.turn.progress for side in moment.sides)
    return tuple(
        name
        for name in ("step", "affirmed", "problems", "outcome")
        if getattr(one, name) != getattr(other, name)
    )


def _moved(script: Script, facts: Facts, side: Side, given: Given) -> Side:
    if side.over:
        return Side(side.performer, side.turn, took=False)
    try:
        heard = _heard(script, facts, side, given)
        turn = advance(script, facts, side.turn.progress, heard) if heard else None
    except NotOffered:
        turn = None
    return Side(side.performer, turn or side.turn, took=turn is not None)


def _heard(script: Script, facts: Facts, side: Side, given: Given) -> Heard | None:
    """The answer as this performer gets it; None for one that is nothing to it."""
    progress = side.turn.progress
    transfer = script.step(progress.step).kind is Kind.TRANSFER
    if given.kind in AFTER_A_CALL:
        return Heard(given.kind) if transfer else None
    if given.kind in SAME_FOR_BOTH:
        return Heard(given.kind)
    if progress.performer is Performer.ROBOT:
        return _for_robot(script, side, given)
    return _for_agent(script, facts, side, given)


def _for_robot(script: Script, side: Side, given: Given) -> Heard:
    """A category by its key, where the step has one."""
    if given.kind is not Input.CHOICE or side.turn.progress.part.startswith("ask."):
        return Heard(given.kind, given.text)
    listening = script.step(side.turn.progress.step).listening
    keys = {category: key for key, category in listening.keys.items()} if listening else {}
    key = keys.get(given.text)
    return Heard(Input.KEYS, key) if key else Heard(Input.CHOICE, given.text)


def _for_agent(script: Script, facts: Facts, side: Side, given: Given) -> Heard:
    """Keys and words as the category that a robot understands; digits as they are.

    What a robot does not understand is no category, so that nobody offers it and the agent's talk stays.
    """
    progress = side.turn.progress
    step = script.step(progress.step)
    if given.kind is Input.CHOICE:
        return Heard(Input.CHOICE, given.text)
    heard = Heard(given.kind, given.text)
    ear = Ear(script, step, facts, progress.identified)
    answer = (detail if progress.part.startswith("ask.") else understood)(ear, heard)
    if step.kind in (Kind.IDENTITY, Kind.NUMBER) and answer.category in (step.answers or {}):
        return heard
    words = given.text if given.kind is Input.SPEECH else ""
    if step.kind is Kind.RATE and answer.category in (step.answers or {}):
        mark = next(mark for mark in RATES if sorted_out(step, mark) == answer.category)
        return Heard(Input.CHOICE, given.text if given.text in RATES else mark, words)
    return Heard(Input.CHOICE, answer.category, words)


def offers(script: Script, facts: Facts, moment: Moment) -> tuple[Offer, ...]:
    """The answers of the step itself; free words may be given wherever something is asked."""
    side = moment.leads
    progress = side.turn.progress
    step = script.step(progress.step)
    if side.over or progress.part.startswith("ask."):
        return ()
    match step.kind:
        case Kind.TRANSFER:
            return (*_after_a_call(), *_choices(script, side))
        case Kind.IDENTITY:
            return tuple(_digits(str(facts.get(step.fact) or ""), WRONG_DIGITS))
        case Kind.NUMBER:
            known = str(facts.get(step.fact) or "").split() if step.fact else [SOME_NUMBER]
            return tuple(_digits(known[0] if known else "", SOME_NUMBER if step.fact else ""))
        case Kind.MESSAGE:
            return (Offer(VALUE, "", Given(Input.MESSAGE)), Offer("none", "", Given(Input.SILENCE)))
    return tuple(_choices(script, side))


def _after_a_call() -> Iterator[Offer]:
    yield from (Offer(kind.value, "", Given(kind)) for kind in AFTER_A_CALL)


def _digits(right: str, wrong: str) -> Iterator[Offer]:
    """What fits the fact, and what does not."""
    if right:
        keys = right.replace("X", "*")
        yield Offer("match" if wrong else VALUE, keys, Given(Input.KEYS, keys))
    if wrong:
        yield Offer("mismatch", wrong, Given(Input.KEYS, wrong))


def _choices(script: Script, side: Side) -> Iterator[Offer]:
    """The step's own answers in the order of their keys."""
    step = script.step(side.turn.progress.step)
    heard = step.listening.keys if step.listening else {}
    keys = {category: key for key, category in heard.items() if key not in EVERYWHERE}
    named = [name for name in own(step) if not (step.kind is Kind.OPEN and name == VALUE)]
    for name in sorted(named, key=lambda name: keys.get(name, "9")):
        yield Offer(name, keys.get(name, ""), Given(Input.CHOICE, name))


def fact(script: Script, name: str, text: str) -> str | int | bool:
    """A chosen fact as the script reads it: a yes, a number or a text, as its other values are."""
    ways = domain(script).get(name, ())
    examples = [one.example for one in script.variables.values() if one.fact == name]
    digits = [step.fact for step in script.steps.values() if step.fact == name]
    if not (ways or examples or digits):
        raise NoSuchFact(f"{name}: the script reads no such fact; it reads {', '.join(readable(script))}")
    kinds = {type(value) for value in (*ways, *examples)}
    if kinds == {bool}:
        return text.lower() in YES
    return int(text) if int in kinds and text.lstrip("-").isdecimal() else text


def readable(script: Script) -> tuple[str, ...]:
    """The names of all facts that conditions, texts and identity checks read, those of conditions first."""
    names = [*domain(script), *(one.fact for one in script.variables.values())]
    names += [step.fact for step in script.steps.values() if step.fact]
    return tuple(dict.fromkeys(names))
