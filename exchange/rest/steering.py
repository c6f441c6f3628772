"""Pausing, resuming and stopping a recording: https://www.twilio.com/docs/voice/api/recording."""

from __future__ import annotations

from aiohttp import web

from exchange.errors import RestError
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import Form
from exchange.sound.tape import Tape

_CURRENT = "Twilio.CURRENT"
_PAUSES = {"": False, "silence": False, "skip": True}


def tape_named(request: web.Request, owner: str) -> Tape:
    """The recording the path names, by its SID or as the one that runs; it must be the owner's."""
    board, name = request.app[BOARD], request.match_info["recording"]
    running = board.tapes.running(owner)
    tape = next(iter(running), None) if name == _CURRENT else board.register.tape(name)
    if tape is None or owner not in (tape.call_sid, tape.conference_sid):
        raise missing(request)
    return tape


def steer(request: web.Request, owner: str, form: Form) -> Tape:
    """Does to a recording of a call or a conference what the form says; 21220 when it has ended."""
    tapes, tape, status = request.app[BOARD].tapes, tape_named(request, owner), form.get("Status", "")
    pause = form.get("PauseBehavior", "")
    if status not in ("paused", "in-progress", "stopped"):
        raise RestError(400, 20001, "Status must be paused, in-progress or stopped")
    if pause not in _PAUSES:
        raise RestError(400, 20001, "PauseBehavior must be skip or silence")
    if tape not in tapes.running(owner):
        raise RestError(400, 21220, f"Recording {tape.sid} is not in progress")
    if status == "paused":
        tapes.pause(tape, skips=_PAUSES[pause])
    elif status == "in-progress":
        tapes.resume(tape)
    else:
        tapes.stop(tape, status="stopped")
    return tape
