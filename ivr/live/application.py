"""The ASGI application of the live process: event streams for those who are signed in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from ivr.live.feed import Feed, Listener
from ivr.live.watch import Watch
from ledger.people import User

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOKERS = frozenset({"supervisor", "quality", "compliance", "admin"})
"""The roles that may watch the board."""
STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
STREAMS = re.compile(r"/live/(?:desk|console|campaigns/(?P<campaign>[0-9]{1,18}))$")
RETRY = b"retry: 1500\n\n"


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """Why there is no stream."""

    status: int


@dataclass(frozen=True, slots=True)
class Door:
    """Who is let in: pages of `origin`, with the cookie of that name."""

    origin: str
    cookie: str


def application(watch: Watch, door: Door) -> Application:
    """Return the application."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            listener, feed = _admit(scope, headers, watch, door)
        except Refusal as refusal:
            await _refuse(send, refusal.status)
            return
        await _stream(listener, feed, receive, send, door.origin)
        watch.leave(listener)

    return answer


def _admit(scope: Scope, headers: Mapping[str, str], watch: Watch, door: Door) -> tuple[Listener, Feed]:
    if scope["method"] != "GET":
        raise Refusal(405)
    if not STREAMS.search(scope["path"]):
        raise Refusal(404)
    if not _from_us(headers, door.origin):
        raise Refusal(403)
    cookie = _cookie(headers.get("cookie", ""), door.cookie)
    user = watch.visitor(cookie) if cookie else None
    if user is None:
        raise Refusal(401)
    feed = _feed(scope["path"], user, watch)
    listener = Listener(cookie, headers.get("last-event-id", ""))
    feed.listeners.add(listener)
    return listener, feed


def _feed(path: str, user: User, watch: Watch) -> Feed:
    if path.endswith("/live/desk"):
        return watch.desk(user.user_id)
    if user.role not in LOOKERS:
        raise Refusal(403)
    found = STREAMS.search(path)
    if found is None or not found["campaign"]:
        return watch.board(watch.scope(user))
    feed = watch.campaign(int(found["campaign"]), watch.scope(user))
    if feed is None:
        raise Refusal(404)
    return feed


def _from_us(headers: Mapping[str, str], origin: str) -> bool:
    """Browsers name the page that asks; behind a proxy it is of the same origin, and only that is said."""
    if "origin" in headers:
        return headers["origin"] == origin
    return headers.get("sec-fetch-site", "same-origin") == "same-origin"


def _cookie(text: str, name: str) -> str:
    try:
        found = SimpleCookie(text).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def _stream(listener: Listener, feed: Feed, receive: Receive, send: Send, origin: str) -> None:
    allowed = [
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": [*STREAM, *allowed]})
    await send({"type": "http.response.body", "body": RETRY, "more_body": True})
    gone = asyncio.create_task(_until_gone(receive, listener))
    try:
        while data := await listener.next(feed):
            await send({"type": "http.response.body", "body": data, "more_body": True})
        if not listener.gone:
            await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.gone = True
    listener.close()
