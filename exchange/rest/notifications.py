"""The Notification resource: https://www.twilio.com/docs/usage/api/notification."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from exchange.account import API_VERSION, Account
from exchange.board import Board
from exchange.calls.parameters import rfc2822
from exchange.errors import RestError
from exchange.log import Notification
from exchange.numerals import is_whole
from exchange.rest.calls import call_of
from exchange.rest.door import BOARD, missing
from exchange.rest.paging import page
from exchange.rest.times import between


async def listing(request: web.Request) -> web.StreamResponse:
    """The account's errors and warnings, newest first, by level and date."""
    return _listed(request, None)


async def call_listing(request: web.Request) -> web.StreamResponse:
    """The errors and warnings of one call."""
    return _listed(request, call_of(request).sid)


async def fetch(request: web.Request) -> web.StreamResponse:
    """One notification, with what was sent and answered."""
    account = request.app[BOARD].account
    return web.json_response(_whole(notification_of(request), account, account.uri))


async def call_fetch(request: web.Request) -> web.StreamResponse:
    """One notification, below its call."""
    account, call = request.app[BOARD].account, call_of(request)
    return web.json_response(_whole(notification_of(request), account, f"{account.uri}/Calls/{call.sid}"))


def notification_of(request: web.Request) -> Notification:
    """The notification the path names; below a call it must be that call's."""
    name, call_sid = request.match_info["sid"], request.match_info.get("call")
    for one in request.app[BOARD].log.notifications:
        if one.sid == name and call_sid in (None, one.call_sid):
            return one
    raise missing(request)


def body(one: Notification, account: Account, below: str) -> dict[str, Any]:
    """A Notification resource as listings have it; `below` is where it was found."""
    date = rfc2822(one.at)
    return {
        "sid": one.sid,
        "account_sid": account.sid,
        "call_sid": one.call_sid if one.call_sid.startswith("CA") else None,
        "api_version": API_VERSION,
        "date_created": date,
        "date_updated": date,
        "message_date": date,
        "log": one.log,
        "error_code": str(one.code),
        "more_info": one.more_info,
        "message_text": one.message_text,
        "request_method": one.request_method or None,
        "request_url": one.request_url,
        "uri": f"{below}/Notifications/{one.sid}.json",
    }


def _whole(one: Notification, account: Account, below: str) -> dict[str, Any]:
    return body(one, account, below) | {
        "request_variables": one.request_variables,
        "response_headers": one.response_headers,
        "response_body": one.response_body,
    }


def _listed(request: web.Request, call_sid: str | None) -> web.Response:
    board, query = request.app[BOARD], request.query
    below = f"{board.account.uri}/Calls/{call_sid}" if call_sid else board.account.uri
    found = page(
        "notifications",
        _matching(board, query, call_sid),
        lambda one: body(one, board.account, below),
        path=request.path,
        query=query,
        moment=attrgetter("at"),
    )
    return web.json_response(found)


def _matching(board: Board, query: MultiMapping[str], call_sid: str | None) -> Iterator[Notification]:
    level, dated = query.get("Log", ""), between(query, "MessageDate")
    if level and not is_whole(level):
        raise RestError(400, 20001, f"Log must be 0 for errors or 1 for warnings, not {level!r}")
    for one in reversed(board.log.notifications):
        if call_sid in (None, one.call_sid) and level in ("", one.log) and dated(one.at):
            yield one
