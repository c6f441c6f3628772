"""What an agent sees of a turn: the words to read, the answers to choose from, the way through the script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.aloud import aloud
from scripts.answers import Ear
from scripts.choices import everywhere, own
from scripts.labels import anytime, label
from scripts.model import Kind, Only, Reveal, Script, Step
from scripts.progress import Progress
from scripts.reading import hold_ms
from scripts.texts import Text
from scripts.values import Facts, Performer, Said

Pieces = tuple[tuple[str, bool], ...]
"""Words, and whether they are one of the customer's values."""

AHEAD = 22
"""Characters of what comes next: enough to know it, too few to read on from it."""

BLANK = "…"
"""Where a value of the customer stands, in words that are shown without it."""

LONGEST = 40
"""Characters of a question that is shown whole in a list."""

CHOICE, DIGITS, WORDS = "choice", "digits", "words"
"""How a step is answered: by a click, by digits that are typed, by words that are typed."""

SYNONYMS = frozenset({"yes", "no", "unsure", "none"})
"""Answers that a robot hears beside the named ones and sends where one of those leads."""


@dataclass(frozen=True, slots=True)
class Option:
    """One button: its key, the category that it chooses, and what it says."""

    key: str
    category: str
    label: str


@dataclass(frozen=True, slots=True)
class Screen:
    """An agent's view of a turn; `said` are the texts, the last without its `question`.

    `robot` says whether a robot may go on from here; `told` of `of` mandatory steps are behind us.
    """

    name: str
    kind: str
    tags: tuple[str, ...]
    said: tuple[Pieces, ...]
    question: Pieces | None
    explain: Pieces | None
    after: str | None
    input: str
    answers: tuple[Option, ...]
    anytime: tuple[Option, ...]
    robot: bool
    way: tuple[tuple[str, str], ...]
    told: int
    of: int
    hold_ms: int


def screen(
    script: Script, facts: Facts, progress: Progress, say: tuple[Said, ...], language: str = "zh"
) -> Screen:
    """The view of what was just said at the step where the talk stands."""
    step, over = script.step(progress.step), progress.ended
    said, question = _words(script, say)
    way = tuple(_way(script, facts, progress))
    return Screen(
        name=step.name,
        kind=step.kind.value,
        tags=_tags(script, step, say),
        said=said,
        question=question,
        explain=None if over else _explanation(script, facts, progress, step),
        after=None if over else _after(script, facts, progress, step),
        input=_input(step, progress),
        answers=() if over else tuple(_answers(script, facts, progress, language)),
        anytime=() if over or not step.waits else tuple(_anytime(script, facts, progress, language)),
        robot=not over and _robot_may(script, facts, step),
        way=way,
        told=sum(state in ("done", "bad") for _, state in way),
        of=len(way),
        hold_ms=hold_ms(script, say),
    )


def label_of(script: Script, step: str, category: str, language: str = "zh") -> str:
    """What an answer is called at a step."""
    return label(script, step, category, language)


def asked(script: Script, step: str, performer: Performer) -> str:
    """What a step asks, short enough for a list and without any of the customer's values."""
    text = script.words(step, performer)
    question = BLANK.join((text.question or text).pieces).replace(BLANK * 2, BLANK)
    end = question.find("？") + 1
    return question[:end] if 0 < end <= LONGEST else _cut(question)


def _cut(words: str) -> str:
    return words if len(words) <= AHEAD else f"{words[:AHEAD]}……"


# The words.


def _words(script: Script, say: tuple[Said, ...]) -> tuple[tuple[Pieces, ...], Pieces | None]:
    """The texts as pieces; the question of the last one by itself."""
    if not say:
        return (), None
    *before, last = say
    texts = [_pieces(script.text(one.step, one.part), one.values) for one in before]
    text = script.text(last.step, last.part)
    if text.question is None:
        return (*texts, _pieces(text, last.values)), None
    cut = len(text.statement.names) if text.statement else 0
    if text.statement:
        texts.append(_pieces(text.statement, last.values[:cut]))
    return tuple(texts), _pieces(text.question, last.values[cut:])


def _pieces(text: Text, values: tuple[str, ...]) -> Pieces:
    pieces = [(text.pieces[0], False)]
    for value, words in zip(values, text.pieces[1:], strict=True):
        pieces += ((value, True), (words, False))
    return tuple((words, is_value) for words, is_value in pieces if words)


