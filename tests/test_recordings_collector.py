"""Announced recordings are fetched until they are stored, whatever the carrier, the disk or a kill does."""

from __future__ import annotations

import contextlib
import hashlib
import io
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import soundfile

import ledger
from ledger import recordings as rows
from ledger.recordings import RecordingRow
from recordings.carrier import CarrierAudio
from recordings.collector import DELAYS, OUR_FAULT, collect_once, run
from recordings.store import LOCK, alone

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LATER = timedelta(days=2)


def wav(seconds: float = 2.0, channels: int = 2) -> bytes:
    """A WAV file as the carrier gives it."""
    noise = np.random.default_rng(3).integers(-900, 900, (round(seconds * 8000), channels), dtype=np.int16)
    file = io.BytesIO()
    soundfile.write(file, noise, 8000, format="WAV", subtype="PCM_16")
    return file.getvalue()


class Carrier(BaseHTTPRequestHandler):
    """Gives each path its answers in turn, the last for ever: a status, a body, or what a function gives."""

    answers: dict[str, list[int | bytes | Callable[[], bytes]]]

    def do_GET(self) -> None:
        queue = self.answers[self.path]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if callable(answer):
            answer = answer()
        self.send_response(answer if isinstance(answer, int) else 200)
        body = b"" if isinstance(answer, int) else answer
        self.send_header("Content-Length", str(len(body)))
        with contextlib.suppress(ConnectionError):  # the killed collector does not listen any more
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class House:
    """A ledger, a home and a carrier that announces recordings RE1, RE2 …"""

    def __init__(self, home: Path, base: str) -> None:
        self.home, self.base = home, base
        self.database = home / "huifang.db"
        ledger.migrate(self.database)
        self.fetch = CarrierAudio("AC1", "secret", None)

    def announce(self, *answers: int | bytes | Callable[[], bytes], duration_ms: int | None = 2000) -> None:
        """One more call with a recording, and what the carrier answers when it is asked for."""
        name = f"RE{len(Carrier.answers) + 1}"
        Carrier.answers[f"/{name}.wav"] = list(answers)
        conn = ledger.connect(self.database)
        with ledger.transaction(conn):
            call = conn.execute(
                "insert into calls (direction, to_number, from_number, status, claimed_at)"
                " values ('outbound', 8613800000000, 861095500, 'completed', '2026-11-23T00:58:00.000Z')"
            ).lastrowid
            assert call is not None
            rows.announce(
                conn,
                call_id=call,
                carrier_sid=name,
                url=f"{self.base}/{name}",
                duration_ms=duration_ms,
                channels=2,
                now=NOW,
            )
        conn.close()

    def collect(self, now: datetime = NOW) -> int:
        """One round."""
        return collect_once(self.database, self.home, self.fetch, now)

    def listing(self) -> list[RecordingRow]:
        """What the ledger says."""
        conn = ledger.connect(self.database)
        found = rows.listing(conn)
        conn.close()
        return found

    def files(self) -> list[str]:
        """What lies on the disk."""
        return sorted(str(path.relative_to(self.home)) for path in (self.home / "audio").rglob("*.*"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    Carrier.answers = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Carrier) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield House(tmp_path, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_an_announced_recording_is_stored_and_sealed(house: House) -> None:
    house.announce(wav())
    assert house.collect() == 1
    (row,) = house.listing()
    content = (house.home / row.path).read_bytes()
    assert (row.status, row.path) == ("stored", "audio/2026/11/23/1-RE1.flac")
    assert (row.bytes, row.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (row.duration_ms, row.channels, row.stored_at) == (2000, 2, NOW)


def test_the_ledger_seals_the_samples_as_well_as_the_file(house: House) -> None:
    house.announce(wav())
    house.collect()
    (row,) = house.listing()
    samples = soundfile.read(house.home / row.path, dtype="int16")[0]
    assert row.detail == f"samples sha256 {hashlib.sha256(samples.tobytes()).hexdigest()}"


def test_a_stored_recording_is_not_fetched_again(house: House) -> None:
    house.announce(wav())
    assert [house.collect(), house.collect(), house.collect(NOW + LATER)] == [1, 0, 0]


def test_audio_that_is_not_there_yet_is_asked_for_again_after_the_delay(house: House) -> None:
    house.announce(404, 503, wav())
    assert house.collect() == 1
    (row,) = house.listing()
    assert (row.status, row.attempts, row.next_at, row.detail) == (
        "announced",
        1,
        NOW + DELAYS[0],
        "HTTP 404",
    )
    assert house.collect(NOW + DELAYS[0] / 2) == 0
    second = NOW + DELAYS[0]
    assert house.collect(second) == 1
    assert house.listing()[0].next_at == second + DELAYS[1]
    house.collect(second + DELAYS[1])
    assert house.listing()[0].status == "stored"


def test_the_delays_grow_and_a_recording_that_never_comes_is_given_up(house: House) -> None:
    house.announce(404)
    assert list(DELAYS) == sorted(DELAYS)
    now = NOW
    for _ in DELAYS:
        assert house.collect(now) == 1
        next_at = house.listing()[0].next_at
        assert next_at is not None
        now = next_at
    assert house.collect(now) == 1
    (row,) = house.listing()
    assert (row.status, row.attempts, row.next_at) == ("absent", len(DELAYS) + 1, None)
    assert house.collect(now + LATER) == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "not audio"),
        (b"<html>", "not audio"),
        (wav(0.0), "without a single sample"),
        (wav(channels=1), "1 channels"),
        (wav(9.0), "9000 ms"),
    ],
)
def test_audio_that_is_not_the_announced_call_is_never_stored(
    house: House, answer: bytes, reason: str
) -> None:
    house.announce(answer)
    now = NOW
    for _ in range(len(DELAYS) + 1):
        house.collect(now)
        now += LATER
    (row,) = house.listing()
    assert row.status == "broken"
    assert reason in row.detail
    assert house.files() == []


