"""How long a campaign is left alone whose questions to the core system find no answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

ENOUGH = 3
"""Questions in a row without an answer after which a campaign waits."""
FIRST, LONGEST = timedelta(minutes=1), timedelta(minutes=30)
"""The pause after these, twice as long after each that follows it."""


@dataclass(slots=True)
class Patience:
    """The questions in a row that had no answer, by campaign."""

    unanswered: dict[int, int] = field(default_factory=dict)

    def heard(self, campaign_id: int) -> None:
        """There was an answer."""
        self.unanswered.pop(campaign_id, None)

    def missed(self, campaign_id: int) -> timedelta:
        """There was none; the pause that follows, nothing where that happens now and then."""
        count = self.unanswered[campaign_id] = self.unanswered.get(campaign_id, 0) + 1
        if count < ENOUGH:
            return timedelta()
        return min(FIRST * (1 << min(count - ENOUGH, 10)), LONGEST)
