"""Which campaign gets the next call: shares by priority and deadline, and none of them waits for ever.

Start-time fair queueing: every call moves its campaign on by one over its weight, and the campaign that is
least far on is served. A campaign that could not be served meanwhile has saved nothing up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

PRIORITIES = range(1, 6)
"""1 is called least, 5 most: each step doubles the share."""
NORMAL = 3
URGENT = ((timedelta(hours=2), 4.0), (timedelta(hours=24), 2.0))
"""A campaign whose first deadline is nearer than this has its share multiplied, the nearest first."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A campaign that could place a call now: its priority, and the deadline of its most urgent task.

    `agreed`: a time agreed with a customer has come; it is kept before all others are called.
    """

    campaign_id: int
    priority: int
    due_by: datetime | None
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Shares:
    """How far each campaign is; `reached` is how far the one was that was served last."""

    stands: Mapping[int, float]
    reached: float = 0.0


NONE_YET = Shares({})


def weight(one: Claimant, now: datetime) -> float:
    """The share of a campaign, beside the shares of the others."""
    urgency = 1.0
    if one.due_by is not None:
        urgency = next((factor for span, factor in URGENT if one.due_by - now < span), urgency)
    return float(2 ** (one.priority - PRIORITIES.start)) * urgency


def order(shares: Shares, claimants: Iterable[Claimant]) -> list[Claimant]:
    """Who is served first; of two that are equally far on, the more important, then the more urgent one."""
    return sorted(
        claimants, key=lambda one: (not one.agreed, _stand(shares, one.campaign_id), -one.priority, _due(one))
    )


def served(shares: Shares, one: Claimant, now: datetime) -> Shares:
    """The shares after a call of this campaign."""
    stand = _stand(shares, one.campaign_id)
    return Shares(
        {**shares.stands, one.campaign_id: stand + 1 / weight(one, now)}, max(stand, shares.reached)
    )


def _stand(shares: Shares, campaign_id: int) -> float:
    """Where a campaign stands: never behind the one served last, else it would take all calls for a while."""
    return max(shares.stands.get(campaign_id, 0.0), shares.reached)


def _due(one: Claimant) -> tuple[bool, float]:
    return one.due_by is None, one.due_by.timestamp() if one.due_by else 0.0
