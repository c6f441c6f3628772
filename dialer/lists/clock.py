"""When a contact may and must be called, counted from the row (regulation A+1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from dialer.hours import midnight
from dialer.lists.facts import Fact
from dialer.lists.kinds import Clock, Span


def due(
    clock: Clock, start: date | None, facts: Mapping[str, Fact]
) -> tuple[datetime | None, datetime | None]:
    """From when and until when, in UTC; without a start the clock has not begun.

    Days run from the beginning of the first to the end of the last; minutes run from the moment.
    """
    if start is None:
        return None, None
    return _edge(clock.due_from, start, facts, last=False), _edge(clock.due_by, start, facts, last=True)


def _edge(span: Span, start: date, facts: Mapping[str, Fact], *, last: bool) -> datetime | None:
    amount = _amount(span, facts)
    if amount is None:
        return None
    if isinstance(start, datetime):
        return start + timedelta(**{span.unit: amount})
    return midnight(start + timedelta(days=amount + last))


def _amount(span: Span, facts: Mapping[str, Fact]) -> int | None:
    if not span.by:
        return span.amount
    fact = facts.get(span.by)
    if span.amounts:
        return span.amounts.get(str(fact))
    return fact if isinstance(fact, int) else None
