"""The addresses of the phone page."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from exchange.errors import RestError
from exchange.phone import access, socket
from exchange.phone.tabs import TABS, Tabs
from exchange.rest.door import BOARD, missing

_PAGE = Path(__file__).with_name("page")
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def attach(application: web.Application) -> None:
    """Gives an exchange its phone page; its connections end with it."""
    application[TABS] = Tabs(application[BOARD])
    application[socket.SOCKETS] = socket.Sockets()
    application.on_shutdown.append(socket.close)
    application.add_routes(
        [
            web.get("/phone", page),
            web.get("/phone/socket", socket.connect),
            web.get(r"/phone/{file:\w+\.(?:css|js|svg)}", page),
        ]
    )


async def page(request: web.Request) -> web.StreamResponse:
    """The page or one of its files; there is nothing secret in them."""
    if not access.is_here(request):
        raise RestError(403, 20403, "The phone page is open on this machine only: http://127.0.0.1:…/phone")
    path = _PAGE / request.match_info.get("file", "index.html")
    if not path.is_file():
        raise missing(request)
    return web.Response(
        body=path.read_bytes(), content_type=_KINDS[path.suffix], charset="utf-8", headers=_headers(request)
    )


def _headers(request: web.Request) -> dict[str, str]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' ws://{request.host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
