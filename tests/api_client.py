"""Another system at the API: a token of its own, and requests with it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ledger
from ivr.api.bearer import spell
from ivr.campaigning.errand import Refused
from ivr.cli import huifang
from ivr.people.session import WATCH
from ledger import tokens, transaction
from ledger.tokens import SCOPES


def issue(path: Path, *scopes: str, name: str = "core") -> str:
    """A new token with these scopes; with all of them where none is named."""
    secret = secrets.token_urlsafe(32)
    with closing(ledger.connect(path)) as conn, transaction(conn):
        return spell(tokens.add(conn, name, secret, scopes or SCOPES, WATCH.now()), secret)


def at_hand(*arguments: str) -> Mapping[str, Any]:
    """The same command as in a process of its own, without the second that starting one takes."""
    result = CliRunner().invoke(huifang, arguments)
    if result.exception:
        raise Refused("refused", str(result.exception))
    found: Mapping[str, Any] = json.loads(result.stdout)
    return found


@dataclass(frozen=True)
class System:
    """Sends requests with a token."""

    client: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers())

    def post(self, path: str, body: object = None, *, key: str = "") -> TestResponse:
        headers = self.headers() | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def send(self, content: bytes, **query: str) -> TestResponse:
        """Upload a file."""
        return self.client.post("/api/v1/lists", data=content, query_string=query, headers=self.headers())

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
