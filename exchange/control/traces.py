"""Everything that happened on one call, in order."""

from __future__ import annotations

from aiohttp import web

from exchange.prose import told
from exchange.rest import bodies
from exchange.rest.calls import call_of
from exchange.rest.door import BOARD


async def fetch(request: web.Request) -> web.StreamResponse:
    """The trace as JSON, or to be read with `?format=text`."""
    board, call = request.app[BOARD], call_of(request)
    trace = board.journal.trace(call.sid)
    entries = [entry.shown() for entry in trace.entries] if trace else []
    if request.query.get("format") == "text":
        return web.Response(text=told(entries, trace.dropped if trace else 0))
    return web.json_response(
        {
            "call": bodies.call(call, board.account),
            "dropped": trace.dropped if trace else None,
            "entries": entries,
        }
    )
