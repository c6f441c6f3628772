"""Where files lie: while they arrive, while they wait, and when they are put away with their report."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ivr.home import Home
from ledger.intakes import IMPORTED, Intake

UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
LONGEST = 120
"""Bytes of a file's name, of the 255 that file systems allow: our own marks are added."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folder `inbox` of a home."""

    root: Path

    @property
    def arriving(self) -> Path:
        """Uploads that are not whole yet."""
        return self.root / "arriving"

    @property
    def waiting(self) -> Path:
        """Whole uploads, each in a folder named by its digest."""
        return self.root / "waiting"

    @property
    def lock(self) -> Path:
        """Held by the one process that works the queue."""
        return self.root / "lock"

    def make(self) -> None:
        """Create the folders, readable by the owner alone."""
        for place in (self.root, self.arriving, self.waiting):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)


def inbox(home: Home) -> Inbox:
    """The inbox of a home."""
    return Inbox(home.root / "inbox")


def safe_name(name: str) -> str:
    """The last part of a name that somebody else gave, without what a file's name must not hold."""
    last = re.split(r"[/\\]", name)[-1]
    kept = UNSAFE.sub("_", last).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    room = LONGEST - len((dot + suffix).encode())
    if stem and room > 0:
        return stem.encode()[:room].decode(errors="ignore") + dot + suffix
    return kept.encode()[:LONGEST].decode(errors="ignore") or "list"


def resting_place(box: Inbox, intake: Intake, path: Path) -> Path:
    """Where a worked file is put: a watched folder's own done/ or failed/, the inbox's for uploads."""
    word = "done" if intake.status == IMPORTED else "failed"
    folder = box.root if box.waiting in path.parents else path.parent
    return folder / word / f"{intake.intake_id}-{path.name}"


def write_whole(path: Path, text: str) -> None:
    """Write a file that is seen whole or not at all, also after a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
