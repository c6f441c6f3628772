"""Decide whether a task may be dialed now. Pure: the caller brings the facts; any doubt is a block.

The rules stand in the order of their legal weight, so that a decision names the gravest objection; whatever
blocks for good comes before whatever only defers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from dialer.calendar import CHINA, Calendar
from dialer.hours import is_open, local_day, midnight_of, opening, tomorrow
from dialer.profile import DUTY, FOREVER, Profile, of_line
from dialer.zones import MAINLAND, UNKNOWN, Zones, zones_of
from ledger.claim_facts import EVER
from ledger.records import Action, ClaimFacts, DncEntry, PastCall, Verdict

VERSION = 2
"""Of the rules themselves: it rises with every change of what one of them objects to."""
ALLOWED = "allowed"
"""The rule named by a verdict to which no rule objected."""
WITHDRAWN = "consent_withdrawn"
"""The reason of a do-not-call entry that lasts until it is revoked, whatever end it was given (B15)."""

_LEAST_NUMBER = 10**6
_LARGEST_NUMBER = 10**15
"""E.164 has 15 digits at most."""
_IN_PROGRESS_PAUSE = timedelta(minutes=5)
_STALE_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Rules:
    """What a campaign calls under.

    Profile, purpose of its script, the number it shows, those that its business line may show, the line,
    whether the script's region demands that it was filed, whether its calls may speak of a renewal, and
    `stale`: external do-not-call lists that nobody knows the state of.
    """

    profile: Profile
    purpose: str
    from_number: int
    allowed_callers: frozenset[int]
    calendar: Calendar = CHINA
    line: str = ""
    filing: bool = False
    renewal: bool = False
    stale: tuple[str, ...] = ()

    @cached_property
    def version(self) -> str:
        """The version that every verdict carries: the profile's and that of the rules."""
        return f"{self.profile.version} gate/{VERSION}"

    def since(self, now: datetime) -> datetime:
        """Since when earlier calls decide."""
        memory = self.profile.memory
        return EVER if memory >= now - EVER else now - memory


@dataclass(frozen=True, slots=True)
class Objection:
    """Why not now: `until` None is a block."""

    until: datetime | None = None


BLOCK = Objection()


@dataclass(slots=True)  # one for every decision: frozen ones are made three times as slowly
class Case:
    """One task at one moment, under the rules of its campaign, in every zone in which the customer may be."""

    facts: ClaimFacts
    rules: Rules
    profile: Profile
    now: datetime
    zones: Zones

    def until(self, moment: datetime) -> Objection:
        """An objection to the first moment from then on at which all zones are open; never open: a block.

        A year whose holidays are not published yet is taken to have none: the gate decides again then.
        """
        return Objection(opening(self.profile, moment, _guessing(self.rules.calendar), self.zones))


Rule = Callable[[Case], Objection | None]


def unknown_facts(case: Case) -> Objection | None:
    """Fail closed: no number, times without zone, counts that contradict each other."""
    facts = case.facts
    odd = _odd_number(facts.number) or _odd_times(facts, case.now) or _odd_counts(facts)
    return BLOCK if odd else None


def zone_unknown(case: Case) -> Objection | None:
    """Whose time it is nobody knows: a zone that is none, a number of no region (D: local time)."""
    return BLOCK if case.zones == UNKNOWN else None


def do_not_call(case: Case) -> Objection | None:
    """An entry in force for the number or the customer; duty calls pass a marketing block (A+4)."""
    if not case.facts.dnc:
        return None
    entries = (entry for entry in case.facts.dnc if entry.forbids(case.rules.purpose))
    return BLOCK if any(_in_force(entry, case) for entry in entries) else None


def purpose_not_allowed(case: Case) -> Objection | None:
    """Calls of this purpose have other calling rules (B9: hours of sales; A+1: exemptions of duties)."""
    return None if case.rules.purpose in case.profile.purposes else BLOCK


def consent_missing(case: Case) -> Objection | None:
    """The list does not say that the customer agreed to calls of this purpose (B15, B16, D)."""
    needed = case.rules.purpose in case.profile.consent_needed
    return BLOCK if needed and not case.facts.consent else None


def script_not_in_force(case: Case) -> Objection | None:
    """Nobody answers for the words any more: the script was retired (S001-31, S002-99)."""
    return None if case.facts.script_in_force else BLOCK


