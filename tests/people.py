"""People at the screens: `visit` signs somebody in the short way, `knock` goes through the door."""

from __future__ import annotations

import re
import secrets
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import ledger
from ivr.people import passwords
from ivr.people.session import WATCH, cookie_name
from ledger import people, sessions, transaction
from ledger.people import Particulars

PASSWORD = "correct horse battery"
TOKEN_OF_PAGE = re.compile(r'name="csrf" content="([^"]+)"')


def visit(client: FlaskClient, path: Path, role: str, name: str = "", **particulars: str | int | None) -> int:
    """Sign in somebody of this role, who is added where nobody has the name; returns the user's id."""
    name = name or role
    cookie = secrets.token_urlsafe(32)
    with closing(ledger.connect(path)) as conn, transaction(conn):
        known = people.by_name(conn, name)
        user_id = known.user_id if known else add(conn, name, role, **particulars)
        sessions.begin(conn, cookie, user_id, passed=True, now=WATCH.now())
    with client.application.app_context():
        client.set_cookie(cookie_name(), cookie)
    return user_id


hashed = cache(passwords.hashed)


def add(
    conn: sqlite3.Connection, name: str, role: str, password: str = "", **particulars: str | int | None
) -> int:
    """Add somebody who has changed the first password, to this one if it is given."""
    who = Particulars(role, **particulars)  # type: ignore[arg-type]
    kept = hashed(password) if password else ""
    user_id = people.add(conn, name, who, kept, WATCH.now(), by=None)
    conn.execute("update users set must_change = 0 where id = ?", (user_id,))
    return user_id


def token(client: FlaskClient, page: str = "/login") -> str:
    """The form token of a page."""
    found = TOKEN_OF_PAGE.search(client.get(page).text)
    assert found is not None, page
    return found[1]


def post(client: FlaskClient, path: str, *, page: str = "/account", **form: str) -> TestResponse:
    """Send a form of ours, with the token of a page that one sees."""
    return client.post(path, data={**form, "csrf_token": token(client, page)})


def knock(client: FlaskClient, name: str, password: str, **more: str) -> TestResponse:
    """Give name and password at the door."""
    return post(client, "/login", page="/login", name=name, password=password, **more)
