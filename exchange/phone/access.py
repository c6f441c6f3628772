"""Who may use the phone page: whoever sits at this machine and has the link that the exchange printed."""

from __future__ import annotations

import hmac
import ipaddress
import re

from aiohttp import web

from exchange.account import Account

_HERE = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?", re.ASCII)


def ticket(account: Account) -> str:
    """What the page shows instead of the account's token: made from it, and telling nothing of it."""
    return hmac.new(account.auth_token.encode(), b"the phone page", "sha256").hexdigest()[:32]


def link(base_url: str, account: Account) -> str:
    """The page's address; what stands behind `#` never leaves the browser but in the page's own message."""
    return f"{base_url}/phone#{ticket(account)}"


def admits(account: Account, given: str) -> bool:
    """Whether this is the ticket."""
    return hmac.compare_digest(given.encode(errors="replace"), ticket(account).encode())


def is_here(request: web.Request) -> bool:
    """Whether somebody at this machine asks, for this machine by its own name.

    A foreign name that leads here would make a foreign page the phone's own (DNS rebinding).
    """
    return _is_loopback(request.remote) and _HERE.fullmatch(request.host) is not None


def is_own_page(request: web.Request) -> bool:
    """Whether our own page asks, or a program; any web page could reach this machine otherwise."""
    origin = request.headers.get("Origin")
    return origin is None or origin == f"{request.scheme}://{request.host}"


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
