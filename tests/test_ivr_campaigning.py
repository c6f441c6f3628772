"""The pages of campaigns: who sees and does what, and every decision of the gate with its reason."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ledger
from dialer.gate import Rules, decide
from dialer.profile import load_profile
from ivr.app import create_app
from ivr.campaigning import ordering
from ivr.campaigning.ordering import Wrong
from ivr.clock import Clock
from ivr.demo import COMPANY
from ledger import audit, campaigns, selection, transaction
from ledger.audit import Wanted
from ledger.claims import Terms, claim
from ledger.selection import Exclusion
from tests.conftest import MORNING
from tests.edge import parts
from tests.people import token, visit


@pytest.fixture
def app(ledger_path: Path) -> Iterator[Flask]:
    clock = Clock(MORNING, 1.0, time.time())
    with closing(ledger.Writer(ledger_path)) as writer, closing(parts(ledger_path, writer, clock)) as edge:
        yield create_app(edge)


@pytest.fixture
def client(app: Flask, ledger_path: Path) -> FlaskClient:
    """A supervisor at a browser."""
    client = app.test_client()
    visit(client, ledger_path, "supervisor")
    return client


def send(client: FlaskClient, path: str, **body: object) -> TestResponse:
    return client.post(path, json=body, headers={"X-CSRF-Token": token(client, "/campaigns")})


def now(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/campaigns/1/now").get_json()
    return found


def status(conn: sqlite3.Connection) -> str:
    found = campaigns.get(conn, 1)
    assert found
    return found.status


def test_a_campaign_is_paused_resumed_and_stopped_with_its_reason(
    client: FlaskClient, conn: sqlite3.Connection
) -> None:
    for how, becomes in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert send(client, f"/campaigns/1/{how}", reason="改期").status_code == 200
        assert status(conn) == becomes
    assert now(client)["stop_reason"] == "改期"
    noted = [entry.action for entry in audit.listing(conn, Wanted(), limit=9)]
    assert {"campaign.pause", "campaign.resume", "campaign.stop"} <= set(noted)
    refused = send(client, "/campaigns/1/start")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "is_over")


def test_stopping_without_a_reason_is_refused(client: FlaskClient, conn: sqlite3.Connection) -> None:
    refused = send(client, "/campaigns/1/stop", reason=" ")
    assert (refused.status_code, refused.get_json()["error"]["message"]) == (409, "请填写停止的原因。")
    assert status(conn) == "running"


def test_the_page_says_that_nobody_dials_and_that_the_script_is_not_in_force(
    client: FlaskClient, conn: sqlite3.Connection, ledger_path: Path
) -> None:
    assert [code for code, _ in now(client)["troubles"]] == ["not_dialing"]
    Path(f"{ledger_path}.dialing").touch()
    assert now(client)["troubles"] == []
    conn.execute("update scripts set status = 'retired'")
    assert [code for code, _ in now(client)["troubles"]] == ["script_not_in_force"]


def test_the_page_says_that_the_core_system_does_not_answer(
    client: FlaskClient, conn: sqlite3.Connection, ledger_path: Path
) -> None:
    Path(f"{ledger_path}.dialing").touch()
    unsure = "update tasks set outcome = 'NOT_COMPLETED', outcome_reason = 'policy_unknown', attempts = 1"
    conn.execute(f"{unsure} where id in (select id from tasks where status = 'ready' limit 2)")
    assert now(client)["troubles"] == []
    conn.execute(f"{unsure} where id in (select id from tasks where status = 'ready' limit 3)")
    assert now(client)["troubles"] == [["policy_unknown", "3"]]


def test_figures_count_what_is_due_and_what_is_left_out(
    client: FlaskClient, conn: sqlite3.Connection
) -> None:
    before = now(client)["sums"]
    with transaction(conn):
        policy_no = conn.execute("select policy_no from contacts").fetchone()[0]
        selection.exclude(conn, 1, policy_no, Exclusion(0, "done_before", "CB-1", "A-1", "x"), MORNING)
    seen = now(client)
    assert (seen["sums"]["due"], seen["sums"]["left_out"]) == (before["due"] - 1, 1)
    assert seen["left_out"] == {"done_before": 1}


def test_every_decision_of_a_task_is_shown_with_rule_version_and_until_when(
    client: FlaskClient, conn: sqlite3.Connection
) -> None:
    night = MORNING + timedelta(hours=13)
    rules = Rules(load_profile("cn_life"), "duty", COMPANY.numbers[0], frozenset(COMPANY.numbers))
    gate = partial(decide, rules=rules, now=night)
    claim(conn, Terms(1, night, night.date(), gate, COMPANY.numbers[0]), 1)
    task_id = conn.execute("select task_id from gate_decisions where verdict = 'defer'").fetchone()[0]
    page = client.get(f"/campaigns/1/tasks/{task_id}").text
    assert "不在拨打时段" in page
    assert "2026-11-24 09:00:00" in page
    assert rules.version in page


def test_a_task_shows_no_number_and_no_given_name(client: FlaskClient, conn: sqlite3.Connection) -> None:
    facts, number = conn.execute(
        "select k.facts, n.number from tasks t join contacts k on k.id = t.contact_id"
        " join numbers n on n.contact_id = k.id where t.id = 1"
    ).fetchone()
    page = client.get("/campaigns/1/tasks/1").text
    assert json.loads(facts)["holder"] not in page
    assert str(number).removeprefix("86") not in page
    assert f"****{number % 10000:04}" in page
    assert any(entry.action == "task_read" for entry in audit.listing(conn, Wanted(), limit=9))


def test_a_policy_leads_to_its_task_and_a_left_out_one_to_the_rule(
    client: FlaskClient, conn: sqlite3.Connection
) -> None:
    first = conn.execute("select policy_no from contacts order by id").fetchone()[0]
    assert client.get(f"/campaigns/1/tasks?policy={first}").location.endswith("/campaigns/1/tasks/1")
    assert "没有这个号码" in client.get("/campaigns/1/tasks?policy=nobody").text


def test_another_units_campaign_is_not_there(client: FlaskClient, conn: sqlite3.Connection) -> None:
    conn.execute("insert into units (id, name) values (1, '北'), (2, '南')")
    conn.execute("update users set unit_id = 1")
    conn.execute("update campaigns set unit_id = 2")
    for path in ("", "/now", "/tasks", "/tasks/1", "/preview"):
        assert client.get(f"/campaigns/1{path}").status_code == 404
    assert send(client, "/campaigns/1/pause").status_code == 404


def test_priority_and_caps_are_set_while_it_runs(client: FlaskClient, conn: sqlite3.Connection) -> None:
    assert (
        send(client, "/campaigns/1/share", priority="5", max_lines="3", max_per_second="").status_code == 200
    )
    found = campaigns.get(conn, 1)
    assert found
    assert (found.priority, found.max_lines, found.max_per_second) == (5, 3, None)
    assert send(client, "/campaigns/1/share", priority="6").status_code == 409


def test_a_campaign_is_made_and_foreseen_by_a_process_of_its_own(
    client: FlaskClient, conn: sqlite3.Connection
) -> None:
    form = {"name": "--再回访", "list": "1", "mode": "robot", "priority": "4", "max_lines": "2"}
    answer = client.post("/campaigns/new", data=form | {"csrf_token": token(client, "/campaigns/new")})
    assert answer.status_code == 303
    assert answer.location.endswith("/campaigns/2")
    made = campaigns.get(conn, 2)
    assert made
    assert (made.name, made.status, made.priority, made.max_lines) == ("--再回访", "draft", 4, 2)
    seen = client.get("/campaigns/2/preview").get_json()
    assert seen["called"] == seen["tasks"] - sum(seen["skipped"].values())


def test_what_the_command_refuses_is_told_in_the_words_of_the_page(
    client: FlaskClient, conn: sqlite3.Connection
) -> None:
    name = conn.execute("select name from campaigns").fetchone()[0]
    form = {"name": name, "list": "1", "csrf_token": token(client, "/campaigns/new")}
    refused = client.post("/campaigns/new", data=form)
    assert refused.status_code == 409
    assert f"已经有任务叫“{name}”" in refused.text


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"list": "1"}, "campaigns.no_name"),
        ({"name": "x" * 81, "list": "1"}, "campaigns.no_name"),
        ({"name": "x", "list": "1;"}, "campaigns.no_list"),
        ({"name": "x", "list": "1", "max_lines": "0"}, "campaigns.no_number"),
        ({"name": "x", "list": "1", "max_per_second": "nan"}, "campaigns.no_number"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(form: dict[str, str], key: str) -> None:
    with pytest.raises(Wrong, match=key):
        ordering.command(form, None)


def test_who_belongs_to_a_unit_makes_campaigns_of_a_unit(client: FlaskClient) -> None:
    with pytest.raises(Wrong, match=r"campaigns\.no_unit"):
        ordering.command({"name": "x", "list": "1"}, frozenset({1}))
