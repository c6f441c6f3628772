"""Decide whether a task may be dialed now. Pure: the caller brings the facts; any doubt is a block.

The rules stand in the order of their legal weight, so that a decision names the gravest objection; whatever
blocks comes before whatever only defers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from dialer.calendar import CHINA, Calendar
from dialer.hours import is_open, next_day, next_opening
from dialer.profile import Profile
from ledger.records import Action, ClaimFacts, DncEntry, Verdict

ALLOWED = "allowed"
"""The rule named by a verdict to which no rule objected."""

_LEAST_NUMBER = 10**6
_LARGEST_NUMBER = 10**15
"""E.164 has 15 digits at most."""
_IN_PROGRESS_PAUSE = timedelta(minutes=5)
_STALE_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a campaign calls under: profile, purpose of its script, the number it shows, the whitelist.

    `stale`: external do-not-call lists that nobody knows the state of.
    """

    profile: Profile
    purpose: str
    from_number: int
    allowed_callers: frozenset[int]
    calendar: Calendar = CHINA
    stale: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """The version that every verdict carries."""
        return self.profile.version


@dataclass(frozen=True, slots=True)
class Objection:
    """Why not now: `until` None is a block."""

    until: datetime | None = None


BLOCK = Objection()

Rule = Callable[[ClaimFacts, Rules, datetime], Objection | None]


def unknown_facts(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """Fail closed: no number, times without zone, counts that contradict each other."""
    return BLOCK if _odd_number(facts.number) or _odd_times(facts, now) or _odd_counts(facts) else None


def do_not_call(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """An entry in force for the number or the customer; duty calls pass a marketing block (A+4)."""
    if not facts.dnc:
        return None
    entries = (entry for entry in facts.dnc if _in_force(entry, now))
    return BLOCK if any(_applies(entry, rules.purpose) for entry in entries) else None


def script_not_in_force(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """Nobody answers for the words any more: the script was retired (S001-31, S002-99)."""
    return None if facts.script_in_force else BLOCK


def caller_not_allowed(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """The number shown must be one of the company's own (B16, B17: no altered or hidden caller numbers)."""
    return None if rules.from_number in rules.allowed_callers else BLOCK


def variables_missing(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """A mandatory disclosure could not be said in full: no amount, no call (B2, S002-03)."""
    return BLOCK if facts.missing else None


def deadline_expired(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """Too late, where the profile says that a late call is worth nothing; duty calls are still made (B+)."""
    return BLOCK if not rules.profile.late and facts.due_by is not None and now >= facts.due_by else None


def attempts_exhausted(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """The attempts of the task are used up (B16: no harassing)."""
    return BLOCK if facts.attempts >= rules.profile.at_most else None


def external_list_stale(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """An external do-not-call list is too old, or was never fetched: who is on it nobody knows (B18)."""
    return _until(rules, now + _STALE_PAUSE) if rules.stale else None


def in_progress(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """Another call to this customer has not ended."""
    return _until(rules, now + _IN_PROGRESS_PAUSE) if facts.in_progress else None


def not_yet_due(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """The clock of the task has not reached its first moment (A+1)."""
    return _until(rules, facts.due_from) if facts.due_from is not None and now < facts.due_from else None


def outside_hours(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """Rest hours and statutory holidays, local time (B17, B+); accident calls are exempt (A+1)."""
    return None if is_open(rules.profile, now, rules.calendar) else _until(rules, now)


def attempts_today(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """The attempts of the local day are used up (B16)."""
    if facts.attempts_today < rules.profile.per_day:
        return None
    return Objection(next_day(rules.profile, now, rules.calendar))


def too_soon(facts: ClaimFacts, rules: Rules, now: datetime) -> Objection | None:
    """The pause after the last attempt is not over (B16)."""
    if facts.last_attempt_at is None or now >= facts.last_attempt_at + rules.profile.spacing:
        return None
    return _until(rules, facts.last_attempt_at + rules.profile.spacing)


RULES: tuple[Rule, ...] = (
    unknown_facts,
    do_not_call,
    script_not_in_force,
    caller_not_allowed,
    variables_missing,
    deadline_expired,
    attempts_exhausted,
    external_list_stale,
    in_progress,
    not_yet_due,
    outside_hours,
    attempts_today,
    too_soon,
)


def decide(facts: ClaimFacts, *, rules: Rules, now: datetime) -> Verdict:
    """The first objection, or allow."""
    for rule in RULES:
        objection = rule(facts, rules, now)
        if objection is not None:
            return _verdict(rule.__name__, rules, objection)
    return _allowed(rules.version)


@lru_cache(maxsize=16)
def _allowed(version: str) -> Verdict:
    return Verdict(Action.ALLOW, ALLOWED, version)


def _verdict(name: str, rules: Rules, objection: Objection) -> Verdict:
    action = Action.BLOCK if objection.until is None else Action.DEFER
    return Verdict(action, name, rules.version, objection.until)


def _until(rules: Rules, moment: datetime) -> Objection:
    return Objection(next_opening(rules.profile, moment, rules.calendar))


def _in_force(entry: DncEntry, now: datetime) -> bool:
    return entry.starts_at <= now and (entry.ends_at is None or now < entry.ends_at)


def _applies(entry: DncEntry, purpose: str) -> bool:
    return entry.purpose != "marketing" or purpose != "duty"


def _odd_number(number: int | None) -> bool:
    return number is None or not _LEAST_NUMBER <= number < _LARGEST_NUMBER


def _odd_times(facts: ClaimFacts, now: datetime) -> bool:
    times = (now, facts.last_attempt_at, facts.due_from, facts.due_by)
    for moment in times if not facts.dnc else (*times, *_dnc_times(facts)):
        if moment is not None and moment.tzinfo is None:
            return True
    return facts.due_from is not None and facts.due_by is not None and facts.due_from > facts.due_by


def _dnc_times(facts: ClaimFacts) -> Iterator[datetime | None]:
    for entry in facts.dnc:
        yield from (entry.starts_at, entry.ends_at)


def _odd_counts(facts: ClaimFacts) -> bool:
    if not 0 <= facts.attempts_today <= facts.attempts:
        return True
    return facts.attempts > 0 and facts.last_attempt_at is None
