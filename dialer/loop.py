"""The loop: the most urgent due task becomes a call whenever the account has room for one."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import TypeVar

import ledger
from dialer import gate, rulebook
from dialer.calendar import LOCAL
from dialer.carrier import Carrier
from dialer.clock import Clock
from dialer.ending import Book
from dialer.errors import AlreadyDialing, DialerError
from dialer.gate import Rules
from dialer.pacing import Bucket, Pace
from dialer.patience import Patience
from dialer.policy_source import Inquiry
from dialer.pulse import Pulse, lock_file
from dialer.rations import Rations
from dialer.refusals import CarrierError
from dialer.rulebook import Callers
from dialer.submission import Result, submit
from dialer.sweep import Swept, sweep_once
from ledger import LedgerBusy, LedgerError, campaigns, claims, crew, dialing, dnc_lists, offers, wishes
from ledger.campaigns import PREVIEW, PROGRESSIVE, ROBOT
from ledger.claims import Terms
from ledger.dialing import RunningCampaign
from ledger.offers import Offer
from ledger.records import Claimed

SUBMISSIONS = 16
"""Submissions that may wait for the carrier at the same time."""
SWEEP_EVERY = timedelta(seconds=30)
IDLE = timedelta(seconds=1)
"""How often an idle loop looks for campaigns that were started and calls that came back."""
FULL = timedelta(milliseconds=250)
"""How often a loop without a free line looks for one."""
FLOOR = 0.02
"""The least real seconds between two looks, however fast the clock is."""
GLANCE = 0.1
"""How often, in real seconds, a loop that serves agents looks whether anybody wrote meanwhile."""
FIRST_BACKOFF, LONGEST_BACKOFF = timedelta(seconds=1), timedelta(seconds=60)
"""The pause after the carrier said 'later': doubled while it goes on saying so."""
CAMPAIGN_PAUSE = timedelta(minutes=1)
"""How long a campaign that cannot be claimed from is left alone."""

log = logging.getLogger("huifang.loop")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Orders:
    """What the loop works by: ledger file, pace, the company's own numbers, scripts and calling rules.

    `wishes`: where wishes not to be called are kept that the ledger could not take. `inquiry`: whom to ask
    before each call whether it is still due.
    """

    database: Path
    pace: Pace
    callers: Callers
    book: Book
    wishes: Path | None = None
    inquiry: Inquiry | None = None


def run(orders: Orders, carrier: Carrier, clock: Clock, stop: Event) -> None:
    """Dial until `stop` is set; what is being submitted then is finished first.

    Raises the carrier's error when it refuses every call alike (credentials, caller number, addresses).
    """
    with alone(orders.database), closing(Loop(orders, carrier, clock, stop)) as loop:
        loop.sweep_now()
        pulse = Pulse(orders.database)
        while not stop.is_set() and loop.fault is None:
            pulse.beat()
            loop.rest(loop.step())
            loop.land()
    if loop.fault is not None:
        raise loop.fault


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold the right to dial from this ledger; the system takes it back from a process that was killed."""
    with lock_file(database).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyDialing(
                f"{database.name}: another process is dialing from it; stop that one first"
            ) from None
        yield


