"""Where a talk can be, with all that does not decide how it goes on left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from scripts.answers import REFUSES
from scripts.check import BACK, THEN, branches
from scripts.model import Kind, Only, Script, Step
from scripts.proofs.knowing import Known
from scripts.wiring import NEXT, NO_AGENT, START, Sort, Way, Ways


class Wish(IntEnum):
    """How far a customer is who wants no more calls: blocked, refused, offered another way, asked on."""

    NONE = 0
    BLOCKED = 1
    REFUSED = 2
    ASKED = 3
    IGNORED = 4


class Place(NamedTuple):
    """One state of the abstract talk.

    `settled` has a bit for each settled step that can still come up, `back` is kept only where a way back may
    follow. `stopped`: a problem was opened after which nothing more is asked. `other`: somebody else answers.
    `known` are the values of the tracked facts.
    """

    step: str
    part: str = "say"
    agent: bool = False
    identified: bool = False
    back: str = ""
    settled: int = 0
    stopped: bool = False
    wish: int = Wish.NONE
    other: bool = False
    known: Known = ()

    def returning(self, back: str) -> Place:
        """The place with another way back."""
        return Place(*self[:4], back, self.settled, *self[6:])


class Move(NamedTuple):
    """What happens at a place: an `answer` with its category, or the name of another input."""

    sort: str
    category: str = ""


GO = Move("go")
"""After a statement the talk goes on by itself."""


ANYWHERE: Mapping[str, bool | None] = {"<asked>": True, "<settled>": False, "<unknown>": None}
"""Ways back that stand for all that are still open, settled, or either."""


class DependsOnTheWayBack(Exception):
    """What follows depends on where exactly the way back leads."""


_SILENT = frozenset({NEXT, THEN, NO_AGENT})


class Live:
    """Which settled steps and which way back can still matter at a step."""

    def __init__(self, script: Script, ways: Ways) -> None:
        fallen = (name for name, step in script.steps.items() if step.only is not Only.WIRED)
        self._bits = {name: 1 << at for at, name in enumerate(fallen)}
        ways = {name: dict(_used(script, name, events)) for name, events in ways.items()}
        after = {
            name: {way.target for every in events.values() for way in every} for name, events in ways.items()
        }
        read = {name: set(self._read(script, name, ways)) for name in ways}
        self._masks = {name: self._mask(_closure(read, after, name)) for name in (*script.steps, START)}
        self._returns = _returning(script, ways)

    def bit(self, name: str) -> int:
        """The bit of a step; one that is only wired is said as often as it is come to."""
        return self._bits.get(name, 0)

    def trimmed(self, place: Place) -> Place:
        """The place without what cannot matter any more."""
        back = place.back if place.step in self._returns else ""
        settled = place.settled
        if settled:
            if back in ANYWHERE:
                raise DependsOnTheWayBack
            home = back.partition(":")[0]
            settled &= self._masks[place.step] | (self._masks[home] if home else 0)
        if back == place.back and settled == place.settled:
            return place
        return Place(*place[:4], back, settled, *place[6:])

    def _read(self, script: Script, name: str, ways: Ways) -> Iterator[str]:
        if name in script.steps and script.steps[name].only is not Only.WIRED:
            yield name
        for every in ways[name].values():
            for way in every:
                yield from (guard.step for guard in way.guards if guard.sort is Sort.OPEN)

    def _mask(self, names: set[str]) -> int:
        return sum(self._bits[name] for name in names)


def _used(
    script: Script, name: str, events: Mapping[str, tuple[Way, ...]]
) -> Iterator[tuple[str, tuple[Way, ...]]]:
    """The events that can come: a question whose every answer has a target is never simply passed."""
    step = script.steps.get(name)
    goes_on = step is None or (_falls(script, step) if step.waits else not step.then)
    yield from ((event, ways) for event, ways in events.items() if event != NEXT or goes_on)


def _falls(script: Script, step: Step) -> bool:
    heard = {**script.hears, **(step.hears or {}), **(step.answers or {})}
    unwired = any(not (branch.then or branch.end) for branch in heard.values())
    passed = step.only is not Only.WIRED or step.performer is not None
    return unwired or REFUSES not in heard or passed


def _closure(read: dict[str, set[str]], after: dict[str, set[str]], name: str) -> set[str]:
    found, seen, todo = set[str](), {name}, [name]
    while todo:
        here = todo.pop()
        found |= read.get(here, set())
        fresh = after.get(here, set()) - seen
        seen |= fresh
        todo += fresh
    return found


def _returning(script: Script, ways: Ways) -> set[str]:
    """The steps from which the talk may go back to a place that was noted before them."""
    found = {step.name for step in script.steps.values() if _returns(script, step)}
    edges = {name: set(_keeping(script, step, ways)) for name, step in script.steps.items()}
    while fresh := {name for name, after in edges.items() if name not in found and after & found}:
        found |= fresh
    return found


def returns_on_arrival(step: Step) -> bool:
    """Whether a person who comes at this transfer goes back to where the talk stood."""
    return step.kind is Kind.TRANSFER and step.then is None


def _returns(script: Script, step: Step) -> bool:
    if returns_on_arrival(step):
        return True
    return step.waits and any(branch.then == BACK for _, branch in (*branches(step), *script.hears.items()))


def _keeping(script: Script, step: Step, ways: Ways) -> Iterator[str]:
    """Where the talk can go from a step without noting a new way back."""
    for event, every in ways.get(step.name, {}).items():
        named = event.startswith("stop.") or (event not in _SILENT and "." not in event)
        noted = step.only is not Only.WIRED and step.waits and named
        for way in every:
            renewed = returns_on_arrival(script.steps[way.target]) and step.kind is not Kind.TRANSFER
            if not (noted or renewed):
                yield way.target
