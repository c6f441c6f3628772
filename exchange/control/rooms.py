"""Conferences and queues as they are at this moment."""

from __future__ import annotations

from aiohttp import web

from exchange.rest.door import BOARD
from exchange.rooms.conference import Conference
from exchange.rooms.participant import Participant
from exchange.rooms.queue import Queue


async def conferences(request: web.Request) -> web.StreamResponse:
    """The conferences that have not ended, newest first, with everybody in them."""
    found = request.app[BOARD].conferences.newest_first()
    return web.json_response({"conferences": [_conference(one) for one in found if not one.over]})


async def queues(request: web.Request) -> web.StreamResponse:
    """The queues, newest first, with the calls that wait."""
    board = request.app[BOARD]
    now = board.clock.time()
    return web.json_response({"queues": [_queue(one, now) for one in board.queues.newest()]})


def _conference(conference: Conference) -> dict[str, object]:
    return {
        "sid": conference.sid,
        "name": conference.name,
        "status": conference.status,
        "participants": [_participant(one) for one in conference.participants.values()],
    }


def _participant(one: Participant) -> dict[str, object]:
    return {
        "call": one.sid,
        "label": one.entry.label,
        "status": one.status,
        "muted": one.entry.muted,
        "hold": one.hold,
        "coaches": one.entry.coaches,
        "starts": one.entry.starts,
        "ends": one.entry.ends,
    }


def _queue(queue: Queue, now: float) -> dict[str, object]:
    return {
        "sid": queue.sid,
        "name": queue.name,
        "limit": queue.limit,
        "average_seconds": queue.average(now),
        "waiting": [
            {"call": waiter.sid, "position": position, "seconds": waiter.seconds(now)}
            for position, waiter in enumerate(queue.waiting, 1)
        ],
    }
