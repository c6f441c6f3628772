"""How fast calls may be placed: so many a second, never two at once, and so many in progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls per second and calls in progress that the carrier's account allows (vendor: CPS, concurrency).

    `kept` lines are left to customers who call us; more of them than that take lines from the dialer.
    """

    per_second: float
    lines: int
    kept: int = 0

    def __post_init__(self) -> None:
        if not self.per_second > 0:
            raise ValueError(f"calls per second: {self.per_second} is not above 0")
        if self.lines < 1:
            raise ValueError(f"lines: {self.lines} is less than 1")
        if not 0 <= self.kept < self.lines:
            raise ValueError(f"kept lines: {self.kept} is not between 0 and {self.lines - 1}")

    @property
    def interval(self) -> timedelta:
        """The least time between two calls, rounded up to the clock's microsecond."""
        return timedelta(microseconds=-int(-1_000_000 // self.per_second))

    def has_room(self, outbound: int, inbound: int) -> bool:
        """Whether one more call may go out beside those in progress."""
        return outbound + max(inbound, self.kept) < self.lines


class Bucket:
    """A token bucket that holds one token: unused time is never saved up, so no burst follows a pause."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.next_at: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        """How long until the next call may be placed; zero: now."""
        if self.next_at is None:
            return timedelta()
        return max(self.next_at - now, timedelta())

    def take(self, now: datetime) -> bool:
        """Take the token if it is there."""
        if self.wait(now):
            return False
        self.next_at = now + self.pace.interval
        return True
