"""The HTTP API: who may ask, what it answers, and that a request said twice is done once."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ivr.api import lists as api_lists
from ivr.api.operations import Operation
from ivr.api.routes import PARTS
from ivr.campaigning import errand
from ivr.command.office import office
from ivr.home import Home
from ivr.intake import taking
from ivr.intake.working import Workshop
from ivr.people.rights import BEARER, allowed_at
from ivr.people.session import WATCH
from ledger import audit, tokens, transaction
from ledger.tokens import SCOPES
from tests.api_client import System, at_hand, issue
from tests.conftest import LIST
from tests.people import visit

ROWS = LIST.read_bytes().splitlines(keepends=True)
OTHER = b"".join([ROWS[0], *ROWS[13:18]])


@pytest.fixture
def core(client: FlaskClient, ledger_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    monkeypatch.setattr(errand, "run", at_hand)
    return System(client, issue(ledger_path))


@pytest.fixture
def work(home: Home, conn: sqlite3.Connection) -> Callable[[], bool]:
    """Work one file of the queue, as `huifang watch` does."""
    return Workshop(office(), conn, Event()).step


def operations() -> list[Operation]:
    return [asked for part in PARTS for asked in part.operations.values()]


def test_without_a_valid_token_nothing_is_answered_but_the_description(
    client: FlaskClient, ledger_path: Path
) -> None:
    token = issue(ledger_path)
    for header in (
        "",
        "Bearer",
        f"Basic {token}",
        f"Bearer {token[:-1]}",
        f"bearer{token}",
        "Bearer hf_9_" + "x" * 43,
    ):
        answer = client.get("/api/v1/health", headers={"Authorization": header})
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/api/v1/openapi.json").status_code == 200


def test_a_cookie_opens_no_view_of_the_api_and_a_token_no_page(
    client: FlaskClient, core: System, ledger_path: Path
) -> None:
    assert client.get("/console", headers=core.headers()).status_code in (303, 401)
    visit(client, ledger_path, "admin")
    assert client.get("/console").status_code == 200
    assert client.get("/api/v1/campaigns").status_code == 401


def test_every_view_of_the_api_is_opened_by_a_token_and_by_no_role(edge_app: Flask) -> None:
    ours = [rule.endpoint for rule in edge_app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    assert {allowed_at(edge_app, one) for one in ours if one != "api.described"} == {frozenset({BEARER})}


def test_a_token_does_only_what_its_scopes_say(client: FlaskClient, ledger_path: Path) -> None:
    systems = {scope: System(client, issue(ledger_path, scope, name=scope)) for scope in SCOPES}
    for asked in operations():
        if not asked.scopes:
            continue
        for scope, system in systems.items():
            answer = client.open(
                f"/api/v1{_filled(asked.path)}", method=asked.method, headers=system.headers()
            )
            assert (answer.status_code == 403) is (scope not in asked.scopes), (scope, asked.path)


def _filled(path: str) -> str:
    return re.sub(r"<[^>]*any\((\w+)[^>]*>", r"\1", re.sub(r"<(?!any)[^>]+>", "999", path))


def test_a_revoked_or_expired_token_is_none(
    client: FlaskClient, core: System, conn: sqlite3.Connection
) -> None:
    assert core.get("/health").status_code == 200
    with transaction(conn):
        secret = "s" * 43
        ended = tokens.add(conn, "old", secret, SCOPES, WATCH.now(), expires_at=WATCH.now() - timedelta(1))
        tokens.revoke(conn, 1, WATCH.now())
    assert core.get("/health").status_code == 401
    assert System(client, f"hf_{ended}_{secret}").get("/health").status_code == 401


def test_wrong_tokens_are_counted_by_address_and_a_right_one_is_still_let_in(
    client: FlaskClient, core: System
) -> None:
    wrong = System(client, "hf_1_" + "x" * 43)
    answers = [wrong.get("/health").status_code for _ in range(12)]
    assert (answers[0], answers[-1]) == (401, 429)
    assert int(wrong.get("/health").headers["Retry-After"]) > 0
    assert core.get("/health").status_code == 200


def test_the_ledger_has_no_token_and_the_log_neither(
    core: System, conn: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        core.get("/health")
    secret = core.token.split("_", 2)[2]
    assert secret not in caplog.text
    assert secret not in "\n".join(conn.iterdump())


def test_the_last_use_of_a_token_is_known(core: System, conn: sqlite3.Connection) -> None:
    core.get("/health")
    (token,) = tokens.listing(conn)
    assert token.last_used_at is not None


def test_a_list_is_sent_asked_for_and_read(core: System, work: Callable[[], bool]) -> None:
    answer = core.send(OTHER + ROWS[13], kind="new_policy", name="monday.csv")
    assert (answer.status_code, answer.json["status"]) == (202, "waiting")
    assert work()
    state = core.get(answer.headers["Location"].removeprefix("/api/v1")).json
    assert (state["status"], state["rows"], state["accepted"], state["refused"]) == ("imported", 6, 5, 1)
    listed = core.get(f"/lists/{state['list_id']}").json
    assert (listed["name"], listed["accepted"]) == ("monday.csv", 5)
    (refused,) = core.get(f"/lists/{state['list_id']}/refused").json["items"]
    assert (refused["row"], refused["code"]) == (7, "duplicate")


def test_the_same_file_is_the_same_import(core: System, work: Callable[[], bool]) -> None:
    first = core.send(OTHER, kind="new_policy")
    work()
    second = core.send(OTHER, kind="new_policy")
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json["id"] == second.json["id"]
    assert len(core.get("/lists").json["items"]) == 2


def test_a_file_above_the_limit_is_refused_before_it_is_read(
    core: System, monkeypatch: pytest.MonkeyPatch, home: Home
) -> None:
    monkeypatch.setattr(taking, "LARGEST", 100)
    answer = core.send(OTHER, kind="new_policy")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert not any(path.is_file() for path in (home.root / "inbox").rglob("*"))


def test_more_uploads_than_threads_can_be_spared_are_told_to_wait(core: System) -> None:
    for _ in range(4):
        api_lists.UPLOADS.acquire()
    try:
        answer = core.send(OTHER, kind="new_policy")
    finally:
        api_lists.UPLOADS.release(4)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_refusal_names_field_code_and_words_in_both_languages(core: System) -> None:
    answer = core.post("/campaigns", {"name": "", "list_id": "1", "colour": "red"})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    told = {one["field"]: one["code"] for one in answer.json["errors"]}
    assert told == {"/name": "too_short", "/list_id": "invalid", "/colour": "unknown"}
    assert all(one["message"]["zh"] and one["message"]["en"] for one in answer.json["errors"])
    assert core.send(OTHER, kind="nothing").json["errors"][0]["field"] == "kind"
    assert core.get("/campaigns", limit="0").json["errors"][0]["code"] == "too_small"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("DELETE", "/campaigns", 405, "method_not_allowed"),
        ("GET", "/campaigns/99999999999999999999999", 404, "not_found"),
        ("GET", "/campaigns/99", 404, "not_found"),
        ("GET", "/imports/99", 404, "not_found"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_as_well(
    method: str, path: str, status: int, code: str, core: System
) -> None:
    answer = core.client.open(f"/api/v1{path}", method=method, headers=core.headers())
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_body_must_be_json_and_small(core: System) -> None:
    def posted(data: bytes, kind: str = "application/json") -> tuple[int, str]:
        answer = core.client.post("/api/v1/dnc", data=data, content_type=kind, headers=core.headers())
        return answer.status_code, answer.json["code"]

    assert posted(b"{") == (400, "not_json")
    assert posted(b"\xff") == (400, "not_json")
    assert posted(b"a=1", "application/x-www-form-urlencoded") == (415, "unsupported_media_type")
    assert posted(b" " * 300_000) == (413, "too_large")


def test_a_campaign_is_made_previewed_started_paused_and_stopped(core: System) -> None:
    made = core.post("/campaigns", {"name": "second", "list_id": 1})
    assert (made.status_code, made.json["status"]) == (201, "draft")
    path = made.headers["Location"].removeprefix("/api/v1")
    seen = core.get(f"{path}/preview").json
    assert seen["tasks"] == seen["called"] + sum(seen["skipped"].values()) > 0
    moves = [core.post(f"{path}/{how}").json["status"] for how in ("start", "pause", "resume", "stop")]
    assert moves == ["running", "paused", "running", "stopped"]
    assert core.post(f"{path}/start").json["code"] == "conflict"
    assert core.get(f"{path}/status").json["due"] == seen["tasks"]


def test_a_campaign_that_cannot_be_made_says_why(core: System) -> None:
    assert core.post("/campaigns", {"name": "新契约回访", "list_id": 1}).json["code"] == "conflict"
    answer = core.post("/campaigns", {"name": "other", "list_id": 1, "script": "no-such"}).json
    assert (answer["code"], "no-such" in answer["detail"]) == ("not_made", True)


def test_while_others_look_ahead_one_is_told_to_wait(core: System, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*arguments: str) -> None:
        raise errand.Refused("busy")

    monkeypatch.setattr(errand, "run", busy)
    answer = core.get("/campaigns/1/preview")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_who_is_left_out_and_what_is_alarming_can_be_read(core: System) -> None:
    assert core.get("/campaigns/1/excluded", of="sampled").json == {"items": [], "next": None}
    assert core.get("/campaigns/1/alarms").json == {"items": [], "next": None}


def test_a_number_is_forbidden_found_and_given_back(core: System) -> None:
    number = {"number": "138 1234 5678"}
    made = core.post("/dnc", number | {"reason": "asked"})
    assert (made.status_code, len(made.json["ids"])) == (201, 1)
    entry = made.json["ids"][0]
    assert core.post("/dnc/check", number).json["blocked"]
    revoked = core.post(f"/dnc/{entry}/revoke", {"reason": "a mistake"})
    assert revoked.status_code == 200
    again = core.post("/dnc/check", number).json
    assert (again["blocked"], len(again["entries"])) == (False, 1)
    assert core.post(f"/dnc/{entry}/revoke", {"reason": "a mistake"}).status_code == 404


def test_a_number_forbidden_by_api_forbids_its_customer_with_all_numbers(
    core: System, conn: sqlite3.Connection
) -> None:
    number, customer = conn.execute(
        "select n.number, c.customer_key from numbers n join contacts c on c.id = n.contact_id limit 1"
    ).fetchone()
    core.post("/dnc", {"number": f"+{number}"})
    forbidden = conn.execute("select number, customer_key from dnc").fetchall()
    assert {(number, None), (None, customer)} <= set(forbidden)


def test_a_number_that_is_none_is_refused_without_being_said_again(core: System) -> None:
    answer = core.post("/dnc", {"number": "12ab77"})
    assert answer.json["errors"][0] | {"message": ""} == {
        "field": "/number",
        "code": "phone_invalid",
        "message": "",
    }
    assert "12ab77" not in answer.text


def test_a_surrendered_policy_is_called_no_more_and_the_news_said_again_changes_nothing(
    core: System, conn: sqlite3.Connection
) -> None:
    policy = conn.execute("select policy_no from contacts order by id limit 1").fetchone()[0]
    first = core.post(f"/policies/{policy}/state", {"state": "surrendered"}).json
    second = core.post(f"/policies/{policy}/state", {"state": "surrendered"}).json
    assert (first["new"], first["tasks"], second["new"]) == (True, 1, False)
    (result,) = core.get("/results").json["items"]
    assert (result["policy_no"], result["status"], result["reason"]) == (policy, "cancelled", "surrendered")


def test_results_are_read_on_from_the_cursor(core: System, conn: sqlite3.Connection) -> None:
    policies = [row[0] for row in conn.execute("select policy_no from contacts order by id limit 3")]
    for policy in policies:
        core.post(f"/policies/{policy}/state", {"state": "withdrawn"})
    first = core.get("/results", limit=2).json
    rest = core.get("/results", after=first["next"]).json
    assert [one["policy_no"] for one in first["items"] + rest["items"]] == policies
    assert core.get("/results", after=rest["next"]).json == {"items": [], "next": rest["next"]}
    assert core.get("/results", campaign_id=9).json["items"] == []


def test_a_request_with_a_key_is_done_once_and_answered_twice(core: System) -> None:
    first = core.post("/dnc", {"number": "13812345678"}, key="k1")
    again = core.post("/dnc", {"number": "13812345678"}, key="k1")
    assert (first.status_code, again.status_code, first.data) == (201, 201, again.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(core.post("/dnc/check", {"number": "13812345678"}).json["entries"]) == 1
    other = core.post("/dnc", {"number": "13812345679"}, key="k1")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


def test_a_key_whose_request_was_refused_can_be_used_again(core: System) -> None:
    assert core.post("/dnc", {"number": "nobody"}, key="k2").status_code == 422
    assert core.post("/dnc", {"number": "nobody"}, key="k2").status_code == 422
    assert core.post("/dnc", {"number": "13812345678"}, key="k2").status_code == 201


def test_a_request_that_is_being_worked_is_not_begun_again_until_it_was_abandoned(
    core: System, conn: sqlite3.Connection
) -> None:
    with transaction(conn):
        assert tokens.reserve(conn, 1, "k3", "r", WATCH.now()) is None
        assert tokens.reserve(conn, 1, "k3", "r", WATCH.now()) is not None
        assert tokens.reserve(conn, 1, "k3", "r", WATCH.now() + timedelta(minutes=6)) is None
    assert core.post("/campaigns/1/pause", key="k3").json["code"] == "key_reused"


def test_what_a_system_does_is_noted_under_its_name(core: System, conn: sqlite3.Connection) -> None:
    core.post("/dnc", {"number": "13812345678"})
    core.post("/campaigns/1/pause")
    noted = [(one.user, one.action, one.subject) for one in audit.listing(conn, audit.Wanted(), limit=10)]
    assert noted == [("token:core", "campaign.pause", "campaign:1"), ("token:core", "dnc_added", "dnc:1")]


def test_the_description_names_every_operation_with_its_refusals(client: FlaskClient) -> None:
    told = client.get("/api/v1/openapi.json").json
    assert told["openapi"] == "3.1.0"
    assert sum(len(item) for item in told["paths"].values()) == len(operations())
    create = told["paths"]["/api/v1/campaigns"]["post"]
    assert set(create["responses"]) == {
        "201",
        "400",
        "401",
        "403",
        "409",
        "413",
        "415",
        "422",
        "429",
        "500",
        "503",
    }
    assert "$ref" in json.dumps(create["requestBody"])
