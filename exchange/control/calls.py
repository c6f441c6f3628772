"""Calls as they are at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from aiohttp import web

from exchange.board import Board
from exchange.calls.call import Call
from exchange.people.person import Person
from exchange.rest import bodies
from exchange.rest.calls import call_of
from exchange.rest.door import BOARD

_MOST = 1000
_LAST = {"verb": "verb", "hears": "words", "says": "words", "presses": "keys"}


async def listing(request: web.Request) -> web.StreamResponse:
    """The running calls, newest first; with `?status=` those of this status, finished ones too."""
    board, status = request.app[BOARD], request.query.get("status", "")
    found = (call for call in board.register.calls() if (call.status == status if status else not call.over))
    return web.json_response({"calls": [_brief(board, call) for call in islice(found, _MOST)]})


async def fetch(request: web.Request) -> web.StreamResponse:
    """A call with its legs, what happens on it, its persona, and what went wrong."""
    board, one = request.app[BOARD], call_of(request)
    children = [_brief(board, call) for call in board.register.calls() if call.parent is one]
    extra = {
        "persona": one.persona,
        "notifications": board.log.listing(one.sid),
        "now": _present(board, one),
        "parent": one.parent.sid if one.parent else None,
        "children": children,
    }
    return web.json_response(bodies.call(one, board.account) | extra)


def _brief(board: Board, call: Call) -> dict[str, object]:
    return {
        "sid": call.sid,
        "parent": call.parent.sid if call.parent else None,
        "status": call.status,
        "direction": call.direction,
        "from": call.order.caller,
        "to": call.order.to,
        "seconds": _seconds(board, call),
        "now": _present(board, call),
    }


def _seconds(board: Board, call: Call) -> float:
    began = call.answered or call.started or call.created
    return round((call.ended or board.clock.time()) - began, 1)


def _present(board: Board, call: Call) -> dict[str, object] | None:
    """The document and verb being performed, and the last words either side said."""
    if call.life is None:
        return None
    last: dict[str, Mapping[str, object]] = {}
    trace = board.journal.trace(call.sid)
    for entry in reversed(trace.entries if trace else ()):
        if entry.kind in _LAST:
            last.setdefault(entry.kind, entry.facts())
        if len(last) == len(_LAST):
            break
    found = {kind: last[kind].get(fact) if kind in last else None for kind, fact in _LAST.items()}
    document = last["verb"].get("document") if "verb" in last else None
    return {"document": document, **found, "live": isinstance(call.life.listener, Person)}
