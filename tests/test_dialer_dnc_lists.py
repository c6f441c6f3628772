"""External do-not-call lists from files and a real HTTP server: whole or not at all."""

from __future__ import annotations

import gzip
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event
from typing import ClassVar

import pytest

import ledger
from dialer.carrier import Carrier
from dialer.dnc_lists import delivery
from dialer.dnc_lists.config import read_config
from dialer.dnc_lists.refresh import Refreshed, declared, is_due, kept_fresh, refresh
from dialer.errors import DncListError
from dialer.gate import decide
from dialer.loop import Loop
from ledger import dnc, dnc_lists, events
from ledger.dnc_lists import DncList
from ledger.records import Action
from tests.dialer_facts import RULES, at, facts
from tests.dialing import FastClock, orders
from tests.ledger_rows import NOW, campaign, contact, later

NUMBERS = ["13800000001", "13800000002", "13800000003"]
ALL = [int(f"86{number}") for number in NUMBERS]
TOML = '[[list]]\nname = "industry"\npurpose = "marketing"\nmax_age = "36h"\n'


@dataclass
class Keeper:
    """What the keeper of a list answers; `faults` are taken one for each request."""

    body: bytes = b""
    etag: str = ""
    faults: list[int | str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    keeper: ClassVar[Keeper]

    def do_GET(self) -> None:
        keeper = self.keeper
        keeper.asked.append(dict(self.headers))
        fault = keeper.faults.pop(0) if keeper.faults else None
        if isinstance(fault, int):
            self.send_response(fault)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        same = keeper.etag and self.headers.get("If-None-Match") == keeper.etag
        self.send_response(304 if same else 200)
        self.send_header("ETag", keeper.etag)
        self.send_header("Content-Length", "0" if same else str(len(keeper.body)))
        self.end_headers()
        if not same:
            self.wfile.write(keeper.body[: len(keeper.body) // 2] if fault == "cut" else keeper.body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    monkeypatch.setattr(delivery, "PAUSES", (0.0, 0.0, 0.0))
    keeper = Keeper(listed(), '"1"')
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("H", (Handler,), {"keeper": keeper}))
    keeper.url = f"http://127.0.0.1:{server.server_port}/list.csv"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield keeper
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "huifang.db")
    with closing(ledger.connect(tmp_path / "huifang.db")) as conn:
        yield conn


def listed(*numbers: str) -> bytes:
    return "\n".join(["手机号码", *(numbers or NUMBERS)]).encode("gb18030")


def configured(tmp_path: Path, text: str) -> None:
    (tmp_path / "dnc.toml").write_text(TOML + text, encoding="utf-8")


def bring(
    conn: sqlite3.Connection, tmp_path: Path, now: datetime = NOW, stop: Event | None = None, **environ: str
) -> Refreshed:
    (external,) = declared(conn, tmp_path)
    return refresh(conn, external, tmp_path, now, stop=stop or Event(), environ=environ)


def known(conn: sqlite3.Connection) -> DncList:
    found = dnc_lists.named(conn, "industry")
    assert found is not None
    return found


def in_force(conn: sqlite3.Connection) -> list[int]:
    return [number for (number,) in conn.execute("select number from dnc_numbers order by 1")]


def test_a_list_is_fetched_switched_and_what_has_left_it_ends_but_stays_in_the_history(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper
) -> None:
    configured(tmp_path, f'url = "{keeper.url}"\n')
    assert bring(conn, tmp_path) == Refreshed("industry", True, 3, 3, 0)
    assert in_force(conn) == ALL
    first = known(conn)
    assert (first.rows, first.fetched_at, first.etag, len(first.digest)) == (3, NOW, '"1"', 64)
    keeper.body, keeper.etag = listed(*NUMBERS[1:], "13800000009", "nobody"), '"2"'
    assert bring(conn, tmp_path, later(hours=9)) == Refreshed("industry", True, 3, 1, 1, 1)
    assert in_force(conn) == [*ALL[1:], 8613800000009]
    (left, *_) = dnc.listing(conn, limit=9)
    assert (left.number, left.revoked_at, left.revoke_reason) == (
        ALL[0],
        later(hours=9),
        "no longer on the list",
    )
    assert (left.purpose, left.scope, left.source) == ("marketing", "industry", "list industry")
    keeper.body, keeper.etag = listed(), '"3"'
    assert bring(conn, tmp_path, later(hours=18)) == Refreshed("industry", True, 3, 1, 1)
    assert in_force(conn) == ALL
    assert events.verify(conn) == []


def test_a_list_that_has_not_changed_is_not_sent_again_and_is_fresh(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper
) -> None:
    configured(tmp_path, f'url = "{keeper.url}"\n')
    bring(conn, tmp_path)
    assert bring(conn, tmp_path, later(hours=30)) == Refreshed("industry", rows=3)
    assert keeper.asked[1]["If-None-Match"] == '"1"'
    assert known(conn).fetched_at == later(hours=30)
    keeper.etag = '"same bytes, other name"'
    assert not bring(conn, tmp_path, later(hours=31)).changed


@pytest.mark.parametrize(
    ("faults", "body", "problem"),
    [
        ([500, 429, 503], listed(), "HTTP 503"),
        ([404], listed(), "HTTP 404: see the url"),
        ([401], listed(), "HTTP 401: the token"),
        (["cut", "cut", "cut"], listed(), "no whole answer"),
        ([], b"", "is empty"),
        ([], "<html>\n<body>错误\n</body>".encode(), "0 numbers, 2 lines without one"),
    ],
)
def test_a_list_that_cannot_be_had_whole_replaces_nothing(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper,
    faults: list[int | str], body: bytes, problem: str,
) -> None:  # fmt: skip
    configured(tmp_path, f'url = "{keeper.url}"\n')
    bring(conn, tmp_path)
    keeper.faults, keeper.body, keeper.etag = faults, body, '"2"'
    assert problem in bring(conn, tmp_path, later(hours=1)).problem
    assert in_force(conn) == ALL
    assert (known(conn).fetched_at, problem in known(conn).problem) == (NOW, True)
    assert list(tmp_path.glob("dnc-*")) == []


def test_a_server_that_is_busy_is_asked_again(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper
) -> None:
    configured(tmp_path, f'url = "{keeper.url}"\n')
    keeper.faults = [503, "cut"]
    assert bring(conn, tmp_path).rows == 3
    assert len(keeper.asked) == 3


def test_the_token_comes_from_the_environment_and_is_shown_to_the_keeper_alone(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    configured(tmp_path, f'url = "{keeper.url}"\ntoken = "DNC_TOKEN"\nheader = "X-Key"\n')
    caplog.set_level("DEBUG")
    assert "DNC_TOKEN is not set" in bring(conn, tmp_path).problem
    bring(conn, tmp_path, DNC_TOKEN="open sesame")
    assert [asked["X-Key"] for asked in keeper.asked] == ["open sesame"]
    assert "sesame" not in caplog.text + "\n".join(conn.iterdump())
    configured(tmp_path, f'url = "{keeper.url}"\ntoken = "DNC_TOKEN"\n')
    keeper.etag = '"2"'
    bring(conn, tmp_path, DNC_TOKEN="open sesame")
    assert keeper.asked[1]["Authorization"] == "Bearer open sesame"


def test_a_file_is_as_old_as_its_last_delivery(conn: sqlite3.Connection, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(listed())
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    configured(tmp_path, 'file = "list.csv"\nencoding = "gb18030"\ncolumn = "手机号码"\n')
    assert bring(conn, tmp_path, later(hours=1)).rows == 3
    bring(conn, tmp_path, later(hours=35))
    assert known(conn).fetched_at == NOW
    assert dnc_lists.stale(conn, "service", later(hours=36)) == ()
    assert dnc_lists.stale(conn, "service", later(hours=36, seconds=1)) == ("industry",)
    path.unlink()
    assert "see that it is delivered" in bring(conn, tmp_path, later(hours=37)).problem
    assert in_force(conn) == ALL


def test_a_packed_list_is_unpacked_and_half_of_one_refused(conn: sqlite3.Connection, tmp_path: Path) -> None:
    packed = gzip.compress(listed())
    (tmp_path / "list.gz").write_bytes(packed[:-9])
    configured(tmp_path, 'file = "list.gz"\nformat = "csv.gz"\n')
    assert "no whole csv.gz" in bring(conn, tmp_path).problem
    (tmp_path / "list.gz").write_bytes(packed)
    assert bring(conn, tmp_path).rows == 3


def test_a_list_that_was_never_fetched_is_stale_and_stops_the_calls_it_could_forbid(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    configured(tmp_path, 'file = "list.csv"\n')
    declared(conn, tmp_path)
    assert [dnc_lists.stale(conn, purpose, NOW) for purpose in ("duty", "service", "marketing")] == [
        (), ("industry",), ("industry",)
    ]  # fmt: skip
    (tmp_path / "dnc.toml").unlink()
    declared(conn, tmp_path)
    assert dnc_lists.stale(conn, "service", NOW) == ()


def test_calls_wait_for_a_list_that_is_stale() -> None:
    verdict = decide(facts(), rules=replace(RULES, stale=("industry",)), now=at("2026-11-23T09:30"))
    assert (verdict.action, verdict.rule) == (Action.DEFER, "external_list_stale")
    assert verdict.until == at("2026-11-23T09:35")


def test_the_loop_calls_nobody_before_the_list_is_there(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper
) -> None:
    campaign(conn, [contact(9)], purpose="service")
    conn.execute("update campaigns set profile = 'cn_life'")
    configured(tmp_path, f'url = "{keeper.url}"\n')
    declared(conn, tmp_path)
    clock = FastClock(0.0, NOW)
    carrier = Carrier("AC", "", keeper.url, "")
    with closing(Loop(orders(tmp_path / "huifang.db"), carrier, clock, Event())) as loop:
        (running,) = loop.running(NOW)
        assert loop.claim(running, NOW) is None
        assert conn.execute("select rule, until from gate_decisions").fetchall() == [
            ("external_list_stale", "2026-11-23T01:05:00.000Z")
        ]
        assert loop.running(NOW) == []
        bring(conn, tmp_path)
        (running,) = loop.running(later(minutes=5))
        assert loop.claim(running, later(minutes=5))


def test_a_refresh_that_was_stopped_half_way_is_finished_by_the_next_and_counts_only_then(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dnc, "BATCH", 1)
    monkeypatch.setattr(dnc_lists, "BATCH", 1)
    configured(tmp_path, f'url = "{keeper.url}"\n')
    stop = Event()
    stop.wait = lambda timeout=None: False  # type: ignore[method-assign]
    checks = iter([False, True])
    stop.is_set = lambda: next(checks, True)  # type: ignore[method-assign]
    assert "ended before" in bring(conn, tmp_path, stop=stop).problem
    assert (in_force(conn), known(conn).fetched_at) == (ALL[:1], None)
    assert bring(conn, tmp_path) == Refreshed("industry", True, 3, 2, 0)
    assert in_force(conn) == ALL
    assert len(dnc.listing(conn, limit=9)) == 3


def test_a_list_that_forbids_more_than_before_is_taken_in_anew(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper
) -> None:
    configured(tmp_path, f'url = "{keeper.url}"\n')
    bring(conn, tmp_path)
    (tmp_path / "dnc.toml").write_text(
        TOML.replace("marketing", "all") + f'url = "{keeper.url}"\n', encoding="utf-8"
    )
    declared(conn, tmp_path)
    assert dnc_lists.stale(conn, "duty", NOW) == ("industry",)
    assert bring(conn, tmp_path) == Refreshed("industry", True, 3, 3, 3)
    assert [entry.purpose for entry in dnc.entries(conn, ALL[0], "")] == ["all"]


def test_lists_are_looked_at_four_times_within_their_age_and_every_minute_when_it_presses(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper
) -> None:
    configured(tmp_path, f'url = "{keeper.url}"\n')
    declared(conn, tmp_path)
    assert is_due(known(conn), NOW)
    bring(conn, tmp_path)
    assert [is_due(known(conn), later(hours=hours)) for hours in (8.9, 9)] == [False, True]
    keeper.faults = [404]
    bring(conn, tmp_path, later(hours=9))
    assert [is_due(known(conn), later(hours=9, seconds=s)) for s in (59, 60)] == [False, True]


def test_the_dialer_keeps_lists_fresh_beside_its_calls(
    conn: sqlite3.Connection, tmp_path: Path, keeper: Keeper
) -> None:
    configured(tmp_path, f'url = "{keeper.url}"\n')
    with kept_fresh(tmp_path / "huifang.db", tmp_path, FastClock(1.0, NOW, time.time())):
        deadline = time.monotonic() + 30
        while known(conn).fetched_at is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert in_force(conn) == ALL


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "either a file or a url"),
        ('file = "a"\nurl = "https://x"\n', "either a file or a url"),
        ('url = "ftp://x"\n', "url: must be like https"),
        ('url = "http://keeper.example/a"\ntoken = "T"\n', "a token goes over https only"),
        ('file = "a"\nformat = "xls"\n', "format: must be one of csv"),
        ('file = "a"\nmax_agee = "1d"\n', "max_agee: is no key"),
        ('file = "a"\nscope = "world"\n', "scope: must be one of"),
        ("file = 7\n", "every value is a text"),
        (f'file = "a"\n{TOML}file = "b"\n', "is there twice"),
        ("nonsense", "cannot be read"),
    ],
)
def test_a_broken_configuration_is_named(tmp_path: Path, text: str, problem: str) -> None:
    configured(tmp_path, text)
    with pytest.raises(DncListError, match=problem):
        read_config(tmp_path / "dnc.toml")


def test_an_age_is_needed(tmp_path: Path) -> None:
    (tmp_path / "dnc.toml").write_text(
        '[[list]]\nname = "a"\nfile = "a"\npurpose = "all"\n', encoding="utf-8"
    )
    with pytest.raises(DncListError, match="max_age: '' is no span"):
        read_config(tmp_path / "dnc.toml")