def script_not_filed(case: Case) -> Objection | None:
    """The region of the script demands that the authority has it, and it was not filed (S002-99)."""
    return BLOCK if case.rules.filing and not case.facts.script_filed else None


def list_not_locked(case: Case) -> Objection | None:
    """The list may still change: nobody has said who is to be called (S000-04)."""
    return None if case.facts.list_locked else BLOCK


def caller_not_allowed(case: Case) -> Objection | None:
    """The number shown must be one of the company's own, of this business line (S001-39, B16, B17)."""
    return None if case.rules.from_number in case.rules.allowed_callers else BLOCK


def variables_missing(case: Case) -> Objection | None:
    """A mandatory disclosure could not be said in full: no amount, no call (B2, S002-03)."""
    return BLOCK if case.facts.missing else None


def deadline_expired(case: Case) -> Objection | None:
    """Too late, where the profile says that a late call is worth nothing; duty calls are still made (B+)."""
    due_by = case.facts.due_by
    return BLOCK if not case.profile.late and due_by is not None and case.now >= due_by else None


def attempts_exhausted(case: Case) -> Objection | None:
    """The attempts of the task are used up (B16: no harassing)."""
    return BLOCK if case.facts.attempts >= case.profile.at_most else None


def external_list_stale(case: Case) -> Objection | None:
    """An external do-not-call list is too old, or was never fetched: who is on it nobody knows (B18)."""
    return case.until(case.now + _STALE_PAUSE) if case.rules.stale else None


def refused_before(case: Case) -> Objection | None:
    """The customer refused in an earlier call, and the rest that follows is not over (D, S001-16)."""
    rest = case.profile.cool_down.refusal
    return _rest(case, rest, (call for call in case.facts.past if call.outcome == "REFUSED"))


def in_progress(case: Case) -> Objection | None:
    """Another call to this customer has not ended."""
    return case.until(case.now + _IN_PROGRESS_PAUSE) if case.facts.in_progress else None


def not_yet_due(case: Case) -> Objection | None:
    """The clock of the task has not reached its first moment (A+1)."""
    due_from = case.facts.due_from
    return case.until(due_from) if due_from is not None and case.now < due_from else None


def renewal_too_early(case: Case) -> Objection | None:
    """No renewal is spoken of long before the expiry (B10: 40 days in property insurance)."""
    if not case.rules.renewal or not case.facts.expires_on:
        return None
    ahead = of_line(case.profile.renewal, case.rules.line)
    if ahead is None:
        return None
    day = _day(case.facts.expires_on)
    if day is None:
        return BLOCK
    begins = midnight_of(day - ahead, case.zones)
    return case.until(begins) if case.now < begins else None


def called_and_silent(case: Case) -> Objection | None:
    """The customer picked up lately and heard nobody (D: no call for 72 hours in the UK)."""
    rest = case.profile.cool_down.silence
    return _rest(case, rest, (call for call in case.facts.past if call.silent))


def too_often(case: Case) -> Objection | None:
    """So many attempts in so many days, of all campaigns, at the customer and the number (S002-86, D)."""
    frequency, past = case.profile.frequency, case.facts.past
    if len(past) < frequency.attempts:
        return None
    free = past[frequency.attempts - 1].at + frequency.days
    return case.until(free) if case.now < free else None


def outside_hours(case: Case) -> Objection | None:
    """Rest hours and statutory holidays, local time (B17, B+); accident calls are exempt (A+1)."""
    if is_open(case.profile, case.now, case.rules.calendar, case.zones):
        return None
    return case.until(case.now)


def attempts_today(case: Case) -> Objection | None:
    """The attempts of the customer's day are used up: those of the task, or those of all campaigns (B16).

    Who agreed to be called again today is, as far as the caps over all campaigns allow.
    """
    if case.facts.attempts_today >= case.profile.per_day and not case.facts.agreed:
        return case.until(tomorrow(case.now, MAINLAND))
    most, past = case.profile.frequency.per_day, case.facts.past
    if len(past) < most:
        return None
    full = tuple(
        zone for zone in case.zones if local_day(past[most - 1].at, zone) == local_day(case.now, zone)
    )
    return case.until(tomorrow(case.now, full)) if full else None


