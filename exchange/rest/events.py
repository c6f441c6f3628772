"""The events of a call: https://www.twilio.com/docs/voice/api/call-event-resource."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from exchange import masking
from exchange.board import Board
from exchange.journal import Entry
from exchange.parameters import rfc2822
from exchange.rest.calls import call_of
from exchange.rest.door import BOARD
from exchange.rest.fields import snake
from exchange.rest.noting import Asked
from exchange.rest.paging import page
from exchange.watch import Attempt


@dataclass(frozen=True, slots=True)
class _Event:
    """One request that had to do with the call."""

    entry: Entry
    body: dict[str, Any]

    @property
    def sid(self) -> str:
        """What page tokens name it by; Twilio gives events no SID."""
        return f"EV{self.entry.number:032x}"


async def listing(request: web.Request) -> web.StreamResponse:
    """The requests the call was made and steered by, and those it made of the application, newest first."""
    events = _events(request.app[BOARD], call_of(request).sid)
    found = page(
        "events",
        events,
        lambda event: event.body,
        path=request.path,
        query=request.query,
        moment=lambda event: event.entry.at,
    )
    return web.json_response(found)


def _events(board: Board, call_sid: str) -> Iterator[_Event]:
    trace = board.journal.trace(call_sid)
    for entry in reversed(trace.entries if trace else ()):
        if isinstance(entry.detail, Attempt):
            yield _Event(entry, _webhook(entry, entry.detail))
        elif isinstance(entry.detail, Asked) and entry.detail.method != "GET":  # looking changes nothing
            yield _Event(entry, _asked(board, entry, entry.detail))


def _webhook(entry: Entry, done: Attempt) -> dict[str, Any]:
    sent = done.sent if isinstance(done.sent, str) else done.sent.decode("utf-8", "backslashreplace")
    params = parse_qsl(sent or urlsplit(done.url).query, keep_blank_values=True)
    kind = done.answer_headers.get("Content-Type")
    answer = _answer(entry, done.status, done.seconds, kind, done.answer)
    return {"request": _request(done.method, done.url, params), "response": answer}


def _asked(board: Board, entry: Entry, done: Asked) -> dict[str, Any]:
    params = [(name, masking.kept(name, value)) for name, value in done.form]
    answer = _answer(entry, done.status, done.seconds, "application/json", done.answer)
    return {"request": _request(done.method, board.base_url + done.url, params), "response": answer}


def _request(method: str, url: str, params: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"method": method, "url": url, "parameters": {snake(name): value for name, value in params}}


def _answer(
    entry: Entry, status: int | None, seconds: float | None, kind: str | None, body: bytes
) -> dict[str, Any]:
    return {
        "response_code": status,
        "request_duration": None if seconds is None else round(seconds * 1000),
        "content_type": kind,
        "response_body": body.decode("utf-8", "backslashreplace"),
        "date_created": rfc2822(entry.at),
    }
