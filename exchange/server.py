"""The exchange as a running server."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from exchange import control
from exchange.board import Board, Plan, wire
from exchange.browser.routes import install
from exchange.errors import SettingError
from exchange.phone import routes as phone
from exchange.rest.door import BOARD, door
from exchange.rest.mishap import mishap
from exchange.rest.noting import noting
from exchange.rest.routes import routes

_LONGEST_LINE = 64 * 1024  # bytes: a list's filters and page token, or a cookie

_logger = logging.getLogger("exchange.server")


class _Unreadable(logging.Filter):
    """Leaves out requests that are no HTTP: aiohttp quotes them, and numbers do not belong in a log."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_logger.addFilter(_Unreadable())


@asynccontextmanager
async def serving(plan: Plan, host: str, port: int) -> AsyncIterator[Board]:
    """Serves until the block is left, then ends every call; port 0 takes a free one."""
    listener = _listen(host, port)
    board = wire(plan, f"http://{_shown(host)}:{listener.getsockname()[1]}")
    runner = web.AppRunner(
        _application(board),
        access_log=None,
        shutdown_timeout=1.0,
        logger=_logger,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener, backlog=1024).start()
        yield board
    finally:
        await runner.cleanup()
        await board.tasks.cancel()
        await board.webhooks.close()
        board.tapes.close()


def _application(board: Board) -> web.Application:
    application = web.Application(middlewares=[door, noting, mishap])
    application[BOARD] = board
    application.on_shutdown.append(_hang_up_on_listeners)
    application.add_routes([*routes(), *control.routes()])
    install(application, board)
    phone.attach(application)
    return application


async def _hang_up_on_listeners(application: web.Application) -> None:
    application[BOARD].journal.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        raise SettingError(f"--host {host} --port {port}: cannot listen there: {error.strerror}") from error


def _shown(host: str) -> str:
    return "127.0.0.1" if host in ("", "0.0.0.0") else host