def too_soon(case: Case) -> Objection | None:
    """The pause after the last attempt is not over, whichever campaign made it (B16)."""
    last = case.facts.last_attempt_at
    if case.facts.past:
        last = max(last, case.facts.past[0].at) if last is not None else case.facts.past[0].at
    if last is None or case.now >= last + case.profile.spacing:
        return None
    return case.until(last + case.profile.spacing)


RULES: tuple[Rule, ...] = (
    unknown_facts,
    zone_unknown,
    do_not_call,
    purpose_not_allowed,
    consent_missing,
    script_not_in_force,
    script_not_filed,
    list_not_locked,
    caller_not_allowed,
    variables_missing,
    deadline_expired,
    attempts_exhausted,
    external_list_stale,
    refused_before,
    in_progress,
    not_yet_due,
    renewal_too_early,
    called_and_silent,
    too_often,
    outside_hours,
    attempts_today,
    too_soon,
)

FIRST_CALL = tuple(rule for rule in RULES if rule not in (refused_before, called_and_silent, too_often))
"""The rules for whom nobody has called yet: those of earlier calls have nothing to object to."""


def case_of(facts: ClaimFacts, rules: Rules, now: datetime) -> Case:
    """What the rules are asked about."""
    return Case(facts, rules, rules.profile, now, zones_of(facts.number or 0, facts.zone))


def decide(facts: ClaimFacts, *, rules: Rules, now: datetime) -> Verdict:
    """The first objection, or allow."""
    case = case_of(facts, rules, now)
    for rule in RULES if facts.past else FIRST_CALL:
        objection = rule(case)
        if objection is not None:
            return _verdict(rule.__name__, rules, objection)
    return _allowed(rules.version)


def explain(facts: ClaimFacts, *, rules: Rules, now: datetime) -> list[Verdict]:
    """What every rule says, in their order; after an objection to the facts themselves, no more is asked."""
    case = case_of(facts, rules, now)
    said: list[Verdict] = []
    for rule in RULES:
        objection = rule(case)
        allow = Verdict(Action.ALLOW, rule.__name__, rules.version)
        said.append(allow if objection is None else _verdict(rule.__name__, rules, objection))
        if objection is not None and rule in (unknown_facts, zone_unknown):
            break
    return said


@lru_cache(maxsize=16)
def _allowed(version: str) -> Verdict:
    return Verdict(Action.ALLOW, ALLOWED, version)


def _verdict(name: str, rules: Rules, objection: Objection) -> Verdict:
    action = Action.BLOCK if objection.until is None else Action.DEFER
    return Verdict(action, name, rules.version, objection.until)


@lru_cache(maxsize=16)
def _guessing(calendar: Calendar) -> Calendar:
    return replace(calendar, guess=True)


def _in_force(entry: DncEntry, case: Case) -> bool:
    """Entries end when they say, but a refusal to be sold to not before the law lets it (A+4, B+)."""
    if entry.starts_at > case.now:
        return False
    if entry.ends_at is None or case.now < entry.ends_at or entry.reason == WITHDRAWN:
        return True
    least = timedelta() if case.rules.purpose == DUTY else of_line(case.profile.refusal, case.rules.line)
    return least is None or case.now - entry.starts_at < least


def _rest(case: Case, rest: timedelta, calls: Iterator[PastCall]) -> Objection | None:
    last = next(calls, None) if rest else None
    if last is None or case.now - last.at >= rest:
        return None
    return BLOCK if rest == FOREVER else case.until(last.at + rest)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _odd_number(number: int | None) -> bool:
    return number is None or not _LEAST_NUMBER <= number < _LARGEST_NUMBER


def _odd_times(facts: ClaimFacts, now: datetime) -> bool:
    times = (now, facts.last_attempt_at, facts.due_from, facts.due_by)
    for moment in times if not facts.dnc and not facts.past else (*times, *_other_times(facts)):
        if moment is not None and moment.tzinfo is None:
            return True
    return facts.due_from is not None and facts.due_by is not None and facts.due_from > facts.due_by


def _other_times(facts: ClaimFacts) -> Iterator[datetime | None]:
    for entry in facts.dnc:
        yield from (entry.starts_at, entry.ends_at)
    yield from (call.at for call in facts.past)


def _odd_counts(facts: ClaimFacts) -> bool:
    if not 0 <= facts.attempts_today <= facts.attempts:
        return True
    return facts.attempts > 0 and facts.last_attempt_at is None
