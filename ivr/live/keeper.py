"""The parent's side of a process beside it: starts it, starts it again when it dies, ends it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Sequence
from threading import Event, Thread

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds before a process that died is started again."""
PATIENCE = 5.0
"""Seconds in which it may end by itself."""


class Keeper:
    """Keeps one process running until told to stop; while there is no live one, pages poll."""

    def __init__(self, command: Sequence[str], name: str = "live") -> None:
        self._command = command
        self._name = name
        self._stop = Event()
        self._process = self._started()
        self._thread = Thread(target=self._keep, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the process, gently first."""
        self._stop.set()
        self._thread.join()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.DEVNULL)

    def _keep(self) -> None:
        while not self._stop.wait(PAUSE):
            if self._process.poll() is not None:
                log.warning(
                    "a process beside this one ended, it is started again", extra={"kind": self._name}
                )
                self._process = self._started()
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def command(host: str, port: int, parent: int) -> list[str]:
    """The live process at that address, which ends with its parent."""
    return [sys.executable, "-m", "ivr.live", host, str(port), str(parent)]
