"""The Transcription resource: https://www.twilio.com/docs/voice/api/recording-transcription."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aiohttp import web

from exchange.account import API_VERSION, Account
from exchange.calls.parameters import rfc2822
from exchange.rest.door import BOARD, missing
from exchange.rest.paging import page
from exchange.rest.recordings import tape_of
from exchange.sound.tape import Tape
from exchange.speaking.transcripts import Transcription


async def listing(request: web.Request) -> web.StreamResponse:
    """The account's transcriptions, newest first."""
    return _page(request, _all(request.app[BOARD].register.tapes()))


async def recording_listing(request: web.Request) -> web.StreamResponse:
    """The transcriptions of one recording."""
    return _page(request, _all([tape_of(request)]))


async def fetch(request: web.Request) -> web.StreamResponse:
    """One transcription."""
    return web.json_response(body(_of(request), request.app[BOARD].account))


async def text(request: web.Request) -> web.StreamResponse:
    """The words alone, where `TranscriptionUrl` with the ending `.txt` leads."""
    return web.Response(text=_of(request).text)


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets a transcription."""
    _tape(request).transcription = None
    return web.Response(status=204)


def body(one: Transcription, account: Account) -> dict[str, Any]:
    """A Transcription resource."""
    return {
        "account_sid": account.sid,
        "api_version": API_VERSION,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated),
        "duration": str(round(one.duration)),
        "price": None,
        "price_unit": "USD",
        "recording_sid": one.recording_sid,
        "sid": one.sid,
        "status": one.status,
        "transcription_text": one.text,
        "type": "fast",
        "uri": f"{account.uri}/Transcriptions/{one.sid}.json",
    }


def _of(request: web.Request) -> Transcription:
    """The transcription the path names."""
    found = _tape(request).transcription
    if found is None:
        raise missing(request)
    return found


def _tape(request: web.Request) -> Tape:
    """The recording whose transcription the path names."""
    below = "recording" in request.match_info
    tapes = [tape_of(request)] if below else request.app[BOARD].register.tapes()
    for tape in tapes:
        if tape.transcription is not None and tape.transcription.sid == request.match_info["sid"]:
            return tape
    raise missing(request)


def _all(tapes: Iterable[Tape]) -> Iterator[Transcription]:
    return (tape.transcription for tape in tapes if tape.transcription is not None)


def _page(request: web.Request, found: Iterator[Transcription]) -> web.StreamResponse:
    account = request.app[BOARD].account
    return web.json_response(
        page(
            "transcriptions",
            found,
            lambda one: body(one, account),
            path=request.path,
            query=request.query,
        )
    )
