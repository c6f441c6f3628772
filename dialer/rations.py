"""What each campaign may take of the account now: its turn, its own lines and its own calls per second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dialer import sharing
from dialer.pacing import Bucket, Pace
from dialer.sharing import Claimant
from ledger.dialing import Lines, RunningCampaign


class Rations:
    """The turns that were taken so far; a dialer that starts begins anew, and no campaign loses by it."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.shares = sharing.NONE_YET
        self.buckets: dict[int, Bucket] = {}

    def order(
        self, campaigns: Sequence[RunningCampaign], lines: Lines, now: datetime
    ) -> list[RunningCampaign]:
        """Those that may place a call now, the one whose turn it is first."""
        able = {
            one.campaign_id: one
            for one in campaigns
            if self._has_line(one, lines) and not self._wait(one, now)
        }
        turns = sharing.order(self.shares, map(_claimant, able.values()))
        return [able[one.campaign_id] for one in turns]

    def took(self, campaign: RunningCampaign, now: datetime) -> None:
        """Note that the campaign placed a call."""
        self.shares = sharing.served(self.shares, _claimant(campaign), now)
        if bucket := self._bucket(campaign):
            bucket.take(now)

    def wait(self, campaigns: Sequence[RunningCampaign], now: datetime) -> timedelta:
        """How long until one of those that are held back by their own rate may go on."""
        return min((wait for one in campaigns if (wait := self._wait(one, now))), default=timedelta.max)

    def _has_line(self, one: RunningCampaign, lines: Lines) -> bool:
        return one.max_lines is None or lines.outbound.get(one.campaign_id, 0) < one.max_lines

    def _wait(self, one: RunningCampaign, now: datetime) -> timedelta:
        bucket = self._bucket(one)
        return bucket.wait(now) if bucket else timedelta()

    def _bucket(self, one: RunningCampaign) -> Bucket | None:
        """The campaign's own bucket, kept while its cap stays the same."""
        if one.max_per_second is None:
            return None
        bucket = self.buckets.get(one.campaign_id)
        if bucket is None or bucket.pace.per_second != one.max_per_second:
            bucket = self.buckets[one.campaign_id] = Bucket(Pace(one.max_per_second, self.pace.lines))
        return bucket


def _claimant(one: RunningCampaign) -> Claimant:
    return Claimant(one.campaign_id, one.priority, one.due_by, one.agreed)
