"""The script of a digest: one that comes with the program, else what the ledger keeps of it."""

from __future__ import annotations

import logging
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock

import ledger
from ledger import scripts
from scripts.load import by_digest, reread, restore
from scripts.model import Script, ScriptError

log = logging.getLogger(__name__)

MOST = 64
"""Restored scripts that are remembered; what was asked for longest ago is forgotten first."""


class _Restored:
    """Scripts by digest. A digest is the same script in every ledger, so one memory serves the process."""

    def __init__(self) -> None:
        self._scripts: OrderedDict[str, Script] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str) -> Script | None:
        """The script, if it is remembered."""
        with self._lock:
            if digest in self._scripts:
                self._scripts.move_to_end(digest)
            return self._scripts.get(digest)

    def put(self, script: Script) -> None:
        """Remember a script."""
        with self._lock:
            self._scripts[script.digest] = script
            while len(self._scripts) > MOST:
                self._scripts.popitem(last=False)


_RESTORED = _Restored()
_READ = _Restored()
"""What was only to be read."""


def version(conn: sqlite3.Connection, digest: str) -> Script | None:
    """The script of this digest; None where neither program nor ledger has it, or it was altered."""
    return _at_hand(digest) or _kept(conn, digest)


def words(conn: sqlite3.Connection, digest: str) -> Script | None:
    """The same, to be read and never performed: words that only an earlier loader would take stay legible."""
    return _at_hand(digest) or _READ.get(digest) or _kept(conn, digest, reread, _READ)


def versions(database: Path) -> Callable[[str], Script | None]:
    """`version` for those who have no connection at hand; one is opened only for what is not remembered."""

    def find(digest: str) -> Script | None:
        if found := _at_hand(digest):
            return found
        with closing(ledger.connect(database)) as conn:
            return _kept(conn, digest)

    return find


def _at_hand(digest: str) -> Script | None:
    return by_digest().get(digest) or _RESTORED.get(digest)


def _kept(
    conn: sqlite3.Connection,
    digest: str,
    read: Callable[[str], Script] = restore,
    memory: _Restored = _RESTORED,
) -> Script | None:
    row = scripts.get(conn, digest)
    if row is None:
        return None
    try:
        script = read(row.canonical)
    except (ScriptError, ValueError, KeyError):
        log.warning("a kept script cannot be read by this version", extra={"script": digest[:12]})
        return None
    if script.digest != digest:
        log.error("a kept script does not fit its digest", extra={"script": digest[:12]})
        return None
    memory.put(script)
    return script
