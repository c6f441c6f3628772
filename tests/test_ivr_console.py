"""The console's routes: who may look, read and act, and what each act leaves behind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ledger
from ivr.app import create_app
from ivr.clock import wall
from ledger import audit, campaigns, desks, transaction, waits
from tests.console_shift import NORTH, SOUTH, shift
from tests.edge import parts
from tests.people import token, visit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with campaigns of north (1) and south (2), calls: agent's (1), robot's (2), southern (3)."""
    path = tmp_path / "huifang.db"
    with shift(path) as one:
        one.begin()
        north, south = one.campaign("北", "robot", NORTH, 5, 0), one.campaign("南", "robot", SOUTH, 5, 0)
        one.talks(one.agents()[0], one.call(north, 0, told=3, minutes=2), 2)
        one.call(north, 1, told=1, minutes=1)
        one.call(south, 2, told=1, minutes=1)
    return path


@pytest.fixture
def app(path: Path) -> Iterator[Flask]:
    """The web application over that ledger."""
    with closing(ledger.Writer(path)) as writer, closing(parts(path, writer, wall())) as edge:
        yield create_app(edge)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody at a browser."""
    return app.test_client()


@pytest.fixture
def conn(path: Path) -> Iterator[sqlite3.Connection]:
    """Another look at the ledger."""
    with closing(ledger.connect(path)) as conn:
        yield conn


def north(client: FlaskClient, path: Path, role: str = "supervisor") -> None:
    """Sign in somebody of the north."""
    visit(client, path, role, unit_id=NORTH)


def post(client: FlaskClient, url: str, data: object = None) -> TestResponse:
    """What the page sends."""
    return client.post(url, json=data or {}, headers={"X-CSRF-Token": token(client, "/console")})


def acts(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """The audit, oldest first."""
    return [(one.action, one.subject) for one in reversed(audit.listing(conn, audit.Wanted(), limit=50))]


def told(conn: sqlite3.Connection, call_id: int) -> list[str]:
    """The events of a call."""
    return [
        kind for (kind,) in conn.execute("select kind from events where call_id = ? order by id", (call_id,))
    ]


def test_the_board_has_the_units_own_calls_and_nothing_private(client: FlaskClient, path: Path) -> None:
    north(client, path)
    text = client.get("/console/now").text
    rows = json.loads(text)["rows"]
    assert set(rows["calls"]) == {"1", "2"}
    assert rows["calls"]["1"]["name"] == "王女士"
    assert "P2026110110000002" not in text
    assert "王小明" not in text
    assert "13800000" not in text


def test_a_call_shows_its_step_in_words_without_values(client: FlaskClient, path: Path) -> None:
    north(client, path)
    call: Any = json.loads(client.get("/console/now").text)["rows"]["calls"]["2"]
    assert call["words"]
    assert "{" not in call["words"]
    assert (call["told"], call["performer"]) == (1, "robot")
    assert call["of"] > 5


def test_reading_a_call_is_one_row_of_the_audit_each_time(
    client: FlaskClient, path: Path, conn: sqlite3.Connection
) -> None:
    north(client, path, "quality")
    for _ in range(2):
        lines = client.get("/console/calls/1").get_json()["lines"]
        assert lines[0].startswith("call 1 · outbound")
    assert acts(conn) == [("call.read", "call:1")] * 2


def test_a_call_of_another_unit_is_not_read(
    client: FlaskClient, path: Path, conn: sqlite3.Connection
) -> None:
    north(client, path)
    assert client.get("/console/calls/3").status_code == 404
    assert client.get("/console/calls/99").status_code == 404
    assert acts(conn) == []


@pytest.mark.parametrize(
    ("role", "look", "read", "act"),
    [
        ("agent", 403, 403, 403),
        ("supervisor", 200, 200, 200),
        ("quality", 200, 200, 403),
        ("compliance", 200, 200, 403),
        ("admin", 200, 403, 403),
    ],
)
def test_who_may_look_read_and_act(
    client: FlaskClient, path: Path, role: str, look: int, read: int, act: int
) -> None:
    north(client, path, role)
    assert client.get("/console", headers={"Accept": "application/json"}).status_code == look
    assert client.get("/console/now").status_code == look
    assert client.get("/console/calls/1").status_code == read
    page = "/console" if look == 200 else "/account"
    sent = {"X-CSRF-Token": token(client, page)}
    assert client.post("/console/calls/1/end", json={}, headers=sent).status_code == act


def test_ending_a_call_is_an_event_and_a_row_of_the_audit(
    client: FlaskClient, path: Path, conn: sqlite3.Connection
) -> None:
    north(client, path)
    assert post(client, "/console/calls/2/end").status_code == 200
    assert "ended_by_supervisor" in told(conn, 2)
    assert acts(conn) == [("call.end", "call:2")]


def test_a_robots_customer_is_sent_to_a_person_before_all_others(
    client: FlaskClient, path: Path, conn: sqlite3.Connection
) -> None:
    north(client, path)
    assert post(client, "/console/calls/2/human").status_code == 200
    place = waits.place(conn, 2)
    assert place is not None
    assert place.ahead == 0
    assert told(conn, 2)[:2] == ["sent_to_person", "waiting"]
    assert acts(conn) == [("call.to_person", "call:2")]


@pytest.mark.parametrize(
    ("url", "data", "code"),
    [
        ("/console/calls/1/human", None, "no_robot"),
        ("/console/calls/3/end", None, "no_call"),
        ("/console/calls/99/end", None, "no_call"),
        ("/console/campaigns/2/pause", None, "no_campaign"),
        ("/console/campaigns/1/start", None, "campaign_moved"),
        ("/console/listen", {"call_id": 2, "mode": "listen"}, "nobody_talks"),
        ("/console/listen", {"call_id": 1, "mode": "shout"}, "no_such_mode"),
        ("/console/listen", {"call_id": 3, "mode": "listen"}, "no_call"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words_and_leaves_nothing(
    client: FlaskClient, path: Path, conn: sqlite3.Connection, url: str, data: object, code: str
) -> None:
    north(client, path)
    answer = post(client, url, data)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, code)
    assert answer.get_json()["error"]["message"] not in ("", "系统出错了，错误已经记下。请稍后再试。")
    assert acts(conn) == []


def test_nobody_is_sent_to_a_person_twice(client: FlaskClient, path: Path) -> None:
    north(client, path)
    post(client, "/console/calls/2/human")
    assert post(client, "/console/calls/2/human").get_json()["error"]["code"] == "waits_already"


def test_a_campaign_is_paused_and_started(client: FlaskClient, path: Path, conn: sqlite3.Connection) -> None:
    north(client, path)
    for how, status in (("pause", "paused"), ("start", "running")):
        assert post(client, f"/console/campaigns/1/{how}").status_code == 200
        assert campaigns.get(conn, 1).status == status  # type: ignore[union-attr]
    assert acts(conn) == [("campaign.pause", "campaign:1"), ("campaign.start", "campaign:1")]


def test_listening_is_noted_before_the_line_is_there(
    client: FlaskClient, path: Path, conn: sqlite3.Connection
) -> None:
    north(client, path)
    noted = post(client, "/console/listen", {"call_id": 1, "mode": "whisper"}).get_json()
    assert noted == {"desk": desks.of_call(conn, 1).user_id, "mode": "whisper", "joined": False}  # type: ignore[union-attr]
    assert told(conn, 1)[-1] == "supervised"
    assert acts(conn) == [("call.whisper", "call:1")]


def test_a_carrier_that_cannot_be_reached_makes_the_page_call_anew(
    client: FlaskClient, path: Path, conn: sqlite3.Connection
) -> None:
    north(client, path)
    first = post(client, "/console/listen", {"call_id": 1, "mode": "listen"}).get_json()
    with transaction(conn):
        ledger.listens.joined(conn, people_named(conn, "supervisor"), "CA" + "9" * 32)
    assert first["joined"] is False
    assert post(client, "/console/listen", {"call_id": 1, "mode": "step_in"}).get_json()["joined"] is False


def people_named(conn: sqlite3.Connection, name: str) -> int:
    """The id of a person."""
    row: tuple[int] = conn.execute("select id from users where name = ?", (name,)).fetchone()
    return row[0]


@pytest.mark.parametrize("data", [{"call_id": "1", "mode": "listen"}, {"call_id": 1}, {"mode": "listen"}])
def test_a_wish_that_makes_no_sense_is_a_bad_request(client: FlaskClient, path: Path, data: object) -> None:
    north(client, path)
    assert post(client, "/console/listen", data).status_code == 400


def test_a_page_of_a_reader_has_no_buttons_to_act(client: FlaskClient, path: Path) -> None:
    north(client, path, "quality")
    page = client.get("/console").text
    assert 'data-acts="false"' in page
    assert 'data-reads="true"' in page


def test_who_belongs_to_no_unit_sees_nothing(client: FlaskClient, path: Path) -> None:
    visit(client, path, "supervisor", unit_id=None)
    rows = json.loads(client.get("/console/now").text)["rows"]
    assert not any(rows[section] for section in ("agents", "calls", "queue", "campaigns"))
