"""The web process: one worker, many threads, one writer. Granian, or waitress where it is missing."""

from __future__ import annotations

import os

from flask import Flask

from dialer.ending import open_book
from ivr import logs, twiml
from ivr.app import create_app
from ivr.command.office import office
from ivr.conversation import Conversation
from ivr.signature import SignatureCheck
from ivr.webhooks import Webhooks
from ledger import Writer, migrate
from scripts.load import library
from scripts.machine import machine

THREADS = 24
"""With a group-commit writer more threads mean larger groups; the calls of one core need no more."""
PATIENCE = 3.0
"""Seconds a webhook waits for the write lock: less than the carrier waits for its answer."""
NEEDED = ("TWILIO_AUTH_TOKEN", "HUIFANG_PUBLIC_URL", "HUIFANG_SECRET_KEY")


def application() -> Flask:
    """Return the application of this process, with its writer running."""
    logs.begin()
    here = office(*NEEDED, environ=os.environ)
    here.home.make()
    migrate(here.settings.database)
    for script in library().values():
        machine(script)
        twiml.prepare(script)
    writer = Writer(here.settings.database, deadline=PATIENCE)
    base = here.settings.signed_url
    conversation = Conversation(
        writer, here.clock, here.home.company(), open_book(here.settings.database), base
    )
    return create_app(
        Webhooks(conversation, SignatureCheck(here.settings.auth_token), base), here.settings.secret_key
    )


def run(host: str, port: int) -> None:
    """Serve until told to stop; a missing setting is reported before anything listens."""
    here = office(*NEEDED, environ=os.environ)
    here.home.company()
    try:
        from granian import Granian
        from granian.constants import Interfaces
        from granian.log import LogLevels
    except ImportError:
        _waitress(host, port)
        return
    Granian(
        "ivr.serve:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=False,
    ).serve()


def _waitress(host: str, port: int) -> None:
    from waitress import serve

    serve(application(), host=host, port=port, threads=THREADS, _quiet=True)
