"""Take a file in: from an upload to the disk and into the queue; the same file has one place in it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dialer.errors import ListError
from ivr.home import Home
from ivr.intake.places import Inbox, inbox, safe_name
from ivr.store import Store
from ledger import campaigns, intakes
from ledger.intakes import Intake, Order

LARGEST = 2 * 1024**3
"""Bytes of an upload: a list of a million rows has a tenth of it."""
BLOCK = 1 << 18


class TooLarge(ListError):
    """The file has more bytes than an upload may have."""


class Stream(Protocol):
    """What an upload is read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """The campaign that is made of a list when it is imported; `{date}` in its name is the day."""

    name: str
    script: str = ""
    profile: str = ""
    mode: str = campaigns.ROBOT
    unit: str = ""
    region: str = ""
    caller: str = ""
    start: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done with a file: `mapping` gives headers that are not known their columns."""

    kind: str
    name: str
    asked_by: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    afterwards: Afterwards | None = None

    def order(self, digest: str, path: Path) -> Order:
        """The row of the queue that asks for it."""
        plan = json.dumps(asdict(self.afterwards), ensure_ascii=False) if self.afterwards else ""
        mapping = json.dumps(self.mapping, ensure_ascii=False, sort_keys=True) if self.mapping else ""
        return Order(self.kind, digest, self.name, str(path), self.asked_by, mapping, plan)


def plan_of(intake: Intake) -> Afterwards | None:
    """The campaign that was asked for with a file."""
    return Afterwards(**json.loads(intake.plan)) if intake.plan else None


def take_in(
    home: Home, store: Store, stream: Stream, wanted: Wanted, now: datetime, largest: int = LARGEST
) -> Intake:
    """Store an upload and queue it; returns at once, and the same row for the same file.

    A file that failed before is tried again. TooLarge says that nothing was kept.
    """
    box = inbox(home)
    box.make()
    path, digest = _received(box, stream, safe_name(wanted.name), largest)
    order = wanted.order(digest, path)
    intake = store.write(lambda conn: intakes.submit(conn, order, now))
    if intake.status == intakes.FAILED:
        again = intake
        store.write(lambda conn: intakes.again(conn, again.intake_id, str(path)))
        intake = store.write(lambda conn: intakes.submit(conn, order, now))
    if intake.path != str(path):
        discard(path)
    return intake


def discard(path: Path) -> None:
    """Remove an upload, or what is left of its folder."""
    path.unlink(missing_ok=True)
    with suppress(OSError):  # the same content may lie there under another name
        path.parent.rmdir()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _received(box: Inbox, stream: Stream, name: str, largest: int) -> tuple[Path, str]:
    """The file, whole and on disk, in the folder of its digest."""
    draft = box.arriving / f"{secrets.token_hex(8)}.part"
    try:
        digest = _copied(stream, draft, largest)
        place = box.waiting / digest
        place.mkdir(mode=0o700, exist_ok=True)
        return draft.replace(place / name), digest
    finally:
        draft.unlink(missing_ok=True)


def _copied(stream: Stream, draft: Path, largest: int) -> str:
    digest, size = hashlib.sha256(), 0
    with draft.open("xb") as file:
        for block in iter(_reader(stream), b""):
            size += len(block)
            if size > largest:
                raise TooLarge(f"the file has more than {largest} bytes; divide the list")
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _reader(stream: Stream) -> Callable[[], bytes]:
    return lambda: stream.read(BLOCK)
