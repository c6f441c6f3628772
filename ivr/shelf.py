"""The scripts a process can perform, by the digest that a call was started with."""

from __future__ import annotations

from scripts.load import library
from scripts.model import Script


class UnknownScript(LookupError):
    """No script with this digest is installed: the call was begun by another version of the program."""


class Shelf:
    """Finds a script by its digest."""

    def __init__(self) -> None:
        self._scripts = {script.digest: script for script in library().values()}

    def find(self, digest: str) -> Script | None:
        """Return the script with this digest, if it is installed."""
        return self._scripts.get(digest)

    def script(self, digest: str) -> Script:
        """Return the script with this digest; UnknownScript when it is not installed."""
        found = self.find(digest)
        if found is None:
            raise UnknownScript(f"script {digest[:12]}: not among the installed ones; install its version")
        return found
