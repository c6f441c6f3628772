"""Verifying finds every file that is not as the ledger says, and nothing else."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

import ledger
from ledger import recordings as rows
from recordings.collector import collect_once
from recordings.errors import Unfetched
from recordings.verify import Finding, Kind, verify

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def audio(url: str) -> bytes:
    """A second of the recording's own noise; `lost` is never there."""
    if url.endswith("lost"):
        raise Unfetched("HTTP 404")
    file = io.BytesIO()
    noise = np.random.default_rng(len(url)).integers(-900, 900, (8000, 2), dtype=np.int16)
    soundfile.write(file, noise, 8000, format="WAV")
    return file.getvalue()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two stored recordings and one that is still awaited."""
    ledger.migrate(tmp_path / "huifang.db")
    conn = ledger.connect(tmp_path / "huifang.db")
    for url in ("a", "bb", "lost"):
        with ledger.transaction(conn):
            call = conn.execute(
                "insert into calls (direction, to_number, from_number, status, claimed_at)"
                " values ('outbound', 8613800000000, 861095500, 'completed', '2026-11-23T00:58:00.000Z')"
            ).lastrowid
            assert call is not None
            rows.announce(
                conn, call_id=call, carrier_sid=f"RE{url}", url=url, duration_ms=1000, channels=2, now=NOW
            )
    conn.close()
    assert collect_once(tmp_path / "huifang.db", tmp_path, audio, NOW) == 3
    return tmp_path


def findings(home: Path) -> list[Finding]:
    """What is wrong in this home."""
    return verify(home / "huifang.db", home)


def test_what_was_sealed_is_found_unchanged(home: Path) -> None:
    assert findings(home) == []


def test_a_removed_file_is_missing(home: Path) -> None:
    (home / "audio/2026/11/23/1-REa.flac").unlink()
    (finding,) = findings(home)
    assert (finding.kind, finding.path) == (Kind.MISSING, "audio/2026/11/23/1-REa.flac")
    assert str(finding) == "missing: audio/2026/11/23/1-REa.flac: call 1: No such file or directory"


def test_one_changed_bit_is_a_change(home: Path) -> None:
    path = home / "audio/2026/11/23/2-REbb.flac"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert [(finding.kind, finding.path) for finding in findings(home)] == [
        (Kind.CHANGED, "audio/2026/11/23/2-REbb.flac")
    ]


def test_a_file_the_ledger_does_not_know_is_extra(home: Path) -> None:
    (home / "audio/2026/11/23/notes.txt").write_text("who put this here?")
    assert [(finding.kind, finding.path) for finding in findings(home)] == [
        (Kind.EXTRA, "audio/2026/11/23/notes.txt")
    ]


def test_two_exchanged_files_are_two_changes(home: Path) -> None:
    one, two = (home / f"audio/2026/11/23/{name}.flac" for name in ("1-REa", "2-REbb"))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert [finding.kind for finding in findings(home)] == [Kind.CHANGED, Kind.CHANGED]


def test_a_file_that_is_being_written_is_not_extra(home: Path) -> None:
    (home / "audio/2026/11/23/3-RElost.flac.part").write_bytes(b"half")
    assert findings(home) == []


def test_a_home_without_any_audio_is_in_order(tmp_path: Path) -> None:
    ledger.migrate(tmp_path / "huifang.db")
    assert findings(tmp_path) == []
