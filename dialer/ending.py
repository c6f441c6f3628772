"""What becomes of a call and of its task when the line is down; one rule for loop, sweep and webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import ledger
from dialer import notes, retry
from dialer.calendar import CHINA, Calendar
from dialer.errors import CampaignError, UnknownScript
from dialer.hours import next_opening
from dialer.profile import Profile, load_profile
from dialer.versions import versions
from ledger import campaigns
from ledger.records import Agreed, CallState, Ending
from scripts import engine
from scripts.model import Script
from scripts.progress import Progress
from scripts.values import Heard, Input, Outcome

REASONS = {
    "busy": "line_busy",
    "no-answer": "no_answer",
    "canceled": "canceled",
    "invalid_number": "invalid_number",
    "network_refused": "network_refused",
}
"""Why nobody was reached, by the carrier's last status, in the words of the calling rules; others: failed."""
MACHINES = ("machine", "fax")
"""How the carrier's answers about a machine begin (AnsweredBy: machine_start, machine_end_beep, fax …)."""

HANGUP = Heard(Input.HANGUP)
HOTLINE_PATIENCE = timedelta(minutes=5)
"""Who called by themselves waits longer, and hears the place in the queue meanwhile."""


@dataclass(frozen=True, slots=True)
class Book:
    """Where a turn and an ending find the script of a call, by digest, and its calling rules, by campaign."""

    script: Callable[[str], Script | None]
    policy: Callable[[int], Profile]
    calendar: Calendar = CHINA

    def needed(self, digest: str) -> Script:
        """The script of a call that goes on."""
        found = self.script(digest)
        if found is None:
            raise UnknownScript(
                f"script {digest[:12]}: neither shipped nor whole in the ledger; restore a backup"
            )
        return found

    def patience(self, campaign_id: int | None) -> timedelta:
        """How long a customer of the campaign waits for a person before a callback is promised."""
        return HOTLINE_PATIENCE if campaign_id is None else self.policy(campaign_id).waiting

    def decide(self, status: str, now: datetime) -> Callable[[CallState], Ending]:
        """The decision that the ledger asks for when a call ends with this status."""
        return lambda call: ending(call, status, now, book=self)


def open_book(database: Path, calendar: Calendar = CHINA) -> Book:
    """The book of a ledger: its scripts by digest, and the profile that each campaign was created with."""

    @cache
    def policy(campaign_id: int) -> Profile:
        with closing(ledger.connect(database)) as conn:
            campaign = campaigns.get(conn, campaign_id)
        if campaign is None:
            raise CampaignError(
                f"campaign {campaign_id}: there is none in {database.name}; check the ledger's path"
            )
        return load_profile(campaign.profile)

    return Book(versions(database), policy, calendar)


def ending(call: CallState, status: str, now: datetime, *, book: Book) -> Ending:
    """The outcome, the engine's last word where the talk was cut off, and when the task is due again."""
    closed = last_word(call, now, book) if not call.outcome and call.turn >= 0 else unheard(call, status)
    if call.campaign_id is None:
        return closed
    policy = book.policy(call.campaign_id)
    kept = kept_time(call, policy, now, book.calendar)
    next_at = retry.after(
        closed.outcome,
        closed.outcome_reason,
        attempts=call.attempts,
        attempts_today=call.attempts_today,
        now=now,
        policy=policy,
        appointed=kept.since if kept else None,
        numbers_left=call.numbers_left,
        broken_at=call.broken_at,
        due_by=call.due_by,
        calendar=book.calendar,
    )
    useless = closed.outcome == Outcome.NOT_COMPLETED and retry.wants_next_number(
        closed.outcome_reason, policy
    )
    if next_at is None:
        return closed
    if kept is not None and kept.agent_id is not None:
        next_at = next_opening(policy, next_at + policy.anybody, replace(book.calendar, guess=True))
    return replace(closed, next_at=next_at, next_number=useless, agreed=kept)


def kept_time(call: CallState, policy: Profile, now: datetime, calendar: Calendar) -> Agreed | None:
    """The time agreed in the call, as far as it lies in calling hours; None: none was agreed.

    What was promised before a moment is kept half-way to it.
    """
    found = call.agreed
    if found is None:
        return None
    soon = now + max(policy.spacing, (found.until - now) / 2)
    wanted = max(soon if found.since is None else found.since, now)
    since = next_opening(policy, wanted, replace(calendar, guess=True))
    return replace(found, since=since, until=since if found.exact else max(found.until, since))


def last_word(call: CallState, now: datetime, book: Book) -> Ending:
    """The script was not over: the engine hears the line go down.

    A script that is not known here any more leaves the talk PARTIAL, so that the call does not stay open.
    """
    script = book.script(call.script_digest)
    if script is None:
        return Ending(Outcome.PARTIAL.value, "error", None)
    facts = json.loads(call.facts)
    turn = engine.advance(script, facts, Progress.from_json(call.progress), HANGUP)
    record = notes.record(turn, HANGUP, facts=facts, now=now, calendar=book.calendar)
    if is_machine(call) and record.outcome == Outcome.NOT_COMPLETED:
        record = replace(record, outcome_reason="machine")
    return Ending(record.outcome, record.outcome_reason, None, record)


def unheard(call: CallState, status: str) -> Ending:
    """The outcome of the talk, or why there was none."""
    if call.outcome:
        return Ending(call.outcome, call.outcome_reason, None)
    reason = "machine" if is_machine(call) else REASONS.get(status, "failed")
    return Ending(Outcome.NOT_COMPLETED.value, reason, None)


def is_machine(call: CallState) -> bool:
    """Whether the carrier heard a machine answer."""
    return call.answered_by.startswith(MACHINES)
