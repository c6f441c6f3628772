"""A script as a form on paper: the same items, for a visit or a letter (S002-95, S002-96, B3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.choices import RATES
from scripts.conditions import in_words
from scripts.labels import label
from scripts.model import Branch, Kind, Only, Script, Step
from scripts.texts import Text
from scripts.values import Facts, Performer
from scripts.written import written

Pieces = tuple[tuple[str, bool], ...]
"""Words, and whether they are a value; a value that is not known is empty, to be written in."""

ITEMS = frozenset(
    {Kind.TELL, Kind.DISCLOSE, Kind.CONFIRM, Kind.ASK, Kind.CHOICE, Kind.RATE, Kind.OPEN, Kind.NUMBER}
)
"""The kinds of steps that stand on paper; whom a signature proves need not say digits."""

UNSURE = "说不清楚"
"""What a customer ticks who cannot say yes or no; an agent's button names it from outside."""


@dataclass(frozen=True, slots=True)
class After:
    """What follows for whoever ticks one of these boxes: something to read, to write, the items led to."""

    boxes: tuple[str, ...]
    tell: Pieces | None
    ask: Pieces | None
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to read or to answer; `only_if` says to whom it applies where that is not known yet."""

    step: str
    kind: Kind
    mandatory: bool
    verbatim: bool
    words: Pieces
    explain: Pieces | None
    only_if: str
    boxes: tuple[str, ...]
    after: tuple[After, ...]

    @property
    def writes(self) -> bool:
        """Whether the answer is written, not ticked."""
        return self.kind in (Kind.OPEN, Kind.NUMBER)


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole form: whom it is for, what it is of, and its items in the order of the talk."""

    name: str
    title: str
    version: int
    digest: str
    person: str
    about: str
    items: tuple[Item, ...]


def paper(script: Script, facts: Facts | None = None) -> Paper:
    """The form of a script: blank with every item, or of one customer without those that do not apply."""
    printer = _Printer(script, facts)
    return Paper(
        name=script.name,
        title=script.title,
        version=script.version,
        digest=script.digest,
        person=script.person,
        about=script.about,
        items=tuple(printer.item(step) for step in script.steps.values() if printer.stands(step)),
    )


class _Printer:
    """One script being laid out, for nobody in particular or with the facts of one customer."""

    def __init__(self, script: Script, facts: Facts | None) -> None:
        self._script, self._facts = script, facts or {}
        self._file = next(step.file for step in script.steps.values() if step.only is None)
        self._above: list[str] = []

    def stands(self, step: Step) -> bool:
        """Whether the talk itself, not its opening or a way out, comes to the step."""
        return step.only is None and step.kind in ITEMS and self._applies(step)

    def item(self, step: Step) -> Item:
        self._above.append(step.name)
        item = Item(
            step=step.name,
            kind=step.kind,
            mandatory=step.mandatory,
            verbatim=step.verbatim,
            words=self._pieces(self._script.words(step.name, Performer.AGENT)),
            explain=self._part(step, "explain" if step.explains else None),
            only_if=in_words(need for need in step.when if need.met(self._facts) is None),
            boxes=RATES if step.kind is Kind.RATE else tuple(box for box, _ in self._ticked(step)),
            after=tuple(self._after(step)),
        )
        self._above.pop()
        return item

    def _applies(self, step: Step) -> bool:
        spoken = step.spoken_by(Performer.AGENT)
        purposes = not step.purposes or self._script.purpose in step.purposes
        return spoken and purposes and step.may_apply(self._facts)

    def _ticked(self, step: Step) -> Iterator[tuple[str, Branch]]:
        """The boxes of an item, each with what follows it."""
        if step.kind not in (Kind.DISCLOSE, Kind.CONFIRM, Kind.ASK, Kind.CHOICE):
            return
        for category, branch in (step.answers or {}).items():
            if category == "unsure" and step.kind is Kind.ASK:
                continue
            vague = category == "unsure" and step.kind is not Kind.CHOICE
            yield UNSURE if vague else label(self._script, step.name, category, "zh"), branch

    def _after(self, step: Step) -> Iterator[After]:
        """What follows the boxes, once where several lead to the same."""
        found: dict[tuple[Pieces | None, Pieces | None, tuple[Item, ...]], list[str]] = {}
        for box, branch in self._ticked(step):
            follows = (self._part(step, branch.tell), self._part(step, branch.ask), self._led(branch))
            if any(follows):
                found.setdefault(follows, []).append(box)
        yield from (After(tuple(boxes), *follows) for follows, boxes in found.items())

    def _led(self, branch: Branch) -> tuple[Item, ...]:
        """The item that only this answer leads to, unless we came from there."""
        step = self._script.steps.get(branch.then or "")
        if step is None or step.only is not Only.WIRED or step.name in self._above:
            return ()
        own = step.file == self._file and step.kind in ITEMS and self._applies(step)
        return (self.item(step),) if own else ()

    def _part(self, step: Step, part: str | None) -> Pieces | None:
        return self._pieces(self._script.text(step.name, part)) if part else None

    def _pieces(self, text: Text) -> Pieces:
        pieces = [(text.pieces[0], False)]
        for name, words in zip(text.names, text.pieces[1:], strict=True):
            pieces += ((self._value(name), True), (words, False))
        return tuple(piece for piece in pieces if piece[0] or piece[1])

    def _value(self, name: str) -> str:
        variable = self._script.variables[name]
        return written(variable.say, self._facts.get(variable.fact))
