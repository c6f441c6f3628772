"""A campaign keeps to caps of its own, and lines are kept for customers who call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.pacing import Pace
from dialer.rations import Rations
from ledger.dialing import Lines, RunningCampaign
from tests.ledger_rows import HOTLINE, NOW

PACE = Pace(10, 30)
FREE = Lines({}, 0)


def campaign(number: int, *, lines: int | None = None, per_second: float | None = None) -> RunningCampaign:
    return RunningCampaign(number, "duty", HOTLINE, "robot", None, 3, lines, per_second, True, True, None)


def able(
    rations: Rations, campaigns: list[RunningCampaign], lines: Lines = FREE, seconds: float = 0
) -> list[int]:
    found = rations.order(campaigns, lines, NOW + timedelta(seconds=seconds))
    return [one.campaign_id for one in found]


def test_a_campaign_with_all_its_lines_in_use_leaves_the_turn_to_others() -> None:
    campaigns = [campaign(1, lines=2), campaign(2)]
    assert able(Rations(PACE), campaigns, Lines({1: 1, 2: 20}, 5)) == [1, 2]
    assert able(Rations(PACE), campaigns, Lines({1: 2, 2: 20}, 5)) == [2]


def test_a_campaign_keeps_to_its_own_calls_per_second() -> None:
    rations, slow, fast = Rations(PACE), campaign(1, per_second=0.5), campaign(2)
    rations.took(slow, NOW)
    assert able(rations, [slow, fast], seconds=1.9) == [2]
    assert rations.wait([slow, fast], NOW + timedelta(seconds=1.5)) == timedelta(seconds=0.5)
    assert able(rations, [slow, fast], seconds=2) == [2, 1]


def test_another_cap_counts_from_the_next_call() -> None:
    rations = Rations(PACE)
    rations.took(campaign(1, per_second=0.01), NOW)
    assert able(rations, [campaign(1, per_second=5)], seconds=1) == [1]


@pytest.mark.parametrize(
    ("outbound", "inbound", "room"),
    [(24, 0, True), (25, 0, False), (25, 5, False), (23, 6, True), (24, 6, False)],
)
def test_kept_lines_are_never_dialed_on_and_further_callers_take_from_the_rest(
    outbound: int, inbound: int, room: bool
) -> None:
    assert Pace(10, 30, kept=5).has_room(outbound, inbound) is room


def test_keeping_every_line_is_refused() -> None:
    with pytest.raises(ValueError, match="kept lines: 30 is not between 0 and 29"):
        Pace(10, 30, kept=30)
