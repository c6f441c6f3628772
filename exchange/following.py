"""A running exchange seen from a second terminal: a call is made, followed, and traced."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp

from exchange.calls.call import ENDED
from exchange.errors import SettingError
from exchange.prose import line
from exchange.state import State

_SHOWN = frozenset(
    {"status", "verb", "webhook", "hears", "says", "presses", "hangs-up", "fault", "notification"}
)
_OK, _FAILED = 0, 1

Print = Callable[[str], None]


async def follow_call(state: State, order: dict[str, Any], show: Print) -> int:
    """Makes an incoming call and tells what happens on it until it ends; 0 when all went well.

    Whoever gives up meanwhile hangs up.
    """
    async with _session(state) as session:
        sid = (await _post(session, "/control/calls", order))["sid"]
        show(f"call {sid}")
        try:
            return await _follow(session, sid, show)
        except asyncio.CancelledError:
            await asyncio.shield(_post(session, f"/control/calls/{sid}/hang-up", {}))
            raise


async def trace(state: State, sid: str) -> str:
    """Everything that happened on a call, to be read."""
    async with (
        _session(state) as session,
        session.get(f"/control/calls/{sid}/trace", params={"format": "text"}) as answer,
    ):
        await _refused(answer)
        return await answer.text()


async def listing(state: State) -> list[dict[str, Any]]:
    """The running calls."""
    async with _session(state) as session, session.get("/control/calls") as answer:
        await _refused(answer)
        found: list[dict[str, Any]] = (await answer.json())["calls"]
        return found


async def _follow(session: aiohttp.ClientSession, sid: str, show: Print) -> int:
    went_well = True
    async for event in _events(session, sid):
        if event["kind"] in _SHOWN and not _under_way(event):
            show(line(event))
        if event["kind"] == "notification" and event["level"] == "error":
            went_well = False
        if event["kind"] == "status" and event["status"] in ENDED:
            return _OK if went_well and event["status"] == "completed" else _FAILED
    raise SettingError("the exchange ended before the call did")


async def _events(session: aiohttp.ClientSession, sid: str) -> AsyncIterator[dict[str, Any]]:
    patience = aiohttp.ClientTimeout(total=None, sock_read=60)
    query = {"call": sid, "since": "0"}
    async with session.get("/control/events", params=query, timeout=patience) as answer:
        await _refused(answer)
        async for text in answer.content:
            if text.startswith(b"data: {"):
                yield json.loads(text[6:])


def _under_way(event: dict[str, Any]) -> bool:
    """A request without an answer is told again when it has one."""
    return event["kind"] == "webhook" and event["status"] is None and event["failure"] is None


async def _post(session: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with session.post(path, json=body) as answer:
        await _refused(answer)
        found: dict[str, Any] = await answer.json() if answer.status == 201 else {}
        return found


async def _refused(answer: aiohttp.ClientResponse) -> None:
    """A refusal in the exchange's own words."""
    if answer.status < 400:
        return
    try:
        error = await answer.json()
        reason = f"{error['code']}: {error['message']}"
    except (aiohttp.ContentTypeError, json.JSONDecodeError, KeyError):
        reason = str(answer.status)
    raise SettingError(f"the exchange at {answer.url.origin()} refuses: {reason}")


def _session(state: State) -> aiohttp.ClientSession:
    code = base64.b64encode(f"{state.account_sid}:{state.auth_token}".encode()).decode()
    return aiohttp.ClientSession(
        state.url,
        headers={"Authorization": f"Basic {code}"},
        read_bufsize=2**20,  # an event is one line, and holds an answer
    )
