"""The picture of a script: the talk from top to bottom, exceptions beside it, below what can always come."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.check import BACK, SAME, branches, targets
from scripts.conditions import in_words, title
from scripts.labels import LANGUAGES, label
from scripts.model import ON, Branch, Kind, Only, Script, Step
from scripts.texts import Text
from scripts.values import Outcome, Performer

_WORDS: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)

SHORT = 12
"""Characters of a question that tells nothing without the statement before it."""

LONGEST = 44
"""Characters of a step's words in its box."""

PLAIN = frozenset({"yes", "no", "unsure", "none"})
"""Answers that a step of any kind may hear."""

Way = tuple[str | None, str | None, str | None, Outcome | None, bool]


def word(kind: str, name: str, language: str = "zh") -> str:
    """A word of the picture."""
    return _WORDS[kind][name][LANGUAGES.index(language)]


@dataclass(frozen=True, slots=True)
class Box:
    """A step of the picture: what it asks or says, its marks, and when it applies."""

    step: str
    kind: str
    words: str
    marks: tuple[str, ...]
    condition: str


@dataclass(frozen=True, slots=True)
class Exit:
    """Where answers lead that do not simply go on: to a box drawn here, to one drawn elsewhere, to an end.

    `leads` is what happens where no step follows; `refers` names a step that stands somewhere else.
    """

    labels: tuple[str, ...]
    problem: str = ""
    leads: str = ""
    refers: str = ""
    end: Outcome | None = None
    branch: Row | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A step with its exits, in the order of the file."""

    box: Box
    exits: tuple[Exit, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What can come at any time, and the step it leads to, drawn here or elsewhere; or what then happens."""

    labels: tuple[str, ...]
    exit: Exit


@dataclass(frozen=True, slots=True)
class Diagram:
    """A script as rows: its opening, its own talk, and what can come at any time.

    `alone` says when the whole talk is a person's: always (a blank), or under a condition; empty for never.
    """

    alone: str
    opening: tuple[Row, ...]
    talk: tuple[Row, ...]
    anytime: tuple[Trigger, ...]

    def drawn(self) -> tuple[str, ...]:
        """The steps of all boxes, from top to bottom."""
        exits = (trigger.exit for trigger in self.anytime)
        below = (name for one in exits if one.branch for name in _names(one.branch))
        return (*(name for row in (*self.opening, *self.talk) for name in _names(row)), *below)


def _names(row: Row) -> Iterator[str]:
    yield row.box.step
    for one in row.exits:
        if one.branch:
            yield from _names(one.branch)


def called(script: Script, step: Step, category: str, language: str = "zh") -> str:
    """What an answer is called; a yes to an open question is the wish to say something."""
    if step.kind is Kind.OPEN and category == "yes":
        category = "value"
    found = label(script, step.name, category, language)
    return word("plain", category, language) if found == category and category in PLAIN else found


def gist(script: Script, step: Step, language: str = "zh") -> str:
    """What a step is about: its question, or what comes before where that alone says too little."""
    text = script.words(step.name, step.performer or Performer.ROBOT)
    question = _named(script, text.question, language) if text.question and text.statement else ""
    words = question if len(question) > SHORT else _named(script, text, language)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _named(script: Script, text: Text, language: str) -> str:
    """The words with the names of the facts where their values stand."""
    facts = (script.variables[name].fact for name in text.names)
    return text.spoken(tuple(f"〔{title(fact, language)}〕" for fact in facts))


def diagram(script: Script, language: str = "zh") -> Diagram:
    """The picture of a script; every step has one box, at the first place that leads to it."""
    return _Drawing(script, language).diagram()


