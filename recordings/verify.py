"""Compares the stored audio with what the ledger says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import ledger
from ledger import recordings as rows
from ledger.recordings import RecordingRow
from recordings.store import DIRECTORY, DRAFT


class Kind(StrEnum):
    """What can be wrong with stored audio."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Finding:
    """A file, by its path below the home, that is not as the ledger says."""

    kind: Kind
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.path}: {self.detail}"


def verify(database: Path, home: Path) -> list[Finding]:
    """Every missing, changed and extra file; none of them: all stored audio is what was sealed."""
    # The files first: one stored meanwhile is then known to the ledger and not called missing or extra.
    present = _present(home)
    with closing(ledger.connect(database)) as conn:
        stored = [row for row in rows.listing(conn) if row.status == "stored"]
    wrong = (finding for row in stored if (finding := _compared(home, row)))
    return [*wrong, *_extra(present, {row.path for row in stored})]


def _compared(home: Path, row: RecordingRow) -> Finding | None:
    try:
        with (home / row.path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        return Finding(Kind.MISSING, row.path, f"call {row.call_id}: {error.strerror}")
    if digest == row.sha256:
        return None
    return Finding(
        Kind.CHANGED, row.path, f"call {row.call_id}: {size} bytes now, {row.bytes} when it was stored"
    )


def _extra(present: set[str], known: set[str]) -> Iterator[Finding]:
    for path in sorted(present - known):
        yield Finding(Kind.EXTRA, path, "the ledger knows no stored recording of this name")


def _present(home: Path) -> set[str]:
    files = (path for path in (home / DIRECTORY).rglob("*") if path.is_file() and path.suffix != DRAFT)
    return {str(path.relative_to(home)) for path in files}
