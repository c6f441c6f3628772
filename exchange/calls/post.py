"""Callbacks: webhooks whose answer nobody waits for, sent one after the other for each call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field

from exchange.calls.call import Call, Life
from exchange.clock import Clock
from exchange.errors import WebhookError
from exchange.faults import Delivery, Faults
from exchange.journal import Journal
from exchange.log import Log, Notification
from exchange.order import Target
from exchange.web.cookies import Cookies
from exchange.web.errand import Errand
from exchange.web.webhook import Params, Webhooks

_logger = logging.getLogger("exchange")

_HELD_SECONDS = 30.0
"""A callback that a later one should overtake goes out by itself after this time."""


@dataclass(slots=True, eq=False)
class Sender:
    """Whose callbacks go out one after the other: a call's, a conference's."""

    sid: str
    to: str = ""
    cookies: Cookies = field(default_factory=Cookies)
    posting: asyncio.Lock = field(default_factory=asyncio.Lock)


def sender_of(call: Call, life: Life) -> Sender:
    """Who sends the callbacks of a call, which may end meanwhile."""
    return Sender(call.sid, call.order.to, life.cookies, life.posting)


@dataclass(frozen=True, slots=True)
class _Letter:
    """One callback on its way."""

    kind: str
    sender: Sender
    target: Target
    params: Params
    after: float
    fate: Delivery


class Tasks:
    """Tasks that belong to nobody else, so that none is lost and all end with the exchange."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Starts work and keeps it until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("a task of the exchange failed", exc_info=error)

    def __len__(self) -> int:
        return len(self._running)

    async def cancel(self) -> None:
        """Ends all of them."""
        while running := tuple(self._running):  # a call that ends may start its last callbacks
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


class Post:
    """Sends callbacks, with the faults that were asked for."""

    def __init__(
        self, webhooks: Webhooks, clock: Clock, *, faults: Faults, log: Log, tasks: Tasks, journal: Journal
    ) -> None:
        self._webhooks, self._clock, self._faults = webhooks, clock, faults
        self._log, self._tasks, self._journal = log, tasks, journal
        self._held: dict[str, asyncio.Event] = {}

    def send(self, kind: str, call: Call, target: Target, params: Params, *, after: float = 0.0) -> None:
        """Sends a callback of a running call soon; one call's callbacks keep their order but for faults."""
        if call.life is not None:
            self.send_for(sender_of(call, call.life), kind, target, params, after=after)

    def send_for(
        self, sender: Sender, kind: str, target: Target, params: Params, *, after: float = 0.0
    ) -> None:
        """Sends a callback of something that need not be a call, for example of a conference."""
        fate = self._faults.delivery(kind, sender.sid, sender.to)
        self._tasks.spawn(self._deliver(_Letter(kind, sender, target, params, after, fate)))

    async def _deliver(self, letter: _Letter) -> None:
        fate = letter.fate
        self._log.counts[f"callback {letter.kind}"] += 1
        self.note(fate, letter.kind, letter.sender.sid, letter.target)
        if fate.copies == 0:
            return
        if letter.after or fate.delay:
            await self._clock.sleep(letter.after + fate.delay)
        if fate.overtaken:
            await self._hold(letter.sender.sid)
        async with letter.sender.posting:
            for _ in range(fate.copies):
                await self._request(letter)
        if not fate.overtaken and (held := self._held.pop(letter.sender.sid, None)):
            held.set()

    def note(self, fate: Delivery, kind: str, sid: str, target: Target) -> None:
        """Counts the faults thrown for a webhook, and enters them in the sender's trace."""
        for name in fate.names():
            self._log.counts[f"fault {name} {kind}"] += 1
            self._journal.note(sid, "fault", fault=name, webhook=kind, url=target.url)

    async def _hold(self, sid: str) -> None:
        """Waits until another callback of the sender has gone out."""
        held = self._held.setdefault(sid, asyncio.Event())
        try:
            async with asyncio.timeout(self._clock.real(_HELD_SECONDS)):
                await held.wait()
        except TimeoutError:
            self._held.pop(sid, None)

    async def _request(self, letter: _Letter) -> None:
        errand = Errand(letter.sender.sid, letter.kind, letter.fate)
        try:
            await self._webhooks.request(letter.target, letter.params, letter.sender.cookies, errand=errand)
        except WebhookError as error:
            code = 15003 if error.code == 11200 else error.code
            now, call_sid = self._clock.time(), letter.sender.sid
            self._log.notify(Notification(now, call_sid, code, "warning", str(error), error.url, error.visit))
