"""Audio at rest is written whole or not at all, and only one process writes it."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from recordings.errors import Misnamed
from recordings.sound import Sound
from recordings.store import Sealed, alone, keep, place, sweep

DAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SID = "RE" + 30 * "0" + "01"


def kept(home: Path, *, level: int = 100) -> Sealed:
    """A stored second of sound."""
    sound = Sound(np.full((8000, 2), level, np.int16))
    return keep(home, sound, call_id=12, carrier_sid=SID, day=DAY)


def test_a_recording_lies_under_its_day_call_and_name(tmp_path: Path) -> None:
    sealed = kept(tmp_path)
    assert sealed.path == f"audio/2026/11/23/12-{SID}.flac"
    assert (tmp_path / sealed.path).is_file()


def test_the_seal_is_that_of_the_file(tmp_path: Path) -> None:
    sealed = kept(tmp_path)
    content = (tmp_path / sealed.path).read_bytes()
    assert (sealed.bytes, sealed.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert sealed.sound_sha256 == hashlib.sha256(np.full((8000, 2), 100, "<i2").tobytes()).hexdigest()
    assert (sealed.duration_ms, sealed.channels) == (1000, 2)


def test_storing_twice_gives_the_same_file_and_no_other(tmp_path: Path) -> None:
    assert kept(tmp_path) == kept(tmp_path)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_an_unfinished_file_of_a_killed_writer_is_replaced(tmp_path: Path) -> None:
    draft = tmp_path / f"{kept(tmp_path).path}.part"
    draft.write_bytes(b"half")
    kept(tmp_path)
    assert not draft.exists()


@contextmanager
def largest_file(bytes_: int) -> Iterator[None]:
    """The system takes no file that is larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_does_not_fit_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    with largest_file(16), pytest.raises(OSError, match="too large"):
        kept(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    kept(tmp_path)


def test_the_day_is_that_of_utc() -> None:
    shanghai = datetime(2026, 11, 24, 7, 59, tzinfo=timezone(timedelta(hours=8)))
    assert str(place(1, "RE1", shanghai)) == "audio/2026/11/23/1-RE1.flac"


@pytest.mark.parametrize("sid", ["", "../RE1", "RE/1", "RE 1", "录音", "A" * 65])
def test_a_name_that_could_leave_the_directory_is_refused(sid: str) -> None:
    with pytest.raises(Misnamed, match="call 12: "):
        place(12, sid, DAY)


def test_only_the_owner_may_read_recordings(tmp_path: Path) -> None:
    path = tmp_path / kept(tmp_path).path
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "audio").stat().st_mode & 0o777 == 0o700


def test_sweeping_removes_unfinished_files_only(tmp_path: Path) -> None:
    whole = tmp_path / kept(tmp_path).path
    whole.with_name("13-RE2.flac.part").write_bytes(b"half")
    assert sweep(tmp_path) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [whole]


def test_two_processes_never_write_in_one_home(tmp_path: Path) -> None:
    question = "import sys, recordings.store as s\nwith s.alone(s.Path(sys.argv[1])) as a: print(a)"
    ask = [sys.executable, "-c", question, str(tmp_path)]
    with alone(tmp_path) as mine:
        assert mine
        assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout == "False\n"
    assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout == "True\n"
