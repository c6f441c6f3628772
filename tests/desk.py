"""An agent's page without a browser: looks at the desk and posts what the page would post."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger import certificates, desks, transaction
from tests.conftest import MORNING
from tests.ledger_people import CERTIFIED
from tests.people import token, visit


@dataclass(slots=True)
class Page:
    """One agent's open page."""

    client: FlaskClient
    user_id: int
    csrf: str

    def now(self) -> dict[str, Any]:
        """The document of the desk."""
        answer = self.client.get("/desk/now", headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def post(self, path: str, **body: object) -> TestResponse:
        """Send what the agent did."""
        headers = {"X-CSRF-Token": self.csrf, "Accept": "application/json"}
        return self.client.post(f"/desk/{path}", json=body, headers=headers)

    def done(self, path: str, **body: object) -> dict[str, Any]:
        """Send it and return the new document."""
        answer = self.post(path, **body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def refused(self, path: str, **body: object) -> tuple[int, str]:
        """Send it and return why not."""
        answer = self.post(path, **body)
        assert answer.json is not None
        assert answer.json["error"]["message"]
        return answer.status_code, answer.json["error"]["code"]

    def answer(self, choice: str = "", **body: object) -> dict[str, Any]:
        """Answer the step that the page shows."""
        call = self.now()["call"]
        return self.done(f"calls/{call['id']}/turns/{call['turn'] + 1}", choice=choice, **body)


def sit_down(client: FlaskClient, path: Path, conn: Connection, name: str = "min", **more: Any) -> Page:
    """An agent signs in, has a certificate and a line, and is ready for calls."""
    page = arrive(client, path, conn, name, **more)
    with transaction(conn):
        desks.sign_on(conn, page.user_id, MORNING)
        desks.leg(conn, page.user_id, f"CA{page.user_id:032x}", "CF" + "0" * 32, "browser", MORNING)
        desks.ready(conn, page.user_id, MORNING)
    return page


def arrive(client: FlaskClient, path: Path, conn: Connection, name: str = "min", **more: Any) -> Page:
    """An agent with a certificate opens the page before the shift."""
    particulars = {"full_name": "周敏", "staff_no": f"10086{len(name)}{ord(name[0])}", **more}
    user_id = visit(client, path, "agent", name, **particulars)
    with transaction(conn):
        certificates.add(conn, user_id, "C-1", CERTIFIED, MORNING, by=None)
    return Page(client, user_id, token(client, "/desk"))