class Loop:
    """The state between two looks: what is in the air, until when to hold back, when to sweep."""

    def __init__(self, orders: Orders, carrier: Carrier, clock: Clock, stop: Event) -> None:
        self.orders, self.carrier, self.clock, self.stop = orders, carrier, clock, stop
        self.conn = ledger.connect(orders.database)
        self.bucket = Bucket(orders.pace)
        self.rations = Rations(orders.pace)
        self.pool = ThreadPoolExecutor(SUBMISSIONS + 1, thread_name_prefix="submission")
        self.patience = Patience()
        self.flying: dict[Future[Result], tuple[int, int]] = {}
        self.sweeping: Future[Swept] | None = None
        self.sweep_at = clock.now()
        self.backoff = timedelta()
        self.hold_until = clock.now()
        self.skipped: dict[int, datetime] = {}
        self.rules: dict[int, Rules] = {}
        self.attended = False
        self.version = 0
        self.fault: CarrierError | None = None

    def close(self) -> None:
        """Let the submissions in the air finish and write their outcome."""
        self.pool.shutdown(wait=True)
        self.land()
        self.conn.close()

    def step(self) -> timedelta:
        """Do what is due now and say how long to wait; a locked ledger is waited for."""
        try:
            now = self.clock.now()
            self.sweep(now)
            self.settle(now)
            return min(self.offer(now), self.dial(now))
        except LedgerBusy:
            log.warning("ledger busy")
            return self.at_least(FULL)
        except OSError:
            log.exception("wishes not to be called cannot be read, nobody is called")
            return self.at_least(IDLE)

    def settle(self, now: datetime) -> None:
        """Apply the wishes not to be called that the ledger could not take: before any claim."""
        if self.orders.wishes and (applied := wishes.settle(self.conn, self.orders.wishes, now)):
            log.info("wishes not to be called applied: %d", applied)

    def rest(self, wait: timedelta) -> None:
        """Wait; where agents are served, no longer than until somebody else has written to the ledger."""
        if not self.attended:
            self.clock.sleep(wait.total_seconds(), self.stop)
            return
        until = self.clock.now() + wait
        while (left := (until - self.clock.now()).total_seconds()) > 0 and not self.stop.is_set():
            self.clock.sleep(min(left, GLANCE * self.clock.speed), self.stop)
            if self.is_stirred():
                return

    def is_stirred(self) -> bool:
        """Whether another process or thread has written since this was asked last."""
        seen, self.version = self.version, dialing.version(self.conn)
        return seen != self.version

    def running(self, now: datetime) -> list[RunningCampaign]:
        """The running campaigns that are not left alone, the most urgent first."""
        found = dialing.running(self.conn, now)
        return [one for one in found if now >= self.skipped.get(one.campaign_id, now)]

    def offer(self, now: datetime) -> timedelta:
        """Show free agents the tasks they are to dial (preview), unless calls placed for them come first."""
        offers.tidy(self.conn, now)
        running = self.running(now)
        self.attended = any(campaign.mode != ROBOT for campaign in running)
        for campaign in running:
            if campaign.mode == PROGRESSIVE and campaign.ready and self.is_served(campaign, now):
                break
            if campaign.mode == PREVIEW and campaign.due and crew.spare(self.conn, now, campaign.unit_id):
                made = self.carefully(self.offer_from, campaign, now)
                if not made and campaign.ready:
                    return self.at_least(timedelta())
        return IDLE

    def dial(self, now: datetime) -> timedelta:
        """Claim one call if there is a token, a line, somebody to submit it and somebody to speak."""
        if now < self.hold_until:
            return self.at_least(min(self.hold_until - now, IDLE))
        if wait := self.bucket.wait(now):
            return wait
        lines = dialing.lines(self.conn)
        if len(self.flying) >= SUBMISSIONS or not self.orders.pace.has_room(lines.out, lines.inbound):
            return self.at_least(FULL)
        running = self.running(now)
        willing = [one for one in running if self.is_claimable(one, now)]
        able = self.rations.order(willing, lines, now)
        for campaign in sorted(able, key=partial(self.is_anybodys, now=now)):
            if claimed := self.claim(campaign, now):
                self.bucket.take(now)
                self.rations.took(campaign, now)
                self.send(claimed, campaign.campaign_id)
                return self.bucket.wait(now)
        self.finish_all(running, now)
        # A claim looks at so many tasks at most: what was ready before it may not all have been looked at.
        more = any(campaign.ready and self.is_served(campaign, now) for campaign in able)
        return self.at_least(
            timedelta() if more else min(self.until_due(now), self.rations.wait(willing, now))
        )

    def is_claimable(self, campaign: RunningCampaign, now: datetime) -> bool:
        """Whether a task of it is due, or an agent has pressed dial."""
        return campaign.due or not self.is_anybodys(campaign, now)

    def is_anybodys(self, campaign: RunningCampaign, now: datetime) -> bool:
        """False where an agent has pressed dial: that call is placed before all others."""
        return campaign.mode != PREVIEW or not offers.is_accepted(self.conn, campaign.campaign_id, now)

    def is_served(self, campaign: RunningCampaign, now: datetime) -> bool:
        """Whether somebody is there to speak: the robot always, an agent who is free or has pressed dial."""
        if campaign.mode == PREVIEW:
            return not self.is_anybodys(campaign, now)
        if campaign.mode == PROGRESSIVE:
            return campaign.due and bool(crew.spare(self.conn, now, campaign.unit_id))
        return True

    def claim(self, campaign: RunningCampaign, now: datetime) -> Claimed | None:
        """The campaign's most urgent task, or the one an agent has pressed dial for, as a call."""
        claimed = self.carefully(self.claim_from, campaign, now)
        return claimed[0] if claimed else None

    def carefully(
        self, act: Callable[[RunningCampaign, datetime], list[T]], campaign: RunningCampaign, now: datetime
    ) -> list[T]:
        """What came of it; what is wrong with one campaign stops no other."""
        try:
            return act(campaign, now)
        except LedgerBusy:
            raise
        except (DialerError, LedgerError) as error:
            log.error("campaign skipped", extra={"campaign_id": campaign.campaign_id, "why": str(error)})
            self.skipped[campaign.campaign_id] = now + CAMPAIGN_PAUSE
            return []

    def claim_from(self, campaign: RunningCampaign, now: datetime) -> list[Claimed]:
        """Claim one call if somebody is there to speak."""
        return self.claim_served(campaign, now) if self.is_served(campaign, now) else []

    def claim_served(self, campaign: RunningCampaign, now: datetime) -> list[Claimed]:
        """Claim one call, judged by the campaign's calling rules."""
        terms = self.terms(campaign, now)
        if campaign.mode == PREVIEW:
            return offers.claim(self.conn, terms)
        return claims.claim(self.conn, terms, limit=1)

    def offer_from(self, campaign: RunningCampaign, now: datetime) -> list[Offer]:
        """Offer each free agent one task, judged by the campaign's calling rules."""
        return offers.offer(self.conn, self.terms(campaign, now))

    def terms(self, campaign: RunningCampaign, now: datetime) -> Terms:
        """The calling rules of a campaign at this moment.

        Without a list that says who must not be called it is left alone for a minute after this claim.
        """
        rules = self.rules_of(campaign.campaign_id)
        if stale := dnc_lists.stale(self.conn, campaign.purpose, now):
            log.warning("external list stale", extra={"campaign_id": campaign.campaign_id})
            self.skipped[campaign.campaign_id] = now + CAMPAIGN_PAUSE
            rules = replace(rules, stale=stale)
        return Terms(
            campaign.campaign_id,
            now,
            now.astimezone(LOCAL).date(),
            partial(gate.decide, rules=rules, now=now),
            campaign.from_number,
            rules.since(now),
            partial(rulebook.discharge, calendar=self.orders.book.calendar),
        )

    def rules_of(self, campaign_id: int) -> Rules:
        """What a campaign calls under; it never changes, and is read once."""
        if campaign_id not in self.rules:
            book = self.orders.book
            self.rules[campaign_id] = rulebook.rules_of(
                self.conn, campaign_id, self.orders.callers, book.policy(campaign_id), book.calendar
            )
        return self.rules[campaign_id]

    def finish_all(self, running: Sequence[RunningCampaign], now: datetime) -> None:
        """End the campaigns whose tasks are all over, whatever the others still have to do."""
        for campaign in running:
            if not campaign.ready:
                self.finish(campaign, now)

    def finish(self, campaign: RunningCampaign, now: datetime) -> None:
        """End a campaign whose tasks are all done or blocked."""
        if not dialing.is_over(self.conn, campaign.campaign_id):
            return
        with ledger.transaction(self.conn):
            if dialing.is_over(self.conn, campaign.campaign_id):
                campaigns.set_status(self.conn, campaign.campaign_id, "done", now)
        log.info("campaign done", extra={"campaign_id": campaign.campaign_id})

    def send(self, claimed: Claimed, campaign_id: int) -> None:
        """Submit the call in a thread of its own, so that a slow answer holds up no other call."""
        self.flying[self.pool.submit(self.submit, claimed)] = claimed.call_id, campaign_id

    def submit(self, claimed: Claimed) -> Result:
        """One submission with a connection of its own."""
        with closing(ledger.connect(self.orders.database)) as conn:
            orders = self.orders
            return submit(conn, self.carrier, self.clock, claimed, orders.book.decide, orders.inquiry)

    def land(self) -> None:
        """Take note of the submissions and the sweep that are finished."""
        for future in [future for future in self.flying if future.done()]:
            call_id, campaign_id = self.flying.pop(future)
            result = self.outcome(future)
            self.pace_by(result)
            self.wait_for_answers(campaign_id, result)
            log.debug("submission over", extra={"call_id": call_id})
        if self.sweeping is not None and self.sweeping.done():
            self.outcome(self.sweeping)
            self.sweeping = None

    def outcome(self, future: Future[T]) -> T | None:
        """What a thread brought back; an error that concerns every call ends the loop."""
        try:
            return future.result()
        except LedgerError:
            # The next sweep finds the call where the ledger could not be told of it.
            log.warning("ledger not written")
        except CarrierError as error:
            self.fault = error
        except DialerError as error:
            # Like calling rules that are gone: the sweep looks at the call again, and the others go on.
            log.error("call or sweep broke off", extra={"why": str(error)})
        return None

    def pace_by(self, result: Result | None) -> None:
        """Hold back while the carrier says 'later', twice as long each time."""
        now = self.clock.now()
        if result is Result.LATER and now >= self.hold_until:
            self.backoff = min(max(self.backoff * 2, FIRST_BACKOFF), LONGEST_BACKOFF)
            self.hold_until = now + self.backoff
        elif result is Result.PLACED:
            self.backoff = timedelta()

    def wait_for_answers(self, campaign_id: int, result: Result | None) -> None:
        """Leave a campaign alone while the core system does not answer, twice as long each time.

        What was in the air when it began to wait makes it wait no longer.
        """
        if result not in (None, Result.UNANSWERED):
            self.patience.heard(campaign_id)
        if result is not Result.UNANSWERED:
            return
        now = self.clock.now()
        if now >= self.skipped.get(campaign_id, now) and (pause := self.patience.missed(campaign_id)):
            seconds, extra = int(pause.total_seconds()), {"campaign_id": campaign_id}
            log.warning("core system silent, seconds of pause: %d", seconds, extra=extra)
            self.skipped[campaign_id] = now + pause

    def sweep(self, now: datetime) -> None:
        """Start a sweep when it is time and the last one is over."""
        if now >= self.sweep_at and self.sweeping is None:
            self.sweep_at = now + SWEEP_EVERY
            self.finish_all(self.running(now), now)
            self.sweeping = self.pool.submit(self.sweep_at_moment, now, self.in_the_air())

    def in_the_air(self) -> frozenset[int]:
        """The calls that are being submitted."""
        return frozenset(call_id for call_id, _ in self.flying.values())

    def sweep_now(self) -> None:
        """The sweep before the first call: what an earlier run left is looked at first."""
        self.sweep(self.clock.now())
        if self.sweeping is not None:
            self.sweeping.exception()
        self.land()

    def sweep_at_moment(self, now: datetime, flying: frozenset[int]) -> Swept:
        """One sweep with a connection of its own."""
        with closing(ledger.connect(self.orders.database)) as conn:
            book = self.orders.book
            return sweep_once(
                conn, self.carrier, now, book.decide, flying=flying, stop=self.stop, calendar=book.calendar
            )

    def until_due(self, now: datetime) -> timedelta:
        """Until the next task is due, but never longer than a new campaign may wait."""
        due = dialing.next_moment(self.conn)
        if due is None:
            return IDLE
        # What is due in a campaign that is left alone is no reason to look again at once.
        least = FULL if any(until > now for until in self.skipped.values()) else timedelta()
        return max(min(due - now, IDLE), least)

    def at_least(self, wait: timedelta) -> timedelta:
        """The wait, or the floor in real time where the clock is faster."""
        return max(wait, timedelta(seconds=FLOOR * self.clock.speed))
