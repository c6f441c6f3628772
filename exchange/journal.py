"""What happened on every call, in order: kept for a while, and told to whoever listens meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from exchange.clock import Clock
from exchange.web.masking import masked

BYTES_KEPT = 48 * 1024 * 1024
"""What all traces together may take, as far as it can be reckoned; then the oldest call's is forgotten."""

ENTRIES_KEPT = 1000
"""The longest trace of one call; a longer one loses its beginning."""

_ENTRY_BYTES = 150
_WAITING = 1000  # events for one listener who does not read; then he is told how many he missed


class Detail(Protocol):
    """What an entry says, put into words only when somebody reads it."""

    def shown(self) -> Mapping[str, object]:
        """The facts, ready for JSON; no secrets."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Plain facts."""

    facts: Mapping[str, object]

    def shown(self) -> Mapping[str, object]:
        """The facts as they are."""
        return self.facts


@dataclass(slots=True, eq=False)
class Entry:
    """One thing that happened: when by the clock, to which call, of which kind.

    What is over is kept as text: of the many objects it is made of, the garbage collector would look at each.
    """

    number: int
    at: float
    owner: str
    kind: str
    detail: Detail | bytes

    def facts(self) -> dict[str, Any]:
        """What happened."""
        if isinstance(self.detail, bytes):
            found: dict[str, Any] = json.loads(self.detail)
            return found
        return {name: masked(value) for name, value in self.detail.shown().items()}

    def shown(self) -> dict[str, Any]:
        """The entry, ready for JSON."""
        return {"number": self.number, "at": self.at, "call": self.owner, "kind": self.kind} | self.facts()

    @property
    def size(self) -> int:
        """Bytes it takes, about."""
        return _ENTRY_BYTES + (len(self.detail) if isinstance(self.detail, bytes) else 0)

    def close(self) -> None:
        """It is over."""
        self.detail = json.dumps(self.facts(), ensure_ascii=False, default=str).encode(errors="replace")


@dataclass(slots=True, eq=False)
class Trace:
    """What is kept of one call, and how many entries were dropped for being too many."""

    entries: deque[Entry] = field(default_factory=deque)
    dropped: int = 0


class Journal:
    """The traces of the last calls, and those who listen to what happens."""

    def __init__(
        self, clock: Clock, *, bytes_kept: int = BYTES_KEPT, entries_kept: int = ENTRIES_KEPT
    ) -> None:
        self._clock = clock
        self._traces: OrderedDict[str, Trace] = OrderedDict()
        self._listeners: set[Listener] = set()
        self._bytes_kept, self._entries_kept = bytes_kept, entries_kept
        self._number = 0
        self.bytes = 0

    def note(self, owner: str, kind: str, **facts: object) -> None:
        """Keeps that this happened on a call, and tells those who listen."""
        self.tell(self.begin(owner, kind, Facts(facts)))

    def begin(self, owner: str, kind: str, detail: Detail) -> Entry:
        """Keeps something that goes on for a while; `tell` follows when it is over."""
        self._number += 1
        entry = Entry(self._number, self._clock.time(), owner, kind, detail)
        trace = self._traces.get(owner)
        if trace is None:
            trace = self._traces[owner] = Trace()
        trace.entries.append(entry)
        self.bytes += entry.size
        if len(trace.entries) > self._entries_kept:
            self.bytes -= trace.entries.popleft().size
            trace.dropped += 1
        self._forget_oldest()
        return entry

    def tell(self, entry: Entry) -> None:
        """Something is over: tells those who listen."""
        before = entry.size
        entry.close()
        if entry.owner in self._traces:
            self.bytes += entry.size - before
        for listener in self._listeners:
            listener.take(entry)

    def trace(self, owner: str) -> Trace | None:
        """What is kept of a call."""
        return self._traces.get(owner)

    def traces(self) -> Iterable[Trace]:
        """Every trace that is kept."""
        return self._traces.values()

    def forget(self, owner: str) -> None:
        """Drops the trace of a call."""
        if (trace := self._traces.pop(owner, None)) is not None:
            self.bytes -= sum(entry.size for entry in trace.entries)

    def _forget_oldest(self) -> None:
        while self.bytes > self._bytes_kept and len(self._traces) > 1:
            self.forget(next(iter(self._traces)))

    @contextmanager
    def listening(self, owner: str = "") -> Iterator[Listener]:
        """Hears what happens from now on, on one call if it is named."""
        listener = Listener(owner)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def close(self) -> None:
        """Ends what everybody hears."""
        for listener in self._listeners:
            listener.end()


class Listener:
    """Somebody who hears events one after the other."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._queue: asyncio.Queue[Entry | None] = asyncio.Queue()
        self.missed = 0

    def take(self, entry: Entry) -> None:
        """Puts the entry in the queue, if the listener cares and keeps up."""
        if self._owner in ("", entry.owner):
            if self._queue.qsize() < _WAITING:
                self._queue.put_nowait(entry)
            else:
                self.missed += 1

    def end(self) -> None:
        """There will be nothing more."""
        self._queue.put_nowait(None)

    async def next(self) -> Entry | None:
        """The next entry; None when the exchange ends."""
        return await self._queue.get()
