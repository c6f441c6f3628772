"""The Conference resource: https://www.twilio.com/docs/voice/api/conference-resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from exchange.account import API_VERSION, Account
from exchange.board import Board
from exchange.calls.parameters import rfc2822
from exchange.errors import RestError
from exchange.rest import forms
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import form_of
from exchange.rest.paging import page
from exchange.rest.times import between
from exchange.rooms.conference import Conference
from exchange.rooms.moderation import announce


async def listing(request: web.Request) -> web.StreamResponse:
    """Conferences, newest first."""
    board = request.app[BOARD]
    found = page(
        "conferences",
        _matching(board, request.query),
        lambda one: body(one, board.account),
        path=request.path,
        query=request.query,
    )
    return web.json_response(found)


async def fetch(request: web.Request) -> web.StreamResponse:
    """One conference."""
    return web.json_response(body(conference_of(request), request.app[BOARD].account))


async def update(request: web.Request) -> web.StreamResponse:
    """Ends a conference, or says something in it."""
    conference, form = conference_of(request), await form_of(request)
    status = form.get("Status", "")
    if status not in ("", "completed"):
        raise RestError(400, 20001, "Status may become completed only")
    announcement = forms.target(form, "AnnounceUrl", "AnnounceMethod")
    if conference.over and (status or announcement):
        raise RestError(400, 16099, "Unexpected conference status: the conference is completed")
    if status:
        conference.end("conference-ended-via-api")
    elif announcement is not None:
        announce(conference, announcement)
    return web.json_response(body(conference, request.app[BOARD].account))


def conference_of(request: web.Request) -> Conference:
    """The conference the path names."""
    conference = request.app[BOARD].conferences.get(request.match_info["conference"])
    if conference is None:
        raise missing(request)
    return conference


def body(one: Conference, account: Account) -> dict[str, Any]:
    """A Conference resource."""
    path = f"{account.uri}/Conferences/{one.sid}"
    return {
        "account_sid": account.sid,
        "api_version": API_VERSION,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated),
        "friendly_name": one.name,
        "sid": one.sid,
        "region": one.region or "us1",
        "status": one.status,
        "subresource_uris": {
            "participants": f"{path}/Participants.json",
            "recordings": f"{path}/Recordings.json",
        },
        "uri": f"{path}.json",
        "reason_conference_ended": one.reason,
        "call_sid_ending_conference": one.ended_by,
    }


def _matching(board: Board, query: MultiMapping[str]) -> Iterator[Conference]:
    created, updated = between(query, "DateCreated"), between(query, "DateUpdated")
    name, status = query.get("FriendlyName"), query.get("Status")
    return (
        one
        for one in board.conferences.newest_first()
        if name in (None, "", one.name)
        and status in (None, "", one.status)
        and created(one.created)
        and updated(one.updated)
    )
