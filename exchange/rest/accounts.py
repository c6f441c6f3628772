"""The Account resource: https://www.twilio.com/docs/iam/api/account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from exchange.board import Board
from exchange.calls.parameters import rfc2822
from exchange.errors import RestError
from exchange.rest import fields
from exchange.rest.door import BOARD
from exchange.rest.fields import changes, form_of
from exchange.rest.paging import page

_FIELDS = {"FriendlyName": fields.friendly}
_STATUSES = ("active", "suspended", "closed")
_PARTS = {
    "addresses": "Addresses",
    "applications": "Applications",
    "authorized_connect_apps": "AuthorizedConnectApps",
    "available_phone_numbers": "AvailablePhoneNumbers",
    "balance": "Balance",
    "calls": "Calls",
    "conferences": "Conferences",
    "connect_apps": "ConnectApps",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "keys": "Keys",
    "messages": "Messages",
    "notifications": "Notifications",
    "outgoing_caller_ids": "OutgoingCallerIds",
    "queues": "Queues",
    "recordings": "Recordings",
    "short_codes": "SMS/ShortCodes",
    "signing_keys": "SigningKeys",
    "sip": "SIP",
    "transcriptions": "Transcriptions",
    "usage": "Usage",
}


async def create(request: web.Request) -> web.StreamResponse:
    """Refuses a subaccount: an exchange has one account."""
    changes(await form_of(request), _FIELDS)
    raise RestError(400, 21480, "Reached maximum number of subaccounts: an exchange has one account")


async def listing(request: web.Request) -> web.StreamResponse:
    """The one account, if it fits the filters."""
    board, query = request.app[BOARD], request.query
    profile = board.directory.profile
    fits = query.get("FriendlyName") in (None, "", profile.friendly_name) and (
        query.get("Status") in (None, "", "active")
    )
    found = page(
        "accounts",
        [board.account] if fits else [],
        lambda _: body(board),
        path=request.path,
        query=query,
        moment=lambda _: profile.created,
    )
    return web.json_response(found)


async def fetch(request: web.Request) -> web.StreamResponse:
    """The account."""
    return web.json_response(body(request.app[BOARD]))


async def update(request: web.Request) -> web.StreamResponse:
    """Renames the account; its status stays, for only subaccounts may be suspended or closed."""
    board, form = request.app[BOARD], await form_of(request)
    status = form.get("Status", "active")
    if status not in _STATUSES:
        raise RestError(400, 21475, "Unable to update Status, invalid Status.")
    if status != "active":
        raise RestError(400, 21477, "Unable to update Status for parent accounts")
    directory, given = board.directory, changes(form, _FIELDS)
    directory.profile = replace(directory.profile, updated=board.clock.time(), **given)
    return web.json_response(body(board))


def body(board: Board) -> dict[str, Any]:
    """The Account resource."""
    account, profile = board.account, board.directory.profile
    return {
        "sid": account.sid,
        "owner_account_sid": account.sid,
        "auth_token": account.auth_token,
        "friendly_name": profile.friendly_name,
        "status": "active",
        "type": "Full",
        "date_created": rfc2822(profile.created),
        "date_updated": rfc2822(profile.updated),
        "uri": f"{account.uri}.json",
        "subresource_uris": {name: f"{account.uri}/{part}.json" for name, part in _PARTS.items()},
    }
