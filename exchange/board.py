"""The switchboard: everything the calls of one exchange share."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange.account import Account
from exchange.calls.post import Post, Tasks
from exchange.calls.tapes import Tapes
from exchange.clock import Clock
from exchange.directory import Directory, opened
from exchange.faults import Faults
from exchange.journal import Journal
from exchange.log import NOWHERE, Log, Notification, Visit
from exchange.people.handset import Handsets
from exchange.people.persona import Town
from exchange.register import Register
from exchange.rooms.conferences import Conferences
from exchange.rooms.queue import Queues
from exchange.speaking.ears import Ears
from exchange.speaking.speech import Speech
from exchange.web.watch import watcher
from exchange.web.webhook import Webhooks


@dataclass(frozen=True, slots=True)
class Plan:
    """What an exchange is started with."""

    account: Account
    clock: Clock
    town: Town
    faults: Faults
    speech: Speech
    cps: float = 1.0
    ears: Ears | None = None


@dataclass(slots=True, eq=False)
class Board:
    """What the calls share; `free_at` is the clock's second at which the next call may be dialled."""

    plan: Plan
    base_url: str
    webhooks: Webhooks
    log: Log
    register: Register
    tasks: Tasks
    post: Post
    tapes: Tapes
    journal: Journal
    directory: Directory
    handsets: Handsets = field(default_factory=Handsets)
    queues: Queues = field(default_factory=Queues)
    conferences: Conferences = field(default_factory=Conferences)
    free_at: float = field(default=0.0)

    @property
    def account(self) -> Account:
        """The account whose exchange this is."""
        return self.plan.account

    @property
    def clock(self) -> Clock:
        """The exchange's clock."""
        return self.plan.clock

    @property
    def speech(self) -> Speech:
        """The voices."""
        return self.plan.speech

    def slot(self, now: float) -> float:
        """The clock's second at which one more call may be dialled."""
        moment = max(now, self.free_at)
        self.free_at = moment + 1 / self.plan.cps
        return moment

    def notify(
        self,
        call_sid: str,
        code: int,
        message: str,
        *,
        url: str = "",
        level: str = "error",
        visit: Visit = NOWHERE,
    ) -> None:
        """Keeps what went wrong on a call."""
        self.log.notify(Notification(self.clock.time(), call_sid, code, level, message, url, visit))


def wire(plan: Plan, base_url: str) -> Board:
    """A switchboard with its lines and machines; call it inside the running loop."""
    journal, register, tasks = Journal(plan.clock), Register(), Tasks()
    log = Log(journal)
    webhooks = Webhooks(plan.account, plan.clock, watcher(journal))
    post = Post(webhooks, plan.clock, faults=plan.faults, log=log, tasks=tasks, journal=journal)
    tapes = Tapes(plan.clock, plan.account, base_url=base_url, register=register, post=post, tasks=tasks)
    directory = opened(plan.account, plan.clock.time())
    return Board(plan, base_url, webhooks, log, register, tasks, post, tapes, journal, directory)
