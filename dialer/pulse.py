"""The dialer's sign of life, for the pages on which people wait for calls: the time of its lock file."""

from __future__ import annotations

import os
import time
from pathlib import Path

EVERY = 1.0
"""Real seconds between two signs."""
SILENT = 10.0
"""After so many real seconds without one nobody dials: also when the process was killed."""


def lock_file(database: Path) -> Path:
    """Held by the one process that dials from this ledger."""
    return Path(f"{database}.dialing")


def is_dialing(database: Path) -> bool:
    """Whether a dialer has shown life lately."""
    try:
        return time.time() - lock_file(database).stat().st_mtime < SILENT
    except OSError:
        return False


class Pulse:
    """Shows that the dialer lives, as often as needed."""

    def __init__(self, database: Path) -> None:
        self._file = lock_file(database)
        self._next = 0.0

    def beat(self) -> None:
        """Give a sign, unless the last one is fresh."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + EVERY
            os.utime(self._file)
