"""The JSON that a request of the control API brings."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from exchange.errors import RestError
from exchange.people.customer import TELEPHONE


async def body_of(request: web.Request) -> dict[str, Any]:
    """The object in the body."""
    try:
        data = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
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
    if not isinstance(value, str):
        raise RestError(400, 20001, f"{where}: a text is wanted")
    return value
