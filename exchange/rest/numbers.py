"""The IncomingPhoneNumber resource: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from exchange.account import Account, sid
from exchange.board import Board
from exchange.directory import Number
from exchange.errors import RestError
from exchange.rest import fields
from exchange.rest.available import KINDS, capabilities, fresh, kind_of
from exchange.rest.bodies import formatted
from exchange.rest.door import BOARD, Handler
from exchange.rest.fields import Form, changes, form_of
from exchange.rest.forms import number as e164
from exchange.rest.paging import page
from exchange.rest.resource import common, named, newest

_FIELDS = fields.WEBHOOKS | {
    "VoiceApplicationSid": fields.sid("AP"),
    "VoiceReceiveMode": fields.choice("voice", "fax"),
    "SmsApplicationSid": fields.sid("AP"),
    "TrunkSid": fields.sid("TK"),
    "AddressSid": fields.sid("AD"),
    "IdentitySid": fields.sid("RI"),
    "BundleSid": fields.sid("BU"),
    "EmergencyStatus": fields.choice("Active", "Inactive"),
    "EmergencyAddressSid": fields.sid("AD"),
}
_UNAVAILABLE, _INVALID = (
    "+15005550000",
    "+15005550001",
)  # magic: https://www.twilio.com/docs/iam/test-credentials
_EMPTY_AREA, _FULL_AREA = "533", "500"
_SOLD = "+15005550006"


def creating(kind: str | None = None) -> Handler:
    """A handler that buys numbers, of this kind if it is named."""

    async def create(request: web.Request) -> web.StreamResponse:
        """Buys a number; one that is the account's already is only changed, as with Twilio."""
        board, form = request.app[BOARD], await form_of(request)
        bought, given = _bought(board, form, kind), changes(form, _FIELDS)
        number = _kept(board, board.directory.number(bought) or _new(board, bought, kind), given)
        return web.json_response(body(number, board.account, kind), status=201)

    return create


def listing(kind: str | None = None) -> Handler:
    """A handler that lists numbers, of this kind if it is named."""

    async def listed(request: web.Request) -> web.StreamResponse:
        """The numbers, newest first, filtered and in pages."""
        board = request.app[BOARD]
        return web.json_response(
            page(
                "incoming_phone_numbers",
                _matching(board, request.query, kind),
                lambda one: body(one, board.account, kind),
                path=request.path,
                query=request.query,
            )
        )

    return listed


async def fetch(request: web.Request) -> web.StreamResponse:
    """One number."""
    return web.json_response(body(number_of(request), request.app[BOARD].account))


async def update(request: web.Request) -> web.StreamResponse:
    """Changes what the form names."""
    board, form, number = request.app[BOARD], await form_of(request), number_of(request)
    if form.get("AccountSid", board.account.sid) != board.account.sid:
        raise RestError(400, 20001, "AccountSid must be this exchange's: it has one account only")
    return web.json_response(body(_kept(board, number, changes(form, _FIELDS)), board.account))


async def delete(request: web.Request) -> web.StreamResponse:
    """Gives a number back."""
    del request.app[BOARD].directory.numbers[number_of(request).phone_number]
    return web.Response(status=204)


def number_of(request: web.Request) -> Number:
    """The number the path names by its SID."""
    return named(request, request.app[BOARD].directory.numbers)


def body(one: Number, account: Account, kind: str | None = None) -> dict[str, Any]:
    """An IncomingPhoneNumber resource; in the listing of a kind it does not say which kind it is."""
    found = common(one) | {
        "account_sid": account.sid,
        "uri": f"{account.uri}/IncomingPhoneNumbers/{one.sid}.json",
        "address_requirements": "none",
        "beta": False,
        "capabilities": capabilities(),
        "origin": "twilio",
        "status": "in-use",
        "emergency_address_status": "unregistered",
    }
    if kind is not None:
        del found["type"]
    return found


def _bought(board: Board, form: Form, kind: str | None) -> str:
    """The number a form asks for, or a free one of the area code."""
    area = form.get("AreaCode", "")
    if text := form.get("PhoneNumber", ""):
        wanted = e164(text, 21421, f"PhoneNumber is not a valid phone number: {text}")
        if wanted == _INVALID:
            raise RestError(400, 21421, f"PhoneNumber is not a valid phone number: {wanted}")
        if wanted == _UNAVAILABLE:
            raise RestError(400, 21422, f"{wanted} is not available")
        return wanted
    if not area or kind is not None:
        raise RestError(400, 21421, "PhoneNumber or AreaCode is required")
    if not re.fullmatch(r"[2-9]\d\d", area):
        raise RestError(400, 21451, f"AreaCode is not valid: {area}")
    if area == _EMPTY_AREA:
        raise RestError(400, 21452, f"No phone numbers found in area code {area}")
    return _SOLD if area == _FULL_AREA else next(fresh(board.directory, f"+1{area}*******"))


def _new(board: Board, bought: str, kind: str | None) -> Number:
    now = board.clock.time()
    return Number(
        sid=sid("PN"),
        created=now,
        updated=now,
        phone_number=bought,
        type=KINDS[kind] if kind else kind_of(bought),
        friendly_name=formatted(bought),
    )


def _kept(board: Board, number: Number, given: dict[str, Any]) -> Number:
    for name in ("voice_application_sid", "sms_application_sid"):
        if given.get(name) and board.directory.application(given[name]) is None:
            raise RestError(400, 21420, f"ApplicationSid is not accessible: {given[name]}")
    kept = replace(number, updated=board.clock.time(), **given)
    fields.check_fallbacks(given, kept)
    board.directory.numbers[kept.phone_number] = kept
    return kept


def _matching(board: Board, query: MultiMapping[str], kind: str | None) -> Iterator[Number]:
    name, digits = query.get("FriendlyName"), _digits(query.get("PhoneNumber", ""))
    if query.get("Origin") == "hosted":  # every number of the exchange is Twilio's own
        return
    for number in newest(board.directory.numbers):
        if (
            name in (None, "", number.friendly_name)
            and kind in (None, _path_of(number.type))
            and digits.search(number.phone_number)
        ):
            yield number


def _digits(text: str) -> re.Pattern[str]:
    """A part of a number, in which a star stands for any digit."""
    return re.compile("".join(r"\d" if sign == "*" else re.escape(sign) for sign in text))


def _path_of(kind: str) -> str:
    return next(path for path, known in KINDS.items() if known == kind)
