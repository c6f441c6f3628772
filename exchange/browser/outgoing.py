"""What becomes of a call that a browser makes: the TwiML application of its token answers it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from exchange.board import Board
from exchange.browser.message import Payload
from exchange.browser.token import Token
from exchange.directory import arriving
from exchange.errors import SignalError
from exchange.order import Order

# What the exchange says itself in a webhook; a browser cannot say it in its place.
_OURS = frozenset({"CallSid", "AccountSid", "CallStatus", "ApiVersion", "Direction", "ApplicationSid"}) | {
    "From",
    "Caller",
    "To",
    "Called",
}


Params = tuple[tuple[str, str], ...]
"""What the first webhook says beside the usual."""


def order(board: Board, bearer: Token, payload: Payload) -> tuple[Order, Params]:
    """The call, and its first webhook's words: the page's parameters and the token's."""
    if bearer.application is None:
        raise SignalError(20151, "The Access Token has no voice grant for outgoing calls")
    return placed(board, bearer.application, bearer.address, _given(payload) | dict(bearer.parameters))


def placed(board: Board, sid: str, caller: str, wanted: Mapping[str, str]) -> tuple[Order, Params]:
    """The call to an application, whoever places it."""
    application = board.directory.application(sid)
    if application is None:
        raise SignalError(31001, f"There is no application {sid}: create it on this exchange")
    found = arriving(application.answering, wanted.get("To", ""), caller)
    if found is None:
        raise SignalError(31002, f"The application {application.sid} has no VoiceUrl")
    return found, tuple((name, value) for name, value in wanted.items() if name not in _OURS)


def _given(payload: Payload) -> dict[str, str]:
    """The parameters the page gave to `connect`."""
    twilio = payload.get("twilio")
    given = twilio.get("params") if isinstance(twilio, dict) else None
    return dict(parse_qsl(given, keep_blank_values=True)) if isinstance(given, str) else {}
