"""The web process: one worker, many threads, one writer. Granian, or waitress where it is missing."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
from multiprocessing.process import BaseProcess
from threading import Thread
from urllib.parse import urlsplit

from flask import Flask

from dialer.ending import open_book
from dialer.versions import version
from ivr import logs, twiml
from ivr.app import create_app
from ivr.assembly import assemble
from ivr.command.office import Office, office
from ivr.hotline import reception
from ivr.live.keeper import Keeper, command
from ivr.rounds import Rounds
from ivr.settings import LIVE_URL, host_of, origin_of
from ledger import Writer, migrate, people, script_life
from scripts.machine import machine

log = logging.getLogger(__name__)

THREADS = 24
"""With a group-commit writer more threads mean larger groups; the calls of one core need no more."""
PATIENCE = 3.0
"""Seconds a webhook waits for the write lock: less than the carrier waits for its answer."""
LONGEST = 6.0
"""Seconds after which a webhook is answered even where the disk hangs."""
NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "HUIFANG_PUBLIC_URL", "HUIFANG_SECRET_KEY")


class ServeError(Exception):
    """The web process cannot start; the message says why and what to do."""


def application() -> Flask:
    """Return the application of this process, with its writer running."""
    logs.begin()
    here = office(*NEEDED, environ=os.environ)
    here.home.make()
    migrate(here.settings.database)
    _prepare(here)
    writer = Writer(here.settings.database, deadline=PATIENCE, within=LONGEST)
    book = open_book(here.settings.database, here.home.calendar())
    live = here.settings.live_url
    elsewhere = [origin_of(live)] if live else []
    _tell_who_may_sign_in(here)
    edge = assemble(here.settings, here.clock, here.home.company(), book, writer)
    Rounds(here.clock, edge.conversation.serve, edge.lines.sweep, edge.visits.pay).begin()
    return create_app(edge, elsewhere)


def _prepare(here: Office) -> None:
    """Make ready what is spoken, so that no customer waits for it."""
    with here.ledger() as conn:
        for one in script_life.listing(conn):
            if one.status in script_life.IN_FORCE and (script := version(conn, one.digest)):
                machine(script)
                twiml.prepare(script)
        if lacking := reception.lacking(conn):
            log.warning("callers hear the short notice: no version in force of %s", ", ".join(lacking))


def _tell_who_may_sign_in(here: Office) -> None:
    with here.ledger() as conn:
        if not people.count(conn):
            log.warning(people.NOBODY)


def worker() -> Flask:
    """Return the application of a worker, which ends with the process that started it."""
    if parent := multiprocessing.parent_process():
        Thread(target=_follow, args=(parent,), name="follow", daemon=True).start()
    return application()


def _follow(parent: BaseProcess) -> None:
    """Granian's worker alone would outlive a killed parent, and share the port with its successor."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def run(host: str, port: int, live_port: int) -> None:
    """Serve until told to stop; a missing setting is reported before anything listens."""
    here = office(*NEEDED, environ=os.environ)
    here.home.company()
    _try_place(host, "--port", port)
    _try_place(host, "--live-port", live_port)
    try:
        from granian import Granian
        from granian.constants import Interfaces
        from granian.log import LogLevels
    except ImportError:
        _waitress(host, port)
        return
    os.environ.setdefault(LIVE_URL, beside(here.settings.public_url, live_port))
    live = Keeper(command(host, live_port, os.getpid()))
    taking_in = Keeper([sys.executable, "-m", "ivr.cli", "watch", "--parent", str(os.getpid())], "watch")
    web = Granian(
        "ivr.serve:worker",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        respawn_failed_workers=True,
        blocking_threads=THREADS,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=False,
    )
    try:
        web.serve()
    finally:
        taking_in.stop()
        live.stop()


def beside(public_url: str, live_port: int) -> str:
    """The live process at its own port of the public host; behind a proxy it has an address of its own."""
    return f"{urlsplit(public_url).scheme}://{host_of(public_url)}:{live_port}/live"


def _try_place(host: str, option: str, port: int) -> None:
    """Listen for a moment: Granian shares a port that is in use, and ends in a panic at a foreign address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise ServeError(
            f"--host {host} {option} {port}: cannot listen there: {error.strerror}; name another"
        ) from None


def _waitress(host: str, port: int) -> None:
    from waitress import serve

    serve(application(), host=host, port=port, threads=THREADS, _quiet=True)
