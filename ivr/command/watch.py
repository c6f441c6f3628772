"""`huifang watch`: lists that arrive by upload or in a folder, and messages to other systems."""

from __future__ import annotations

import os
from threading import Event, Thread

import click

from ivr import logs
from ivr.command.office import office
from ivr.command.run import until_told
from ivr.intake import watching


@click.command()
@click.option("--parent", type=int, hidden=True, help="End when this process has ended.")
def watch(parent: int | None) -> None:
    """Import uploads and files of watched folders, and tell other systems; `huifang serve` runs it, too."""
    logs.begin()
    stop = until_told()
    here = office()
    if parent is not None:
        Thread(target=_follow, args=(parent, stop), name="follow", daemon=True).start()
    watching.run(here, stop)


def _follow(parent: int, stop: Event) -> None:
    """End with the process that started this one, however that ended."""
    while os.getppid() == parent and not stop.wait(1.0):
        pass
    stop.set()
