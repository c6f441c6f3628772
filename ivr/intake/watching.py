"""The process beside the web: it looks into folders, works the queue of files, and tells other systems."""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from dialer.results import delivering
from dialer.results.targets import read_targets
from ivr.command.office import Office
from ivr.intake.folders import Folder, Look, read_folders
from ivr.intake.places import Inbox, inbox
from ivr.intake.taking import digest_of
from ivr.intake.working import Stopped, Workshop
from ledger import LedgerError, intakes, transaction

PAUSE = 1.0
"""Seconds between two looks into the queue."""
SETTLED = 10.0
"""Seconds in which a file in a folder must not have changed, to be whole."""
OLD = 24 * 3600.0
"""Seconds after which an upload that never became whole is removed."""

log = logging.getLogger(__name__)


def run(here: Office, stop: Event) -> None:
    """Take files in and tell other systems until told to stop; a second process waits for the first one."""
    box = inbox(here.home)
    box.make()
    folders = read_folders(here.home)
    targets = read_targets(here.home.root / "webhooks.toml")
    with _alone(box, stop), here.ledger() as conn:
        if stop.is_set():
            return
        _clear(box)
        if targets:
            telling = (here.settings.database, targets, here.clock.now, stop)
            Thread(target=delivering.run, args=telling, name="telling", daemon=True).start()
        workshop, watch = Workshop(here, conn, stop), Watch(folders)
        while not stop.is_set():
            if not _look(watch, workshop):
                stop.wait(PAUSE)


class Watch:
    """Remembers how the files in the folders looked, to know which of them are whole."""

    def __init__(self, folders: tuple[Folder, ...], clock: Callable[[], float] = time.monotonic) -> None:
        self._folders = folders
        self._clock = clock
        self._looks: dict[Path, Look] = {}

    def look(self, workshop: Workshop) -> None:
        """Queue what is whole, and put away again what was worked before."""
        seen: dict[Path, Look] = {}
        for folder in self._folders:
            for path in folder.files():
                status = path.stat()
                look = Look(status.st_size, status.st_mtime_ns, self._clock()).after(self._looks.get(path))
                seen[path] = look
                if self._clock() - look.since >= SETTLED:
                    _take(folder, path, workshop)
        self._looks = seen


def _look(watch: Watch, workshop: Workshop) -> bool:
    """One round; whether a file was worked. What fails is tried again in the next one."""
    try:
        watch.look(workshop)
        return workshop.step()
    except Stopped:
        return False
    except (LedgerError, OSError) as error:
        log.warning("files are taken in at the next round", extra={"error": type(error).__name__})
        return False


def _take(folder: Folder, path: Path, workshop: Workshop) -> None:
    wanted = folder.wanted(path.name)
    if wanted is None:
        folder.reject(path)
        return
    order = wanted.order(digest_of(path), path)
    with transaction(workshop.conn):
        intake = intakes.submit(workshop.conn, order, workshop.here.clock.now())
        if intake.status == intakes.FAILED and intake.put_away_at:
            intakes.again(workshop.conn, intake.intake_id, str(path))
    if intake.status == intakes.IMPORTED and intake.put_away_at:
        workshop.put_away(intake, path)


@contextmanager
def _alone(box: Inbox, stop: Event) -> Iterator[None]:
    """Hold the right to work the queue; the system takes it back from a process that was killed."""
    with box.lock.open("w") as lock:
        while not stop.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                stop.wait(PAUSE)
        yield


def _clear(box: Inbox) -> None:
    """Remove uploads that were cut off long ago."""
    for part in box.arriving.iterdir():
        if time.time() - part.stat().st_mtime > OLD:
            part.unlink(missing_ok=True)
