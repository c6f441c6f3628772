"""Audio files at rest: `$HOME/audio/YYYY/MM/DD/<call>-<sid>.flac`, each written whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recordings.errors import Misnamed
from recordings.sound import Sound

DIRECTORY = "audio"
"""The directory of all recordings, in the home."""

DRAFT = ".part"
"""How a file ends that is not whole yet."""

LOCK = ".collecting"
"""The file in the home that whoever writes recordings holds locked."""

_SID = re.compile(r"[A-Za-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A stored file: its path below the home, and what proves that it is unchanged."""

    path: str
    bytes: int
    sha256: str
    sound_sha256: str
    duration_ms: int
    channels: int


def keep(home: Path, sound: Sound, *, call_id: int, carrier_sid: str, day: datetime) -> Sealed:
    """Writes the audio durably under its name; doing it again gives the same file."""
    path = place(call_id, carrier_sid, day)
    content = sound.flac()
    _write(home / path, content)
    digest = hashlib.sha256(content).hexdigest()
    return Sealed(str(path), len(content), digest, sound.sha256, sound.duration_ms, sound.channels)


def place(call_id: int, carrier_sid: str, day: datetime) -> Path:
    """Where a recording is kept, below the home; the day is that of UTC."""
    if not _SID.fullmatch(carrier_sid):
        raise Misnamed(
            f"call {call_id}: the carrier's recording name has other characters than letters and digits"
        )
    return Path(DIRECTORY, f"{day.astimezone(UTC):%Y/%m/%d}", f"{call_id}-{carrier_sid}.flac")


@contextmanager
def alone(home: Path) -> Iterator[bool]:
    """Whether nobody else writes recordings in this home; held until the block, or the process, ends."""
    _make(home / DIRECTORY)
    with (home / LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def sweep(home: Path) -> int:
    """Removes what a killed writer left unfinished and counts it; only for who is `alone`."""
    drafts = list((home / DIRECTORY).rglob(f"*{DRAFT}"))
    for draft in drafts:
        draft.unlink(missing_ok=True)
    return len(drafts)


def _write(path: Path, content: bytes) -> None:
    _make(path.parent)
    draft = path.with_name(path.name + DRAFT)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        # On a full disk a draft takes the room that the ledger needs.
        draft.unlink(missing_ok=True)
        raise
    draft.replace(path)
    _sync(path.parent)


def _make(directory: Path) -> None:
    """Makes the directory and those above it so that a power loss does not take them away."""
    if not directory.is_dir():
        _make(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
        _sync(directory.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
