"""Who may come in, and how a refusal looks."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from exchange.account import API_VERSION, sid
from exchange.board import Board
from exchange.errors import RestError

BOARD = web.AppKey("board", Board)
"""Where the handlers find the switchboard."""

_OPEN = re.compile(
    r"/control/health|/2010-04-01/Accounts/AC\w+/Recordings/RE\w+(?:\.wav|\.mp3)?"
    r"|/signal|/sdk/.*|/js/client/sounds/.*|/v4/Endpoint\w+"  # browsers, who show a token where it matters
    r"|/phone(?:/.*)?"  # which looks itself at who comes
)
_GUARDED = re.compile(r"/2010-04-01/Accounts(?:/\w+)?(?:\.json|/(?:Signing)?Keys(?:/.*|\.json))")

_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, "
    "If-None-Match, If-Unmodified-Since",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Expose-Headers": "ETag, Twilio-Request-Id",
    "Access-Control-Allow-Credentials": "true",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets in who has the credentials; answers of the API have the headers Twilio's have."""
    answer = await _answered(request, handler)
    if request.path.startswith(f"/{API_VERSION}/") and not answer.prepared:
        answer.headers.update(_HEADERS)
        answer.headers["Twilio-Request-Id"] = sid("RQ")
    return answer


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What the handler answers, or a refusal as Twilio writes it.

    Sounds are open to everybody who knows their address, as Twilio's are unless the account asks for more.
    """
    try:
        _admit(request)
        return await handler(request)
    except RestError as error:
        return refusal(error)
    except web.HTTPMethodNotAllowed as error:
        return refusal(
            RestError(405, 20004, "Method not allowed"), Allow=", ".join(sorted(error.allowed_methods))
        )
    except web.HTTPRequestEntityTooLarge:
        return refusal(RestError(413, 20001, "The body is too long"))
    except web.HTTPNotFound:
        return refusal(_unknown(request))


def refusal(error: RestError, **headers: str) -> web.Response:
    """The error as Twilio writes it."""
    body = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return web.json_response(body, status=error.status, headers=headers)


def missing(request: web.Request) -> RestError:
    """The refusal for a resource that is not there."""
    return RestError(404, 20404, f"The requested resource {request.path} was not found")


def _unknown(request: web.Request) -> RestError:
    """The refusal for an address that is none; Twilio answers addresses without an ending in XML."""
    error = missing(request)
    if request.path.endswith(".json") or not request.path.startswith(f"/{API_VERSION}/"):
        return error
    return RestError(
        404, error.code, f"{error.message}: this exchange answers JSON only, below addresses in .json"
    )


def _admit(request: web.Request) -> None:
    """API keys made by the API may not touch keys and accounts, as Twilio's standard keys may not."""
    header, board = request.headers.get("Authorization"), request.app[BOARD]
    if header is None and _OPEN.fullmatch(request.path):
        return
    user, password = _credentials(header or "")
    if not board.account.admits(user, password):
        key = board.directory.admits(user, password)
        if key is None:
            raise RestError(401, 20003, "Authenticate")
        if not key.main and _GUARDED.fullmatch(request.path):
            raise RestError(401, 20003, "Authentication Error - invalid username")
    if request.match_info.get("account", board.account.sid) != board.account.sid:
        raise missing(request)


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, code = header.partition(" ")
    try:
        user, _, password = base64.b64decode(code, validate=True).decode().partition(":")
    except ValueError:  # no base64, or no text in it
        return "", ""
    return (user, password) if scheme.lower() == "basic" else ("", "")
