"""What listeners of one subject share: the newest news, and how to wake those who wait for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

HEARTBEAT = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class News:
    """An event as it goes out: `whole` for everybody, `change` for those who have seen the one `before`."""

    number: str
    whole: bytes
    before: str = ""
    change: bytes = b""

    def since(self, seen: str) -> bytes:
        """What a listener who has seen that number still lacks."""
        if seen == self.number:
            return b""
        return self.change if seen and seen == self.before else self.whole


def event(number: str, data: str, kind: str = "") -> bytes:
    """One server-sent event (WHATWG HTML, 9.2.6); data is a single line."""
    name = f"event: {kind}\n" if kind else ""
    return f"id: {number}\n{name}data: {data}\n\n".encode()


class Listener:
    """One stream: by whose cookie, what it has seen, and whether it is to go on."""

    __slots__ = ("_beat", "_woken", "closed", "cookie", "gone", "seen")

    def __init__(self, cookie: str, seen: str) -> None:
        self.cookie = cookie
        self.seen = seen
        self.closed = self.gone = False
        self._beat = False
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be news."""
        self._woken.set()

    def beat(self) -> None:
        """Show the other side, and every proxy between, that the stream lives."""
        self._beat = True
        self._woken.set()

    def close(self) -> None:
        """End the stream."""
        self.closed = True
        self._woken.set()

    async def next(self, feed: Feed) -> bytes:
        """Wait for what is to be sent; empty when the stream is closed."""
        while not self.closed:
            if found := self._found(feed):
                return found
            self._woken.clear()
            await self._woken.wait()
        return b""

    def _found(self, feed: Feed) -> bytes:
        beat, self._beat = self._beat, False
        if feed.news is not None and (found := feed.news.since(self.seen)):
            self.seen = feed.news.number
            return found
        return HEARTBEAT if beat else b""


class Feed:
    """A subject and its listeners; whoever is slow gets the newest state, never a queue."""

    __slots__ = ("listeners", "news")

    def __init__(self) -> None:
        self.news: News | None = None
        self.listeners: set[Listener] = set()

    def publish(self, news: News) -> None:
        """Tell everybody."""
        self.news = news
        for listener in self.listeners:
            listener.wake()
