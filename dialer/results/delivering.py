"""Deliver the outbox: each event at least once to each target that wants it, those of a task in order."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import ledger
from dialer.results.message import message
from dialer.results.post import TAKEN, Post
from dialer.results.targets import Target
from ledger import outbox, transaction
from ledger.outbox import Delivery

BATCH = 200
IDLE = 1.0
"""Seconds between two looks when there is nothing to deliver."""
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 21600, 36000)
)
"""Before the second try and each further one: a day in all."""
REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
"""How long a target that failed is left alone by all its messages: doubled while it goes on failing."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Deliverer:
    """Delivers from one ledger to these targets."""

    conn: sqlite3.Connection
    targets: Sequence[Target]
    post: Post
    now: Callable[[], datetime]
    resting: dict[str, datetime] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def step(self) -> int:
        """One round over all targets: how many messages were taken."""
        return sum(self._serve(target) for target in self.targets)

    def _serve(self, target: Target) -> int:
        outbox.address(self.conn, target.name, target.events, self.now(), BATCH)
        rests = self.resting.get(target.name)
        if rests is not None and self.now() < rests:
            return 0
        taken = 0
        for delivery in outbox.due(self.conn, target.name, self.now(), BATCH):
            problem = self._deliver(target, delivery)
            if problem:
                self._rest(target)
                break
            self.failures.pop(target.name, None)
            taken += 1
        return taken

    def _rest(self, target: Target) -> None:
        failed = self.failures[target.name] = self.failures.get(target.name, 0) + 1
        self.resting[target.name] = self.now() + min(REST * 2 ** min(failed - 1, 10), LONGEST_REST)

    def _deliver(self, target: Target, delivery: Delivery) -> str:
        """Post one message and write down what came of it; what went wrong."""
        happened = outbox.happened(self.conn, delivery.outbox_id)
        problem = self.post.send(target, message(target, happened, self.now())) if happened else TAKEN
        now = self.now()
        with transaction(self.conn):
            if not problem:
                outbox.delivered(self.conn, delivery.delivery_id, now)
            elif delivery.attempts < len(PAUSES):
                outbox.later(self.conn, delivery.delivery_id, problem, now, now + PAUSES[delivery.attempts])
            else:
                outbox.dead(self.conn, delivery.delivery_id, problem, now)
        if problem:
            log.warning("a message was not taken", extra={"kind": target.name, "code": problem})
        return problem


def run(database: Path, targets: Sequence[Target], now: Callable[[], datetime], stop: Event) -> None:
    """Deliver until told to stop; what fails is tried again in the next round."""
    with closing(ledger.connect(database)) as conn, closing(Post()) as post:
        deliverer = Deliverer(conn, targets, post, now)
        while not stop.is_set():
            try:
                taken = deliverer.step()
            except Exception:
                log.exception("messages are delivered at the next round")
                taken = 0
            if not taken:
                stop.wait(IDLE)
