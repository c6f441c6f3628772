"""What Twilio has no API for: live calls, what happened on them, incoming calls, health and counters."""

from __future__ import annotations

from aiohttp import web

from exchange.control import calls, devices, events, incoming, overview, rooms, steering, traces


def routes() -> list[web.RouteDef]:
    """The addresses of the control API."""
    return [
        web.get("/control/health", overview.health),
        web.get("/control/counters", overview.counters),
        web.get("/control/notifications", overview.notifications),
        web.get("/control/recordings/{recording}", overview.recording),
        web.get("/control/events", events.stream, allow_head=False),
        web.get("/control/conferences", rooms.conferences),
        web.get("/control/queues", rooms.queues),
        web.get("/control/calls", calls.listing),
        web.post("/control/calls", incoming.create),
        web.post("/control/devices", devices.connect),
        web.get("/control/calls/{call}", calls.fetch),
        web.get("/control/calls/{call}/trace", traces.fetch),
        web.post("/control/calls/{call}/keys", steering.keys),
        web.post("/control/calls/{call}/words", steering.words),
        web.post("/control/calls/{call}/hang-up", steering.hang_up),
    ]
