"""The OutgoingCallerId resource: https://www.twilio.com/docs/voice/api/outgoing-caller-ids."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from aiohttp import web

from exchange.account import Account, sid
from exchange.board import Board
from exchange.directory import CallerId
from exchange.errors import RestError
from exchange.numerals import is_whole
from exchange.rest import fields
from exchange.rest.bodies import formatted
from exchange.rest.door import BOARD
from exchange.rest.fields import Form, changes, form_of
from exchange.rest.forms import number as e164
from exchange.rest.paging import page
from exchange.rest.resource import common, named, newest

_FIELDS = {"FriendlyName": fields.friendly}
_MOST_DELAY = 60


async def create(request: web.Request) -> web.StreamResponse:
    """Verifies a number: nobody is called, and the code is as good as entered."""
    board, form = request.app[BOARD], await form_of(request)
    text = form.get("PhoneNumber", "")
    number = e164(text, 21401, f"PhoneNumber is not a valid phone number: {text}")
    if number in board.directory.caller_ids:
        raise RestError(400, 21450, "Phone number already verified for your account.")
    _check_delay(form)
    verified = _verified(board, number, form)
    board.directory.caller_ids[number] = verified
    return web.json_response(_validation(verified, board.account))


async def listing(request: web.Request) -> web.StreamResponse:
    """The verified numbers, newest first, by number or name if one is given."""
    board, query = request.app[BOARD], request.query
    number, name = query.get("PhoneNumber"), query.get("FriendlyName")
    found = (
        one
        for one in newest(board.directory.caller_ids)
        if number in (None, "", one.phone_number) and name in (None, "", one.friendly_name)
    )
    return web.json_response(
        page(
            "outgoing_caller_ids",
            found,
            lambda one: body(one, board.account),
            path=request.path,
            query=query,
        )
    )


async def fetch(request: web.Request) -> web.StreamResponse:
    """One verified number."""
    return web.json_response(body(caller_id_of(request), request.app[BOARD].account))


async def update(request: web.Request) -> web.StreamResponse:
    """Renames a verified number."""
    board, given = request.app[BOARD], changes(await form_of(request), _FIELDS)
    new = replace(caller_id_of(request), updated=board.clock.time(), **given)
    board.directory.caller_ids[new.phone_number] = new
    return web.json_response(body(new, board.account))


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets a verified number."""
    del request.app[BOARD].directory.caller_ids[caller_id_of(request).phone_number]
    return web.Response(status=204)


def caller_id_of(request: web.Request) -> CallerId:
    """The verified number the path names by its SID."""
    return named(request, request.app[BOARD].directory.caller_ids)


def body(one: CallerId, account: Account) -> dict[str, Any]:
    """An OutgoingCallerId resource."""
    return common(one) | {
        "account_sid": account.sid,
        "uri": f"{account.uri}/OutgoingCallerIds/{one.sid}.json",
    }


def _verified(board: Board, number: str, form: Form) -> CallerId:
    now = board.clock.time()
    facts = {"friendly_name": formatted(number)} | changes(form, _FIELDS)
    return CallerId(sid=sid("PN"), created=now, updated=now, phone_number=number, **facts)


def _validation(one: CallerId, account: Account) -> dict[str, Any]:
    return {
        "account_sid": account.sid,
        "call_sid": sid("CA"),
        "friendly_name": one.friendly_name,
        "phone_number": one.phone_number,
        "validation_code": f"{secrets.randbelow(1_000_000):06d}",
    }


def _check_delay(form: Form) -> None:
    delay = form.get("CallDelay", "") or "0"
    if not is_whole(delay) or int(delay) > _MOST_DELAY:
        raise RestError(400, 21454, f"CallDelay must be between 0 and {_MOST_DELAY}")