def test_one_bad_recording_does_not_hold_up_the_others(house: House) -> None:
    house.announce(500)
    house.announce(wav())
    house.announce(b"nonsense")
    house.announce(wav())
    assert house.collect() == 4
    assert [row.status for row in house.listing()] == ["announced", "stored", "announced", "stored"]


def test_refused_credentials_never_make_a_recording_absent(house: House) -> None:
    house.announce(*[401] * (len(DELAYS) + 3), wav())
    now = NOW
    for _ in range(len(DELAYS) + 3):
        assert house.collect(now) == 1
        assert house.listing()[0].next_at == now + OUR_FAULT
        now += OUR_FAULT
    house.collect(now)
    assert house.listing()[0].status == "stored"


def test_a_disk_that_takes_no_audio_is_our_fault(house: House) -> None:
    house.announce(wav())
    (house.home / "audio").mkdir()
    (house.home / "audio" / "2026").write_text("in the way of the directory")
    house.collect()
    (row,) = house.listing()
    assert (row.status, row.next_at) == ("announced", NOW + OUR_FAULT)
    assert "cannot be written" in row.detail


def test_a_length_the_carrier_did_not_announce_is_not_asked_for(house: House) -> None:
    house.announce(wav(7.0), duration_ms=None)
    house.collect()
    assert house.listing()[0].duration_ms == 7000


def test_what_a_killed_collector_had_in_hand_is_collected_by_the_next(house: House) -> None:
    asked = threading.Event()

    def slowly() -> bytes:
        asked.set()
        time.sleep(0.3)
        return wav()

    house.announce(slowly, wav())
    program = (
        "import sys, pathlib, datetime\n"
        "from recordings.carrier import CarrierAudio\n"
        "from recordings.collector import collect_once\n"
        "home = pathlib.Path(sys.argv[1])\n"
        f"now = datetime.datetime.fromisoformat('{NOW.isoformat()}')\n"
        "collect_once(home / 'huifang.db', home, CarrierAudio('AC1', 'secret', None), now)\n"
    )
    victim = subprocess.Popen([sys.executable, "-c", program, str(house.home)])
    assert asked.wait(20)
    victim.kill()
    victim.wait()
    assert house.listing()[0].status == "announced"
    assert house.collect() == 1
    assert house.files() == ["audio/2026/11/23/1-RE1.flac"]


def test_a_starting_collector_sweeps_away_what_a_killed_one_left(house: House) -> None:
    draft = house.home / "audio" / "2026" / "11" / "23" / "99-RE99.flac.part"
    draft.parent.mkdir(parents=True)
    draft.write_bytes(b"half a file")
    stop = threading.Event()
    stop.set()
    run(house.database, house.home, house.fetch, lambda: NOW, stop)
    assert house.files() == []


def test_killed_between_disk_and_ledger_the_same_file_is_written_again(house: House) -> None:
    house.announce(wav())
    house.collect()
    sealed = house.listing()[0].sha256
    conn = ledger.connect(house.database)
    conn.execute("update recordings set status = 'announced', next_at = announced_at, stored_at = null")
    conn.close()
    house.collect()
    (row,) = house.listing()
    assert (row.status, row.sha256) == ("stored", sealed)
    assert house.files() == ["audio/2026/11/23/1-RE1.flac"]


def test_while_one_process_collects_another_does_nothing(house: House) -> None:
    house.announce(wav())
    with alone(house.home):
        assert house.collect() == 0
    assert house.collect() == 1
    assert (house.home / LOCK).exists()


def test_the_loop_collects_what_comes_and_ends_when_told(house: House) -> None:
    stop = threading.Event()
    loop = threading.Thread(target=run, args=(house.database, house.home, house.fetch, lambda: NOW, stop))
    loop.start()
    house.announce(wav())
    until = time.monotonic() + 10
    while house.listing()[0].status != "stored" and time.monotonic() < until:
        time.sleep(0.02)
    stop.set()
    loop.join(5)
    assert not loop.is_alive()
    assert house.listing()[0].status == "stored"


def test_the_loop_outlives_a_ledger_that_is_busy(house: House) -> None:
    house.announce(wav())
    stop = threading.Event()
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        if len(asked) == 1:
            raise ledger.LedgerBusy("still locked")
        stop.set()
        return house.fetch(url)

    run(house.database, house.home, fetch, lambda: NOW, stop)
    assert len(asked) == 2
    assert house.listing()[0].status == "stored"


def test_told_to_end_it_finishes_the_recording_in_hand_only(house: House) -> None:
    stop = threading.Event()

    def last() -> bytes:
        stop.set()
        return wav()

    house.announce(last)
    house.announce(wav())
    assert collect_once(house.database, house.home, house.fetch, NOW, stop) == 1
    assert [row.status for row in house.listing()] == ["stored", "announced"]


def test_the_log_names_the_recording_and_nothing_private(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.announce(404)
    house.collect()
    assert caplog.messages == ["recording 1: try 1: HTTP 404"]
