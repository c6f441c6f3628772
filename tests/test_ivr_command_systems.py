"""`huifang tokens` and `huifang webhooks`: what an operator types for other systems."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from ivr.cli import huifang
from ledger import audit, campaigns, outbox, transaction
from tests.api_client import System

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
EVERYTHING = ("campaign_done",)


def typed(*words: str) -> Result:
    return CliRunner().invoke(huifang, words)


@pytest.fixture
def dead(conn: sqlite3.Connection, ledger_path: Path) -> int:
    """A message that was given up."""
    outbox.address(conn, "core", EVERYTHING, NOW, 10)
    with transaction(conn):
        campaigns.set_status(conn, 1, "stopped", NOW)
    outbox.address(conn, "core", EVERYTHING, NOW, 10)
    (waiting,) = outbox.due(conn, "core", NOW, 10)
    with transaction(conn):
        outbox.dead(conn, waiting.delivery_id, "503", NOW)
    return waiting.delivery_id


def test_a_token_is_printed_once_and_opens_the_api_until_it_is_revoked(
    client: FlaskClient, conn: sqlite3.Connection
) -> None:
    core = System(client, typed("tokens", "add", "core", "--scope", "results:read").stdout.strip())
    assert core.get("/results").status_code == 200
    (shown,) = json.loads(typed("tokens", "list", "--json").stdout)
    assert (shown["name"], shown["scopes"]) == ("core", "results:read")
    assert core.token.split("_")[-1] not in str(shown)
    assert typed("tokens", "revoke", "core").exit_code == 0
    assert core.get("/results").status_code == 401
    noted = [one.action for one in audit.listing(conn, audit.Wanted(user="command"), limit=9)]
    assert noted == ["token_revoked", "token_added"]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "core"),
        ("add", "core", "--scope", "everything"),
        ("add", "core", "--scope", "results:read", "--until", "2020-01-01"),
        ("revoke", "nobody"),
    ],
)
def test_a_token_without_scope_or_future_is_not_made(words: tuple[str, ...], ledger_path: Path) -> None:
    assert typed("tokens", *words).exit_code != 0
    assert json.loads(typed("tokens", "list", "--json").stdout) == []


def test_two_tokens_in_force_have_two_names(ledger_path: Path) -> None:
    assert typed("tokens", "add", "core", "--scope", "results:read").exit_code == 0
    assert "there is one of this name" in str(
        typed("tokens", "add", "core", "--scope", "dnc:write").exception
    )
    typed("tokens", "revoke", "core")
    assert typed("tokens", "add", "core", "--scope", "dnc:write").exit_code == 0


def test_what_was_given_up_is_listed_and_sent_again(dead: int, conn: sqlite3.Connection) -> None:
    (shown,) = json.loads(typed("webhooks", "list", "--json").stdout)
    assert (shown["id"], shown["status"], shown["error"]) == (dead, "dead", "503")
    assert typed("webhooks", "retry", str(dead)).stdout == "1 to be sent again\n"
    assert typed("webhooks", "retry", str(dead)).exit_code != 0
    assert [one.delivery_id for one in outbox.due(conn, "core", datetime.now(UTC), 10)] == [dead]
