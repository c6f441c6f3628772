"""The pages of lists: a file is stored and queued, imported elsewhere, and its rows are told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ledger
from ivr.app import create_app
from ivr.campaigning import uploads
from ivr.clock import wall
from ivr.command.office import office
from ivr.home import Home
from ivr.intake.places import inbox
from ivr.intake.working import Workshop
from tests.conftest import LIST
from tests.edge import parts
from tests.people import token, visit

ROWS = LIST.read_bytes().splitlines(keepends=True)
OTHER = b"".join([ROWS[0], *ROWS[13:18], ROWS[13]])
"""A list that was not imported before; its last row repeats its first."""
OLD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(99)
"""How XLS workbooks begin."""


@pytest.fixture
def app(ledger_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setenv("HUIFANG_CLOCK", "2026-11-23T09:00:00+08:00")
    with closing(ledger.Writer(ledger_path)) as writer, closing(parts(ledger_path, writer, wall())) as edge:
        object.__setattr__(edge.settings, "home", home.root)
        yield create_app(edge)


@pytest.fixture
def client(app: Flask, ledger_path: Path) -> FlaskClient:
    """A supervisor at a browser."""
    client = app.test_client()
    visit(client, ledger_path, "supervisor")
    return client


def send(client: FlaskClient, data: bytes, name: str = "other.csv", kind: str = "new_policy") -> TestResponse:
    headers = {"X-CSRF-Token": token(client, "/lists"), "Content-Type": "application/octet-stream"}
    return client.post("/lists/files", query_string={"kind": kind, "name": name}, data=data, headers=headers)


def work(conn: sqlite3.Connection, home: Home) -> None:
    """What the process beside the web process does."""
    inbox(home).make()
    assert Workshop(office(), conn, Event()).step()


def test_a_file_waits_and_its_rows_are_told_when_it_is_imported(
    client: FlaskClient, conn: sqlite3.Connection, home: Home
) -> None:
    told = send(client, OTHER).get_json()
    assert (told["status"], told["list"]) == ("waiting", "")
    assert send(client, OTHER).get_json()["id"] == told["id"]
    work(conn, home)
    done = client.get(f"/lists/files/{told['id']}").get_json()
    assert (done["status"], done["rows"]) == ("imported", 6)
    page = client.get(done["list"].removeprefix("/huifang")).text
    assert "与第2行完全相同" in page
    assert "duplicate" in page


def test_an_unknown_header_is_mapped_once_and_the_file_goes_on(
    client: FlaskClient, conn: sqlite3.Connection, home: Home
) -> None:
    text = OTHER.decode("gb18030").replace("保单号", "奇怪的号", 1)
    told = send(client, text.encode()).get_json()
    work(conn, home)
    files = f"/lists/files/{told['id']}"
    assert client.get(files).get_json()["status"] == "failed"
    lacking = client.get(f"{files}/headers").get_json()
    assert lacking == {"unknown": ["奇怪的号"], "missing": [["policy_no", "保单号"]]}
    sent = client.post(
        f"{files}/mapping", json={"policy_no": "奇怪的号"}, headers={"X-CSRF-Token": token(client, "/lists")}
    )
    assert sent.get_json()["status"] == "waiting"
    work(conn, home)
    assert client.get(files).get_json()["status"] == "imported"


def test_what_is_wrong_with_a_file_is_told_in_the_words_of_the_page(
    client: FlaskClient, conn: sqlite3.Connection, home: Home
) -> None:
    for content, said in (
        (OLD, "旧格式"),
        (ROWS[0].replace("保单号".encode("gb18030"), b"?"), "：保单号。"),
    ):
        told = send(client, content).get_json()
        work(conn, home)
        failed = client.get(f"/lists/files/{told['id']}").get_json()
        assert said in failed["problem"]
        assert failed["maps"] is (content != OLD)


def test_a_file_of_another_kind_after_all_is_not_told_as_failed(
    client: FlaskClient, conn: sqlite3.Connection, home: Home
) -> None:
    send(client, OTHER, kind="claims_settled", name="mixed-up.csv")
    work(conn, home)
    assert "mixed-up.csv" in client.get("/lists").text
    told = send(client, OTHER, name="right.csv").get_json()
    work(conn, home)
    assert "mixed-up.csv" not in client.get("/lists").text
    first, again = client.get(f"/lists/files/{told['id']}"), send(client, OTHER, name="again.csv")
    pages = [client.get(one.get_json()["list"].removeprefix("/huifang")).text for one in (first, again)]
    assert ["以前导入过" in page for page in pages] == [False, True]


def test_a_file_larger_than_a_form_is_taken_and_other_pages_take_no_more_than_one(
    client: FlaskClient,
) -> None:
    assert send(client, ROWS[0] + b"x" * 300_000).status_code == 200
    headers = {"X-CSRF-Token": token(client, "/lists"), "Content-Type": "application/octet-stream"}
    assert client.post("/campaigns/1/share", data=b"x" * 300_000, headers=headers).status_code == 413


def test_a_file_without_our_token_or_kind_is_not_stored(client: FlaskClient, home: Home) -> None:
    query = {"kind": "new_policy", "name": "a.csv"}
    assert client.post("/lists/files", query_string=query, data=OTHER).status_code == 400
    refused = send(client, OTHER, kind="../../etc")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "choose_kind")
    assert not (home.root / "inbox" / "waiting").exists()


def test_a_name_leads_nowhere(client: FlaskClient, conn: sqlite3.Connection, home: Home) -> None:
    told = send(client, OTHER, name="../../../tmp/<b>x</b>.csv").get_json()
    assert (told["name"], told["status"]) == ("b_.csv", "waiting")
    path = Path(conn.execute("select path from intakes").fetchone()[0])
    assert path.is_relative_to(home.root / "inbox" / "waiting")


def test_uploads_leave_threads_to_the_carrier(client: FlaskClient) -> None:
    for _ in range(4):
        assert uploads.AT_ONCE.acquire(blocking=False)
    try:
        refused = send(client, OTHER)
    finally:
        uploads.AT_ONCE.release(4)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "too_many")
