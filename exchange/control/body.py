"""The JSON that a request of the control API brings."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from exchange.errors import RestError
from exchange.people.customer import TELEPHONE

_HALF = re.compile("[\ud800-\udfff]")  # half a surrogate pair is JSON, but no text


async def body_of(request: web.Request) -> dict[str, Any]:
    """The object in the body."""
    try:
        data = await request.json()
    except (ValueError, LookupError, RecursionError) as error:  # no JSON, an unknown charset, too deep
        raise RestError(400, 20001, "the body must be JSON") from error
    if not isinstance(data, dict):
        raise RestError(400, 20001, "the body must be a JSON object")
    return data


def keys_in(value: Any, where: str) -> str:
    """Keys of a telephone."""
    if not isinstance(value, str) or any(key not in TELEPHONE for key in value):
        raise RestError(400, 20001, f"{where}: keys may hold {TELEPHONE}")
    return value


def words_in(value: Any, where: str) -> str:
    """Words somebody says."""
    if not isinstance(value, str) or _HALF.search(value):
        raise RestError(400, 20001, f"{where}: a text is wanted")
    return value


def method_in(value: Any, where: str) -> str:
    """How a webhook is sent."""
    if not isinstance(value, str) or value.upper() not in ("GET", "POST"):
        raise RestError(400, 20001, f"{where}: GET or POST is wanted")
    return value.upper()
