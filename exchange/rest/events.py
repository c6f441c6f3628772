"""The events of a call: https://www.twilio.com/docs/voice/api/call-event-resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from aiohttp import web

from exchange.board import Board
from exchange.calls.parameters import rfc2822
from exchange.rest.calls import call_of
from exchange.rest.door import BOARD
from exchange.rest.fields import snake
from exchange.rest.paging import page

_KINDS = ("webhook", "rest")
_OURS = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class _Event:
    """One request that had to do with the call."""

    sid: str
    created: float
    body: dict[str, Any]


async def listing(request: web.Request) -> web.StreamResponse:
    """The requests the call was made and steered by, and those it made of the application, newest first."""
    found = page(
        "events",
        _events(request.app[BOARD], call_of(request).sid),
        lambda event: event.body,
        path=request.path,
        query=request.query,
    )
    return web.json_response(found)


def _events(board: Board, call_sid: str) -> Iterator[_Event]:
    """What the trace has of them; who only looked is left out. Twilio gives events no SID, pages need one."""
    trace = board.journal.trace(call_sid)
    for entry in reversed(trace.entries if trace else ()):
        facts = entry.facts() if entry.kind in _KINDS else {}
        if facts and (entry.kind, facts["method"]) != ("rest", "GET"):
            yield _Event(f"EV{entry.number:032x}", entry.at, _body(facts, board.base_url, entry.at))


def _body(facts: dict[str, Any], base_url: str, at: float) -> dict[str, Any]:
    url = urljoin(base_url, facts["url"])
    params = parse_qsl(facts["body"] or urlsplit(url).query, keep_blank_values=True)
    headers = {name.lower(): value for name, value in facts.get("answer_headers", _OURS).items()}
    return {
        "request": {
            "method": facts["method"],
            "url": url,
            "parameters": {snake(name): value for name, value in params},
        },
        "response": {
            "response_code": facts["status"],
            "request_duration": None if facts["real_ms"] is None else round(facts["real_ms"]),
            "content_type": headers.get("content-type"),
            "response_body": facts["answer"],
            "date_created": rfc2822(at),
        },
    }
