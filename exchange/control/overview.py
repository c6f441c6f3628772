"""Health, counters, what went wrong, and what a recording lacks."""

from __future__ import annotations

from aiohttp import web

from exchange.rest import bodies
from exchange.rest.door import BOARD
from exchange.rest.recordings import tape_of


async def health(request: web.Request) -> web.StreamResponse:
    """That the exchange runs, and what its clock shows."""
    clock = request.app[BOARD].clock
    return web.json_response({"status": "ok", "now": clock.now().isoformat(), "speed": clock.speed})


async def counters(request: web.Request) -> web.StreamResponse:
    """How much of everything there was."""
    board = request.app[BOARD]
    running = sum(1 for one in board.register.calls() if not one.over)
    counts = dict(sorted(board.log.counts.items()))
    return web.json_response(
        {"running": running, "webhooks": board.webhooks.sent, "tasks": len(board.tasks)} | counts
    )


async def notifications(request: web.Request) -> web.StreamResponse:
    """Errors and warnings, of one call with `?call=CA…`."""
    return web.json_response({"notifications": request.app[BOARD].log.listing(request.query.get("call"))})


async def recording(request: web.Request) -> web.StreamResponse:
    """A recording, and how many of its seconds are silence where words should be."""
    board, tape = request.app[BOARD], tape_of(request)
    extra = {"silent_seconds": tape.timeline().silent_seconds, "seconds": tape.duration}
    return web.json_response(bodies.recording(tape, board.account, board.base_url) | extra)
