"""The clean-up of lapsed policies: status at an instant, cohorts, phases with hard dates (S000-03 … 25)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from dialer import concession
from dialer.calendar import LOCAL
from dialer.hours import midnight
from dialer.selection.rules import Facts

HEAD_OFFICE, BRANCH = "head_office", "branch"
NOT_LAPSED = "not_lapsed_then"
"""The rule that leaves out what was not lapsed at the instant."""
PHASE_END = "phase_end"
"""The fact that holds the last day of the phase as the list has it."""
UNDER, OVER = "under_two_years", "two_years_or_more"


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the clean-up; `ends` is its last day, `cohort` whom it must have notified by then."""

    name: str
    title: str
    ends: date
    cohort: str = ""


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What the recipe says: the instant, the fact that is the day of the lapse, whose list it is, the phases.

    `calls_from` is the first day of calls.
    """

    at: datetime
    lapsed_on: str
    source: str
    calls_from: date
    phases: tuple[Phase, ...]

    def cohort(self, facts: Facts) -> str:
        """How long the policy had been lapsed at the instant; empty where it was not.

        A policy without the day of its lapse is among those that are due first.
        """
        text = facts.get(self.lapsed_on)
        if not isinstance(text, str):
            return UNDER
        lapsed_on = date.fromisoformat(text[:10])
        if midnight(lapsed_on) >= self.at:
            return ""
        full = midnight(concession.last_day(lapsed_on) + timedelta(days=1))
        return OVER if full <= self.at else UNDER

    def term(self, cohort: str, facts: Facts) -> tuple[datetime, datetime]:
        """From when and until when a contact of a cohort is called: to the end of its phase's last day.

        A list may bring that day forward, and never puts it off (S000-18).
        """
        ends = next(phase.ends for phase in self.phases if phase.cohort == cohort)
        if isinstance(listed := facts.get(PHASE_END), str):
            ends = min(ends, date.fromisoformat(listed))
        return midnight(self.calls_from), midnight(ends + timedelta(days=1))

    def now(self, today: date) -> Phase | None:
        """The phase of the day; None after the last."""
        return next((phase for phase in self.phases if today <= phase.ends), None)


def read_cleanup(table: Mapping[str, Any]) -> Cleanup:
    """The clean-up of a recipe; ValueError and KeyError say what is wrong with it."""
    phases = tuple(Phase(**phase) for phase in table["phases"])
    if any(later.ends <= earlier.ends for earlier, later in pairwise(phases)):
        raise ValueError("cleanup.phases: each must end after the one before it")
    if {phase.cohort for phase in phases} - {""} != {UNDER, OVER}:
        raise ValueError(f"cleanup.phases: one must have the cohort {UNDER}, one {OVER}")
    at, source = table["at"], table.get("source", HEAD_OFFICE)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise ValueError("cleanup.at: give the moment with its offset, as 2026-07-01T00:00:00+08:00")
    if source not in (HEAD_OFFICE, BRANCH):
        raise ValueError(f"cleanup.source: choose {HEAD_OFFICE} or {BRANCH}")
    return Cleanup(at.astimezone(LOCAL), table["lapsed_on"], source, table["calls_from"], phases)
