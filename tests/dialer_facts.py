"""What the tests of the dialer's decisions start from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dialer.calendar import LOCAL
from dialer.gate import Rules
from dialer.profile import load_profile
from ledger.records import ClaimFacts, DncEntry, PastCall

FROM = 861095500
LIFE = load_profile("cn_life")
SURVEY = load_profile("cn_survey")
SALES = load_profile("cn_sales")
RULES = Rules(LIFE, "duty", FROM, frozenset({FROM}))


def at(text: str) -> datetime:
    """A local moment, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


NOW = at("2026-11-23T09:30")


def facts(**changes: Any) -> ClaimFacts:
    """A task that may be called at NOW, but for the changes."""
    clean = ClaimFacts(
        task_id=1,
        contact_id=1,
        number=8613812345678,
        customer_key="k",
        missing="",
        attempts=0,
        attempts_today=0,
        last_attempt_at=None,
        due_from=at("2026-11-20T00:00"),
        due_by=at("2026-12-06T00:00"),
        in_progress=False,
        script_in_force=True,
        script_filed=False,
        list_locked=True,
    )
    return replace(clean, **changes)


def entry(
    purpose: str = "all", starts: str = "2026-11-01T00:00", ends: str = "", reason: str = ""
) -> DncEntry:
    """A do-not-call entry in force at NOW, unless told otherwise."""
    return DncEntry(purpose, "customer", at(starts), at(ends) if ends else None, reason)


def past(*moments: str, outcome: str = "NOT_COMPLETED", silent: bool = False) -> tuple[PastCall, ...]:
    """Earlier calls at these moments, the latest first."""
    return tuple(PastCall(at(moment), outcome, silent, False) for moment in moments)
