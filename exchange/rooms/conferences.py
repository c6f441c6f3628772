"""Every conference the exchange knows: one in progress to a name, the old ones for the lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.rooms.conference import Conference

KEPT = 10_000


class Conferences:
    """Conferences by SID, and those that are open by name."""

    def __init__(self, kept: int = KEPT) -> None:
        self._all: dict[str, Conference] = {}
        self._open: dict[str, Conference] = {}
        self._kept = kept

    def add(self, conference: Conference) -> None:
        """Opens a conference, and forgets the oldest closed one when there are too many."""
        self._all[conference.sid] = self._open[conference.name] = conference
        if len(self._all) > self._kept:
            oldest = next((sid for sid, one in self._all.items() if one.over), None)
            if oldest is not None:
                del self._all[oldest]

    def close(self, conference: Conference) -> None:
        """Lets another conference have the name."""
        if self._open.get(conference.name) is conference:
            del self._open[conference.name]

    def named(self, name: str) -> Conference | None:
        """The open conference of this name."""
        return self._open.get(name)

    def get(self, sid: str) -> Conference | None:
        """The conference of this SID."""
        return self._all.get(sid)

    def newest_first(self) -> Iterator[Conference]:
        """All of them."""
        return reversed(self._all.values())
