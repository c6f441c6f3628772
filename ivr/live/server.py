"""The live process: one thread, one connection, many idle streams."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import closing

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from ivr import logs
from ivr.campaigning.picture import Surroundings
from ivr.command.office import office
from ivr.live.application import Application, Door, application
from ivr.live.watch import Watch
from ivr.people.session import LIMITS, WATCH, cookie_for
from ivr.settings import origin_of
from ledger import connection, migrate, people, sessions
from ledger.people import User

STREAMS = 4096
"""Streams at the same time; more are kept waiting."""


def run(host: str, port: int, parent: int) -> None:
    """Serve until told to stop or until the process that started this one is gone."""
    logs.begin()
    asyncio.run(_serve(host, port, parent))


async def _serve(host: str, port: int, parent: int) -> None:
    here = office("HUIFANG_PUBLIC_URL", environ=os.environ)
    here.home.make()
    migrate(here.settings.database)
    stop = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    with closing(connection.reader(here.settings.database)) as conn:
        around = Surroundings(here.settings.database, here.home.calendar())
        watch = Watch(conn, around, here.clock.now, _who)
        door = Door(origin_of(here.settings.public_url), cookie_for(here.settings))
        server = _server(host, port, application(watch, door))
        serving = asyncio.create_task(server.serve())
        await watch.run(parent, stop)
        server.stop()  # type: ignore[no-untyped-call]
        await serving
    # Granian's own threads may still be calling the loop: they panic when it is taken down around them.
    os._exit(0)


def _who(conn: sqlite3.Connection, cookie: str) -> User | None:
    session = sessions.find(conn, cookie, LIMITS, WATCH.now())
    if session is None or not session.passed:
        return None
    user = people.get(conn, session.user_id)
    return None if user is None or user.must_change or user.disabled_at is not None else user


def _server(host: str, port: int, answer: Application) -> Server:
    return Server(
        answer,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=STREAMS,
        backpressure=STREAMS,
        log_level=LogLevels.error,
    )
