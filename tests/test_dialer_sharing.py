"""Campaigns share the account by priority and deadline, and none of them waits for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer import sharing
from dialer.sharing import NONE_YET, Claimant, weight

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
DEADLINES = st.one_of(st.none(), st.integers(-48, 500).map(lambda hours: NOW + timedelta(hours=hours)))
CLAIMANTS = st.lists(st.tuples(st.integers(1, 5), DEADLINES), min_size=1, max_size=8).map(
    lambda found: [Claimant(number, *one) for number, one in enumerate(found)]
)


def called(claimants: Sequence[Claimant], calls: int) -> list[int]:
    """Whose turn it was, call after call, while all of them have somebody to call."""
    shares, turns = NONE_YET, []
    for _ in range(calls):
        one = sharing.order(shares, claimants)[0]
        shares = sharing.served(shares, one, NOW)
        turns.append(one.campaign_id)
    return turns


@settings(max_examples=60, deadline=None)
@given(CLAIMANTS)
def test_each_gets_its_share_and_never_a_call_more_or_less_than_the_others_weigh(
    claimants: list[Claimant],
) -> None:
    """Start-time fair queueing: two that wait all the time differ by at most a call of each."""
    counts = Counter(called(claimants, 600))
    work = {one.campaign_id: counts[one.campaign_id] / weight(one, NOW) for one in claimants}
    for one in claimants:
        for other in claimants:
            most = 1 / weight(one, NOW) + 1 / weight(other, NOW)
            assert abs(work[one.campaign_id] - work[other.campaign_id]) <= most + 1e-9


@settings(max_examples=60, deadline=None)
@given(CLAIMANTS)
def test_nobody_starves(claimants: list[Claimant]) -> None:
    """Between two calls of a campaign the others have their shares, and no more."""
    turns = called(claimants, 600)
    for one in claimants:
        others = sum(weight(other, NOW) / weight(one, NOW) + 1 for other in claimants if other != one)
        mine = [-1, *(n for n, turn in enumerate(turns) if turn == one.campaign_id)]
        longest = max((b - a - 1 for a, b in pairwise(mine)), default=0)
        assert longest <= others + 1e-9


def test_a_step_of_priority_doubles_the_share() -> None:
    counts = Counter(called([Claimant(1, 3, None), Claimant(2, 4, None), Claimant(3, 5, None)], 700))
    assert counts == {1: 100, 2: 200, 3: 400}


def test_a_near_deadline_doubles_the_share_and_a_very_near_one_once_more() -> None:
    soon, at_once = NOW + timedelta(hours=23), NOW + timedelta(minutes=90)
    claimants = [Claimant(1, 3, NOW + timedelta(days=3)), Claimant(2, 3, soon), Claimant(3, 3, at_once)]
    assert Counter(called(claimants, 700)) == {1: 100, 2: 200, 3: 400}


def test_who_had_nobody_to_call_has_saved_nothing_up() -> None:
    shares, busy, late = NONE_YET, Claimant(1, 3, None), Claimant(2, 3, None)
    for _ in range(1000):
        shares = sharing.served(shares, busy, NOW)
    turns = []
    for _ in range(10):
        one = sharing.order(shares, [busy, late])[0]
        shares = sharing.served(shares, one, NOW)
        turns.append(one.campaign_id)
    assert Counter(turns) == {1: 5, 2: 5}


def test_of_equals_the_more_important_then_the_more_urgent_begins() -> None:
    near, far = NOW + timedelta(days=2), NOW + timedelta(days=9)
    claimants = [Claimant(1, 3, None), Claimant(2, 3, far), Claimant(3, 3, near), Claimant(4, 4, None)]
    assert [one.campaign_id for one in sharing.order(NONE_YET, claimants)] == [4, 3, 2, 1]
