"""API keys: https://www.twilio.com/docs/iam/api-keys/key-resource-v2010.

Signing keys are the same keys under their older name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from exchange.account import sid
from exchange.calls.parameters import rfc2822
from exchange.directory import Key
from exchange.rest import fields
from exchange.rest.door import BOARD, Handler, missing
from exchange.rest.fields import changes, form_of
from exchange.rest.paging import page
from exchange.rest.resource import newest

_FIELDS = {"FriendlyName": fields.friendly}


async def create(request: web.Request) -> web.StreamResponse:
    """Makes a key, which opens the API from now on; its secret is shown this once."""
    board, given = request.app[BOARD], changes(await form_of(request), _FIELDS)
    name, now = sid("SK"), board.clock.time()
    made = Key(sid=name, created=now, updated=now, secret=sid(""), **({"friendly_name": ""} | given))
    board.directory.keys[name] = made
    return web.json_response(body(made) | {"secret": made.secret}, status=201)


def listing(plural: str) -> Handler:
    """A handler that lists the keys under one of their two names."""

    async def listed(request: web.Request) -> web.StreamResponse:
        """The keys, newest first."""
        keys = newest(request.app[BOARD].directory.keys)
        return web.json_response(page(plural, keys, body, path=request.path, query=request.query))

    return listed


async def fetch(request: web.Request) -> web.StreamResponse:
    """One key, without its secret."""
    return web.json_response(body(key_of(request)))


async def update(request: web.Request) -> web.StreamResponse:
    """Renames a key."""
    board, given = request.app[BOARD], changes(await form_of(request), _FIELDS)
    new = replace(key_of(request), updated=board.clock.time(), **given)
    board.directory.keys[new.sid] = new
    return web.json_response(body(new))


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets a key, which opens nothing any more."""
    del request.app[BOARD].directory.keys[key_of(request).sid]
    return web.Response(status=204)


def key_of(request: web.Request) -> Key:
    """The key the path names."""
    found = request.app[BOARD].directory.key(request.match_info["sid"])
    if found is None:
        raise missing(request)
    return found


def body(one: Key) -> dict[str, Any]:
    """A Key resource."""
    return {
        "sid": one.sid,
        "friendly_name": one.friendly_name,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated),
    }
