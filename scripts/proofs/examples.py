"""Wrong turns of a talk: each shown by facts and a conversation, or shown to be impossible.

What the abstract talk allows may ask of the facts what does not go together. Then these facts are tracked and
the search begins again, until a path is possible or none is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

from scripts.model import Script
from scripts.proofs.finding import Line
from scripts.proofs.replay import replay
from scripts.proofs.search import Edge, Explored, TooManyWays
from scripts.proofs.solving import Conflict, solve
from scripts.proofs.system import System

Key = tuple[str, ...]
"""What is wrong with an edge: the step first, then the values of the finding."""

Wrong = Callable[[Edge], Key | None]

MOST_PATHS = 12
"""Paths tried with the same tracked facts."""

MOST_SHOWN = 3
"""Wrong turns of one kind that are shown: one mistake in the opening makes every later step wrong."""

MOST_TRACKED = 4
"""Facts that are tracked at once."""

_KEPT: dict[tuple[str, tuple[str, ...], bool], Explored | TooManyWays] = {}
_MOST_KEPT = 4

_HELPFUL: dict[str, tuple[str, ...]] = {}
"""By digest the facts that had to be tracked last."""


def explored(script: Script, tracked: tuple[str, ...] = (), *, resumed: bool = True) -> Explored:
    """Every place of a script's talk; of the last few scripts it is kept, TooManyWays too."""
    key = (script.digest, tracked, resumed)
    if key not in _KEPT:
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[key] = _explored(System(script, tracked, resumed=resumed))
    if isinstance(kept := _KEPT[key], TooManyWays):
        raise kept
    return kept


def _explored(system: System) -> Explored | TooManyWays:
    try:
        return Explored(system)
    except TooManyWays as limit:
        return limit


def forget() -> None:
    """Keep nothing of any script."""
    _KEPT.clear()
    _HELPFUL.clear()


def _helpful(script: Script) -> tuple[str, ...]:
    return _HELPFUL.get(script.digest, ())


def examples(script: Script, wrong: Wrong) -> Iterator[tuple[Key, tuple[Line, ...]]]:
    """The first of what is wrong and possible, each with a conversation that leads there."""
    keys = dict.fromkeys(key for edge in explored(script).sorts if (key := wrong(edge)))
    talks = ((key, _shown(script, wrong, key)) for key in keys)
    yield from islice(((key, talk) for key, talk in talks if talk is not None), MOST_SHOWN)


def possible(script: Script, wanted: Callable[[Edge], bool]) -> bool:
    """Whether some facts lead along some path that ends in a wanted edge."""
    return _shown(script, lambda edge: ("",) if wanted(edge) else None, ("",)) is not None


def _shown(script: Script, wrong: Wrong, key: Key) -> tuple[Line, ...] | None:
    """The conversation, of a first call if there is one, else of a call that takes up an earlier one."""
    resumed = _Search(script, wrong, key, True).talk()
    if resumed is None:
        return None
    first = _Search(script, wrong, key, False).talk()
    return resumed if first is None else first


class _Search:
    def __init__(self, script: Script, wrong: Wrong, key: Key, resumed: bool) -> None:
        self.script, self.wrong, self.key, self.resumed = script, wrong, key, resumed
        self.unsure: tuple[Line, ...] | None = None

    def talk(self) -> tuple[Line, ...] | None:
        """The conversation of a possible path; None when there is none."""
        tracked = _helpful(self.script) if self._is_settled_by(_helpful(self.script)) else ()
        while True:
            try:
                system = explored(self.script, tracked, resumed=self.resumed)
            except TooManyWays:
                return self._untold(tracked)
            conflicts = Counter[str]()
            paths = islice(system.paths(lambda edge: self.wrong(edge) == self.key), MOST_PATHS)
            for path in paths:
                talk = self._tried(system.system, path, conflicts)
                if talk is not None:
                    return talk
            fresh = [fact for fact, _ in conflicts.most_common() if fact not in tracked]
            if not fresh:
                _HELPFUL[self.script.digest] = tracked
                return self.unsure
            if len(tracked) >= MOST_TRACKED:
                return self.unsure or ()
            tracked = (*tracked, fresh[0])

    def _untold(self, tracked: tuple[str, ...]) -> tuple[Line, ...]:
        """With these facts there are too many ways to look at: wrong, and told as far as it is known."""
        if not tracked:
            raise TooManyWays(self.script.name)
        return self.unsure or ()

    def _is_settled_by(self, tracked: tuple[str, ...]) -> bool:
        """Whether with these facts tracked nothing wrong is left."""
        found = explored(self.script, tracked, resumed=self.resumed) if tracked else None
        return found is not None and not any(self.wrong(edge) == self.key for edge in found.sorts)

    def _tried(
        self, system: System, path: tuple[Edge, ...], conflicts: Counter[str]
    ) -> tuple[Line, ...] | None:
        found = solve(system, path)
        if isinstance(found, Conflict):
            conflicts.update(found.facts)
            return None
        shown = replay(self.script, path, found)
        self.unsure = self.unsure or shown.talk
        return shown.talk if shown.true else None
