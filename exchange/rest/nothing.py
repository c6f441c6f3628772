"""Listings of what the exchange never has: pages that are always empty."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from exchange.account import Account
from exchange.rest.door import Handler
from exchange.rest.paging import page


def listing(plural: str, owner: Callable[[web.Request], object] | None = None) -> Handler:
    """A handler that lists nothing, below something that must be there if `owner` finds it."""

    async def listed(request: web.Request) -> web.StreamResponse:
        """An empty page."""
        if owner is not None:
            owner(request)
        none: list[Account] = []
        return web.json_response(page(plural, none, lambda _: {}, path=request.path, query=request.query))

    return listed
