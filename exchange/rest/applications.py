"""The Application resource: https://www.twilio.com/docs/usage/api/applications."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from exchange.account import Account, sid
from exchange.directory import Application
from exchange.rest import fields
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import changes, form_of
from exchange.rest.paging import page
from exchange.rest.resource import common, newest

_FIELDS = fields.WEBHOOKS | {
    "SmsStatusCallback": fields.url,
    "MessageStatusCallback": fields.url,
    "PublicApplicationConnectEnabled": fields.flag,
}


async def create(request: web.Request) -> web.StreamResponse:
    """Makes an application; without a name it is called by its SID's digits."""
    board, given = request.app[BOARD], changes(await form_of(request), _FIELDS)
    name, now = sid("AP"), board.clock.time()
    made = Application(sid=name, created=now, updated=now, **({"friendly_name": name[2:]} | given))
    fields.check_fallbacks(given, made)
    board.directory.applications[name] = made
    return web.json_response(body(made, board.account), status=201)


async def listing(request: web.Request) -> web.StreamResponse:
    """The applications, newest first, by their name if one is given."""
    board, wanted = request.app[BOARD], request.query.get("FriendlyName")
    found = (one for one in newest(board.directory.applications) if wanted in (None, "", one.friendly_name))
    return web.json_response(
        page(
            "applications",
            found,
            lambda one: body(one, board.account),
            path=request.path,
            query=request.query,
        )
    )


async def fetch(request: web.Request) -> web.StreamResponse:
    """One application."""
    return web.json_response(body(application_of(request), request.app[BOARD].account))


async def update(request: web.Request) -> web.StreamResponse:
    """Changes what the form names."""
    board, given = request.app[BOARD], changes(await form_of(request), _FIELDS)
    new = replace(application_of(request), updated=board.clock.time(), **given)
    fields.check_fallbacks(given, new)
    board.directory.applications[new.sid] = new
    return web.json_response(body(new, board.account))


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets an application; numbers that used it lose it."""
    request.app[BOARD].directory.drop_application(application_of(request).sid)
    return web.Response(status=204)


def application_of(request: web.Request) -> Application:
    """The application the path names."""
    found = request.app[BOARD].directory.application(request.match_info["sid"])
    if found is None:
        raise missing(request)
    return found


def body(one: Application, account: Account) -> dict[str, Any]:
    """An Application resource."""
    return common(one) | {
        "account_sid": account.sid,
        "uri": f"{account.uri}/Applications/{one.sid}.json",
    }