def _spoken(script: Script, facts: Facts, progress: Progress, text: Text) -> tuple[str, ...] | None:
    """The values of a text; None for what may not be said yet or cannot be."""
    values = []
    for variable in (script.variables[name] for name in text.names):
        value = aloud(variable.say, facts.get(variable.fact))
        hidden = variable.reveal is Reveal.PRIVATE and not progress.identified
        if hidden or not value:
            return None
        values.append(value)
    return tuple(values)


def _explanation(script: Script, facts: Facts, progress: Progress, step: Step) -> Pieces | None:
    if not step.explains:
        return None
    text = script.text(step.name, "explain")
    values = _spoken(script, facts, progress, text)
    return None if values is None else _pieces(text, values)


def _tags(script: Script, step: Step, say: tuple[Said, ...]) -> tuple[str, ...]:
    """What the agent must know of the step; a statement before it may be a person's alone as well."""
    found = [name for name in ("verbatim", "mandatory") if getattr(step, name)]
    spoken = (script.steps[said.step] for said in say if said.step in script.steps)
    if any(one.human_only for one in (step, *spoken)):
        found.append("human_only")
    codes = {branch.problem for branch in (step.answers or {}).values() if branch.problem}
    return (*found, *sorted(codes))


def _after(script: Script, facts: Facts, progress: Progress, step: Step) -> str | None:
    """How the next step begins, where every answer but the exceptions leads there."""
    following = _next(script, facts, progress, step)
    if following is None or progress.part.startswith("ask."):
        return None
    text = script.words(following.name, progress.performer)
    values = _spoken(script, facts, progress, text)
    if values is None:
        return None
    return _cut(text.spoken(values))


def _next(script: Script, facts: Facts, progress: Progress, step: Step) -> Step | None:
    if step.only is Only.WIRED or step.kind is Kind.END:
        return None
    steps = list(script.steps.values())
    for one in steps[steps.index(step) + 1 :]:
        fits = one.spoken_by(progress.performer) and one.applies(facts)
        if one.only is not Only.WIRED and fits and one.name not in progress.settled:
            return one
    return None


# The answers.


def _input(step: Step, progress: Progress) -> str:
    if progress.part.startswith("ask."):
        return WORDS
    if step.kind in (Kind.IDENTITY, Kind.NUMBER):
        return DIGITS
    return WORDS if step.kind in (Kind.OPEN, Kind.MESSAGE) else CHOICE


def _answers(script: Script, facts: Facts, progress: Progress, language: str) -> Iterator[Option]:
    """The answers in the order of their keys, then what else only this step hears."""
    step = script.step(progress.step)
    if progress.part.startswith("ask.") or step.kind in (Kind.IDENTITY, Kind.NUMBER):
        return
    keys = {name: key for key, name in (step.listening.keys if step.listening else {}).items()}
    names = [name for name in own(step) if not (step.kind is Kind.OPEN and name == "yes")]
    if step.kind is Kind.OPEN:
        keys |= {"value": "1"}
    named = sorted(names, key=lambda name: keys.get(name, "9"))
    beside = [name for name in step.hears or () if name not in script.hears and name not in SYNONYMS]
    for at, name in enumerate((*named, *beside), 1):
        words = label(script, step.name, name, language)
        yield Option(str(at), name, _with_time(script, facts, step, name, words))


def _with_time(script: Script, facts: Facts, step: Step, name: str, words: str) -> str:
    follow_up = script.branch(step, name).follow_up
    time = aloud("slot", facts.get(follow_up.slot)) if follow_up and follow_up.slot else ""
    return f"{words} {time}" if time else words


def _anytime(script: Script, facts: Facts, progress: Progress, language: str) -> Iterator[Option]:
    step = script.step(progress.step)
    heard = everywhere(Ear(script, step, facts, progress.identified))
    for category, key, words in anytime(language):
        if category in heard:
            yield Option(key, category, words)


def _robot_may(script: Script, facts: Facts, step: Step) -> bool:
    return not (step.human_only or step.kind in (Kind.TRANSFER, Kind.END) or script.wants_human(facts))


# The way.


def _way(script: Script, facts: Facts, progress: Progress) -> Iterator[tuple[str, str]]:
    """Every mandatory step of this talk: done, settled with a problem, where we are, or still open."""
    here = script.step(progress.step)
    for step in script.required(facts, progress.performer):
        yield step.name, _state(step, here, progress)


def _state(step: Step, here: Step, progress: Progress) -> str:
    if step.name in (here.name, here.affirms) and not progress.ended:
        return "now"
    if step.name not in progress.settled:
        return "open"
    return "done" if step.kind is Kind.TELL or step.name in progress.affirmed else "bad"