class _Drawing:
    """A picture being put together."""

    def __init__(self, script: Script, language: str) -> None:
        self.script, self.language = script, language
        self.roots = {branch.then for branch in script.hears.values()} | set(script.on.values())
        self.below = self._below()
        self.placed: set[str] = set()

    def diagram(self) -> Diagram:
        """Opening and talk first, then what can come at any time."""
        main = [step for step in self.script.steps.values() if step.only is not Only.WIRED]
        self.placed |= {step.name for step in main}
        opening = tuple(self._row(step) for step in main if step.name in self.script.opening)
        talk = tuple(self._row(step) for step in main if step.name not in self.script.opening)
        self.below = set()
        return Diagram(self._alone(), opening, talk, (*self._triggers(), *self._left_over()))

    def _alone(self) -> str:
        if Performer.ROBOT not in self.script.performers:
            return " "
        return in_words(self.script.human_first, self.language)

    def _below(self) -> set[str]:
        """The steps that belong to what can come at any time."""
        todo, found = [name for name in self.roots if name and name in self.script.steps], set[str]()
        while todo:
            name = todo.pop()
            step = self.script.steps[name]
            if name not in found and step.only is Only.WIRED:
                found.add(name)
                todo += [target for _, target in targets(step)]
        return found

    def _word(self, kind: str, name: str) -> str:
        return word(kind, name, self.language)

    # Boxes.

    def _row(self, step: Step) -> Row:
        self.placed.add(step.name)
        return Row(self._box(step), tuple(self._exits(step)))

    def _box(self, step: Step) -> Box:
        return Box(
            step.name,
            self._word("kind", step.kind),
            gist(self.script, step, self.language),
            tuple(self._marks(step)),
            self._condition(step),
        )

    def _marks(self, step: Step) -> Iterator[str]:
        names = [name for name in ("mandatory", "verbatim", "human_only") if getattr(step, name)]
        yield from (*names, *((step.performer.value,) if step.performer else ()))

    def _condition(self, step: Step) -> str:
        purposes = [self._word("purpose", purpose) for purpose in step.purposes]
        return " · ".join(filter(None, (in_words(step.when, self.language), *purposes)))

    # Exits.

    def _exits(self, step: Step) -> Iterator[Exit]:
        if step.kind is Kind.END:
            yield from self._wires(step, {"otherwise": step.otherwise})
            return
        shared: dict[Way, list[str]] = {}
        for category, branch in branches(step):
            if category != "human" and (way := self._way(step, branch)):
                shared.setdefault(way, []).append(called(self.script, step, category, self.language))
        for way, labels in shared.items():
            yield self._exit(way, tuple(dict.fromkeys(labels)))
        came = "came" if step.kind is Kind.TRANSFER else "then"
        wires = {came: step.then, "otherwise": step.otherwise, "no_agent": step.no_agent, "agent": step.agent}
        yield from self._wires(step, wires)
        yield from self._wires(step, {name: (step.on or {}).get(name) for name in ON})

    def _way(self, step: Step, branch: Branch) -> Way | None:
        """What an answer does; None where the talk simply goes on."""
        noted = "block" if branch.block else "noted" if branch.follow_up else "more" if branch.ask else None
        way = (branch.problem, noted, branch.then, branch.end, bool(branch.tell) and branch.then == SAME)
        if way == (None, None, None, None, False) and step.only is not Only.WIRED:
            return None
        return way

    def _exit(self, way: Way, labels: tuple[str, ...]) -> Exit:
        problem, noted, target, end, _ = way
        notes = [self._word("leads", noted)] if noted else []
        if end:
            leads = [*notes, self._word("outcome", end)]
            return Exit(labels, problem or "", " · ".join(leads), end=end)
        if target in (None, SAME, BACK):
            leads = [*notes, self._word("leads", target or "on")]
            return Exit(labels, problem or "", " · ".join(leads))
        return replace(self._to(str(target), labels, problem or ""), leads=" · ".join(notes))

    def _wires(self, step: Step, wires: Mapping[str, str | None]) -> Iterator[Exit]:
        shared: dict[str, list[str]] = {}
        for name, target in wires.items():
            if target:
                shared.setdefault(target, []).append(self._word("on", name))
        yield from (self._to(target, tuple(names)) for target, names in shared.items())

    def _to(self, target: str, labels: tuple[str, ...], problem: str = "") -> Exit:
        if target in self.placed or target in self.below:
            return Exit(labels, problem, refers=target)
        return Exit(labels, problem, branch=self._row(self.script.steps[target]))

    # What can come at any time.

    def _triggers(self) -> Iterator[Trigger]:
        shared: dict[Way, list[str]] = {}
        for category, branch in self.script.hears.items():
            if category != "human":
                name = label(self.script, "", category, self.language)
                shared.setdefault(self._heard(branch), []).append(name)
        for name, target in self.script.on.items():
            shared.setdefault((None, None, target, None, False), []).append(self._word("on", name))
        for way, labels in shared.items():
            yield Trigger(tuple(labels), self._exit(way, ()))

    def _heard(self, branch: Branch) -> Way:
        noted = "block" if branch.block else "noted" if branch.follow_up else None
        return branch.problem, noted, branch.then, branch.end, False

    def _left_over(self) -> Iterator[Trigger]:
        """Steps that only wires of steps without a box lead to; every step is in the picture."""
        for step in self.script.steps.values():
            if step.name not in self.placed:
                yield Trigger((), Exit((), branch=self._row(step)))
