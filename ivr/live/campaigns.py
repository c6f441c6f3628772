"""The feeds of campaigns' pages: a picture for each, made anew when something was written or time passed."""

from __future__ import annotations

import itertools
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from ivr.campaigning.picture import Picture, Surroundings, document, picture
from ivr.live.feed import Feed, News, event
from ledger import campaigns
from ledger.board import shows_campaign
from ledger.connection import snapshot

EVERY = 1.0
"""Seconds between two pictures at least: of figures nobody reads more."""
AGAIN = 5.0
"""Seconds after which one is made although nothing was written: deadlines pass, the dialer falls silent."""


class Campaigns:
    """The campaigns that somebody looks at."""

    def __init__(self, conn: sqlite3.Connection, around: Surroundings, now: Callable[[], datetime]) -> None:
        self._conn, self._around, self._now = conn, around, now
        self._feeds: dict[int, Feed] = {}
        self._pictures: dict[int, Picture] = {}
        self._epoch, self._count = secrets.token_hex(4), itertools.count(1)
        self._stirred, self._again = False, 0.0

    def feed(self, campaign_id: int, scope: Collection[int] | None) -> Feed | None:
        """The feed of a campaign; its first picture comes with the next look."""
        if not self.shows(campaign_id, scope):
            return None
        feed = self._feeds.setdefault(campaign_id, Feed())
        self._stirred = self._stirred or feed.news is None
        return feed

    def shows(self, campaign_id: int, scope: Collection[int] | None) -> bool:
        """Whether these units see the campaign."""
        return shows_campaign(self._conn, scope, campaign_id)

    def stir(self) -> None:
        """Something was written."""
        self._stirred = True

    def show(self) -> float:
        """Make the pictures that may have changed, and say in how many seconds to ask again."""
        if not self._feeds or not (self._stirred or time.monotonic() >= self._again):
            return 0.0
        self._stirred, self._again = False, time.monotonic() + AGAIN
        for campaign_id, feed in self._feeds.items():
            self._show(campaign_id, feed)
        return EVERY

    def tidy(self) -> None:
        """Forget the campaigns that nobody looks at."""
        self._feeds = {one: feed for one, feed in self._feeds.items() if feed.listeners}
        self._pictures = {one: seen for one, seen in self._pictures.items() if one in self._feeds}

    def feeds(self) -> Iterable[Feed]:
        """All feeds."""
        return self._feeds.values()

    def listened(self) -> Iterable[tuple[int, Feed]]:
        """All feeds by campaign."""
        return self._feeds.items()

    def _show(self, campaign_id: int, feed: Feed) -> None:
        now = self._now()
        with snapshot(self._conn):
            found = campaigns.get(self._conn, campaign_id)
            new = picture(self._conn, self._around, found, now) if found else None
        if new is not None and new != self._pictures.get(campaign_id):
            self._pictures[campaign_id] = new
            number = f"{self._epoch}-{next(self._count)}"
            feed.publish(News(number, event(number, document(new, now), "figures")))
