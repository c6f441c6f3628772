"""Recordings below their conference: https://www.twilio.com/docs/voice/api/recording."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from exchange.account import Account
from exchange.rest import bodies
from exchange.rest.conferences import conference_of
from exchange.rest.door import BOARD
from exchange.rest.fields import form_of
from exchange.rest.paging import page
from exchange.rest.steering import steer, tape_named
from exchange.rest.times import between
from exchange.sound.tape import Tape


async def listing(request: web.Request) -> web.StreamResponse:
    """The recordings of one conference, newest first."""
    board, conference = request.app[BOARD], conference_of(request)
    created = between(request.query, "DateCreated")
    found = page(
        "recordings",
        (
            tape
            for tape in board.register.tapes()
            if tape.conference_sid == conference.sid and created(tape.started)
        ),
        lambda tape: body(tape, board.account),
        path=request.path,
        query=request.query,
        moment=lambda tape: tape.started,
    )
    return web.json_response(found)


async def fetch(request: web.Request) -> web.StreamResponse:
    """One recording of a conference."""
    return web.json_response(body(_tape(request), request.app[BOARD].account))


async def update(request: web.Request) -> web.StreamResponse:
    """Pauses, resumes or stops a recording that runs; `Twilio.CURRENT` names it as well as its SID."""
    conference, form = conference_of(request), await form_of(request)
    tape = steer(request, conference.sid, form)
    return web.json_response(body(tape, request.app[BOARD].account))


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets a recording with its sound."""
    request.app[BOARD].tapes.discard(_tape(request))
    return web.Response(status=204)


def body(tape: Tape, account: Account) -> dict[str, Any]:
    """A Recording resource below its conference."""
    found = bodies.call_recording(tape, account)
    del found["track"]
    path = f"{account.uri}/Conferences/{tape.conference_sid}/Recordings/{tape.sid}.json"
    return found | {"uri": path}


def _tape(request: web.Request) -> Tape:
    return tape_named(request, conference_of(request).sid)
