"""Dice that depend on what happens to whom, and never on when: jitter does not change a run."""

from __future__ import annotations

import random
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

_KEPT = 10_000
"""Calls whose dice are remembered; one that is older than so many others has ended."""


@dataclass(slots=True)
class _Owner:
    seed: str
    thrown: Counter[str] = field(default_factory=Counter)


class Chance:
    """Dice for each event, drawn from (seed, name, which of that name, kind of event, which of that kind)."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._owners: OrderedDict[str, _Owner] = OrderedDict()
        self._named: Counter[str] = Counter()

    def dice(self, owner: str, name: str, kind: str) -> random.Random:
        """The dice for the owner's next event of this kind; his SID differs from run to run, his name not."""
        kept = self._owners.get(owner) or self._entered(owner, name)
        number = kept.thrown[kind]
        kept.thrown[kind] += 1
        return random.Random(f"{kept.seed}:{kind}:{number}")

    def _entered(self, owner: str, name: str) -> _Owner:
        entered = self._owners[owner] = _Owner(f"faults:{self._seed}:{name}:{self._named[name]}")
        self._named[name] += 1
        if len(self._owners) > _KEPT:
            self._owners.popitem(last=False)
        return entered
