"""The watch: sees that the ledger changed, and tells those whom it concerns. It reads and never writes."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial

from dialer.versions import version
from ivr.campaigning.picture import Surroundings
from ivr.console.picture import Finished, Picture, changes, day_began, document, pack, picture
from ivr.live.campaigns import Campaigns
from ivr.live.feed import Feed, Listener, News, event
from ledger import onlooker, units
from ledger.board import board, finished
from ledger.people import User

log = logging.getLogger(__name__)

LOOK = 0.05
"""Seconds between two looks at whether anything was committed."""
BOARD = 0.25
"""Seconds between two boards at least."""
AGAIN = 2.0
"""Seconds after which a board is read again although nothing was committed: promises become overdue."""
SESSIONS = 3.0
"""Seconds between two looks at whether the listeners are still signed in."""
BEAT = 15.0
"""Seconds between two signs of life; proxies cut what is silent for a minute."""

Scope = frozenset[int] | None
Who = Callable[[sqlite3.Connection, str], User | None]
"""Whose cookie it is, if its bearer is signed in."""


class Watch:
    """All streams of the process and the one connection that serves them."""

    def __init__(
        self, conn: sqlite3.Connection, around: Surroundings, now: Callable[[], datetime], who: Who
    ) -> None:
        self._conn, self._now, self._who = conn, now, who
        self._desks: dict[int, Feed] = {}
        self._boards: dict[Scope, Feed] = {}
        self._pictures: dict[Scope, Picture] = {}
        self._finished = Finished()
        self._campaigns = Campaigns(conn, around, now)
        self._epoch, self._count = secrets.token_hex(4), itertools.count(1)
        self._version = -1
        self._stale: set[Scope] = set()
        self._due = {
            self._heartbeat: 0.0,
            self._check_sessions: 0.0,
            self._age: 0.0,
            self._show_boards: 0.0,
            self._campaigns.show: 0.0,
        }

    def visitor(self, cookie: str) -> User | None:
        """Whose cookie this is; None when its bearer is not, or no longer, signed in."""
        return self._who(self._conn, cookie)

    def scope(self, user: User) -> Scope:
        """The units that somebody may see; None for all."""
        return units.scope(self._conn, user)

    def desk(self, user_id: int) -> Feed:
        """The feed of an agent's desk, with its state of this moment."""
        feed = self._desks.setdefault(user_id, Feed())
        version = onlooker.desk_versions(self._conn).get(user_id, 0)
        feed.publish(_desk_news(version))
        return feed

    def board(self, scope: Scope) -> Feed:
        """The feed of the board of these units; its first picture comes with the next look."""
        feed = self._boards.setdefault(scope, Feed())
        if feed.news is None:
            self._stale.add(scope)
        return feed

    def campaign(self, campaign_id: int, scope: Scope) -> Feed | None:
        """The feed of a campaign's page; None where these units do not see it."""
        return self._campaigns.feed(campaign_id, scope)

    def leave(self, listener: Listener) -> None:
        """Forget a listener, and a feed that nobody listens to."""
        for feed in self._feeds():
            feed.listeners.discard(listener)
        self._campaigns.tidy()
        self._desks = {user_id: feed for user_id, feed in self._desks.items() if feed.listeners}
        self._boards = {scope: feed for scope, feed in self._boards.items() if feed.listeners}
        self._pictures = {scope: seen for scope, seen in self._pictures.items() if scope in self._boards}

    async def run(self, parent: int, stop: asyncio.Event) -> None:
        """Look until told to stop, or the process that started this one is gone."""
        while not stop.is_set() and os.getppid() == parent:
            await asyncio.sleep(LOOK)
            try:
                self.look()
            except sqlite3.OperationalError:
                log.warning("the ledger could not be read, the next look will tell")
        stop.set()
        self._close(listener for feed in self._feeds() for listener in feed.listeners)

    def look(self) -> None:
        """See what was committed since the last look, and do what is due."""
        seen = onlooker.version(self._conn)
        if seen != self._version:
            self._version = seen
            self._stale.update(self._boards)
            self._campaigns.stir()
            self._show_desks()
        for act, due in self._due.items():
            if time.monotonic() >= due:
                self._due[act] = time.monotonic() + act()

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(len(feed.listeners) for feed in self._feeds())

    def _feeds(self) -> Iterator[Feed]:
        return itertools.chain(self._desks.values(), self._boards.values(), self._campaigns.feeds())

    def _show_desks(self) -> None:
        if not self._desks:
            return
        versions = onlooker.desk_versions(self._conn)
        for user_id, feed in self._desks.items():
            news = _desk_news(versions.get(user_id, 0))
            if news != feed.news:
                feed.publish(news)

    def _show_boards(self) -> float:
        stale, self._stale = self._stale & self._boards.keys(), set()
        for scope in stale:
            self._show_board(scope)
        return BOARD if stale else 0.0

    def _show_board(self, scope: Scope) -> None:
        now = self._now()
        seen = board(self._conn, scope, now, day_began(now))
        running = self._finished.of(
            [one.campaign_id for one in seen.campaigns], lambda campaign_id: finished(self._conn, campaign_id)
        )
        new = picture(seen, running, partial(version, self._conn))
        old = self._pictures.get(scope)
        other = changes(old or {}, new)
        if old is None or other:
            self._pictures[scope] = new
            self._boards[scope].publish(self._board_news(self._boards[scope], new, other, now))

    def _board_news(self, feed: Feed, new: Picture, other: Mapping[str, object], now: datetime) -> News:
        number = f"{self._epoch}-{next(self._count)}"
        return News(
            number,
            event(number, document(new, now), "board"),
            feed.news.number if feed.news else "",
            event(number, document(other, now), "changes"),
        )

    def _age(self) -> float:
        self._stale.update(self._boards)
        return AGAIN

    def _heartbeat(self) -> float:
        for feed in self._feeds():
            for listener in feed.listeners:
                listener.beat()
        return BEAT

    def _check_sessions(self) -> float:
        """End the streams of who is signed out, or sees other units than before."""
        for feed in self._desks.values():
            self._close(one for one in feed.listeners if self.visitor(one.cookie) is None)
        for scope, feed in self._boards.items():
            self._close(one for one in feed.listeners if not self._sees(one, scope))
        for campaign_id, feed in self._campaigns.listened():
            self._close(one for one in feed.listeners if not self._sees_campaign(one, campaign_id))
        return SESSIONS

    def _sees_campaign(self, listener: Listener, campaign_id: int) -> bool:
        user = self.visitor(listener.cookie)
        return user is not None and self._campaigns.shows(campaign_id, self.scope(user))

    def _sees(self, listener: Listener, scope: Scope) -> bool:
        user = self.visitor(listener.cookie)
        return user is not None and self.scope(user) == scope

    def _close(self, listeners: Iterable[Listener]) -> None:
        for listener in listeners:
            listener.close()


def _desk_news(version: int) -> News:
    number = str(version)
    return News(number, event(number, pack({"version": version})))
