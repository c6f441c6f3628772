"""Recordings below their conference: https://www.twilio.com/docs/voice/api/recording."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from exchange.account import Account
from exchange.errors import RestError
from exchange.rest import bodies
from exchange.rest.conferences import conference_of
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import form_of
from exchange.rest.paging import page
from exchange.rest.times import between
from exchange.tape import Tape

_CURRENT = "Twilio.CURRENT"


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
    tape, status = _tape(request), form.get("Status", "")
    if status not in ("paused", "in-progress", "stopped"):
        raise RestError(400, 20001, "Status must be paused, in-progress or stopped")
    if tape.ended is not None or tape is not conference.tape:
        raise RestError(400, 21220, "The recording has ended")
    if status == "stopped":
        conference.stop_recording()
    else:
        conference.pause_recording(paused=status == "paused")
    return web.json_response(body(tape, request.app[BOARD].account))


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets a recording with its sound."""
    request.app[BOARD].register.remove_tape(_tape(request).sid)
    return web.Response(status=204)


def body(tape: Tape, account: Account) -> dict[str, Any]:
    """A Recording resource below its conference."""
    found = bodies.call_recording(tape, account)
    del found["track"]
    path = f"{account.uri}/Conferences/{tape.conference_sid}/Recordings/{tape.sid}.json"
    return found | {"conference_sid": tape.conference_sid, "uri": path}


def _tape(request: web.Request) -> Tape:
    conference, name = conference_of(request), request.match_info["recording"]
    if name == _CURRENT and conference.tape is not None:
        return conference.tape
    tape = request.app[BOARD].register.tape(name)
    if tape is None or tape.conference_sid != conference.sid:
        raise missing(request)
    return tape
