"""The Recording resource: https://www.twilio.com/docs/voice/api/recording."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from aiohttp import web
from multidict import MultiMapping

from exchange.board import Board
from exchange.errors import RestError
from exchange.rest import bodies, forms
from exchange.rest.calls import call_of
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import form_of
from exchange.rest.paging import page
from exchange.rest.steering import steer
from exchange.rest.times import between
from exchange.sound.tape import Tape
from exchange.sound.timeline import wav_size

_STARTED = "StartCallRecordingAPI"
_KINDS = {"wav": "audio/x-wav", "mp3": "audio/mpeg"}


async def listing(request: web.Request) -> web.StreamResponse:
    """The account's recordings, newest first."""
    board = request.app[BOARD]
    found = page(
        "recordings",
        _matching(board, request.query, request.query.get("CallSid")),
        lambda tape: bodies.recording(tape, board.account, board.base_url),
        path=request.path,
        query=request.query,
    )
    return web.json_response(found)


async def call_listing(request: web.Request) -> web.StreamResponse:
    """The recordings of one call, newest first."""
    board = request.app[BOARD]
    found = page(
        "recordings",
        _matching(board, request.query, call_of(request).sid),
        lambda tape: bodies.call_recording(tape, board.account),
        path=request.path,
        query=request.query,
    )
    return web.json_response(found)


async def fetch(request: web.Request) -> web.StreamResponse:
    """One recording."""
    board = request.app[BOARD]
    return web.json_response(bodies.recording(tape_of(request), board.account, board.base_url))


async def call_fetch(request: web.Request) -> web.StreamResponse:
    """One recording, below its call."""
    return web.json_response(bodies.call_recording(tape_of(request), request.app[BOARD].account))


async def call_create(request: web.Request) -> web.StreamResponse:
    """Records a call that is in progress; one that is recorded so already goes on with that recording."""
    board, call, form = request.app[BOARD], call_of(request), await form_of(request)
    if call.status != "in-progress" or call.life is None:
        raise RestError(400, 21220, "Requested resource is not eligible for recording")
    order = forms.recording(form, trims=False)
    for tape in board.tapes.running(call.sid):
        if tape.source == _STARTED:
            return web.json_response(bodies.call_recording(tape, board.account))
    tape = board.tapes.start(call, _STARTED, order)
    return web.json_response(bodies.call_recording(tape, board.account), status=201)


async def call_update(request: web.Request) -> web.StreamResponse:
    """Pauses, resumes or stops a recording; `Twilio.CURRENT` names the one that runs."""
    tape = steer(request, call_of(request).sid, await form_of(request))
    return web.json_response(bodies.call_recording(tape, request.app[BOARD].account))


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets a recording with its sound."""
    request.app[BOARD].tapes.discard(tape_of(request))
    return web.Response(status=204)


async def media(request: web.Request) -> web.StreamResponse:
    """The sound, WAV without an ending; `RequestedChannels` mixes two channels into one."""
    tape, kind = tape_of(request), request.match_info.get("kind") or "wav"
    if tape.ended is None or tape.status == "absent":
        raise missing(request)
    channels = _channels(request, tape)
    if kind == "mp3":
        body = await asyncio.to_thread(tape.timeline().mp3, tape.duration, channels)
        return web.Response(body=body, content_type=_KINDS[kind])
    return await _streamed(request, tape, channels)


async def _streamed(request: web.Request, tape: Tape, channels: int) -> web.StreamResponse:
    """The WAV file, mixed piece by piece in a thread while it is sent."""
    response = web.StreamResponse(headers={"Content-Type": _KINDS["wav"]})
    response.content_length = wav_size(tape.duration, channels)
    await response.prepare(request)
    if request.method != "HEAD":
        pieces = tape.timeline().wav(tape.duration, channels)
        while piece := await asyncio.to_thread(next, pieces, b""):
            await response.write(piece)
    await response.write_eof()
    return response


def tape_of(request: web.Request) -> Tape:
    """The recording the path names; below a call it must be that call's."""
    tape = request.app[BOARD].register.tape(request.match_info["recording"])
    if tape is None or request.match_info.get("call", tape.call_sid) != tape.call_sid:
        raise missing(request)
    return tape


def _channels(request: web.Request, tape: Tape) -> int:
    asked = request.query.get("RequestedChannels", str(tape.channels))
    if asked not in ("1", "2"):
        raise RestError(400, 21220, "RequestedChannels must be 1 or 2")
    return min(int(asked), len(tape.tracks))


def _matching(board: Board, query: MultiMapping[str], call_sid: str | None) -> Iterator[Tape]:
    created, conference_sid = between(query, "DateCreated"), query.get("ConferenceSid")
    return (
        tape
        for tape in board.register.tapes()
        if call_sid in (None, tape.call_sid)
        and conference_sid in (None, tape.conference_sid)
        and created(tape.started)
    )
