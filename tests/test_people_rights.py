"""Who may open which page: the application and one table of pages by roles say the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from ivr.app import create_app
from ivr.clock import wall
from ivr.people.rights import ANYONE, BEARER, allowed, allowed_at
from ledger import Writer
from ledger.people import ROLES
from tests.edge import parts
from tests.people import visit

TABLE = Path(__file__).parent / "data" / "pages.txt"
NOT_SIGNED_IN = ""
Visitors = dict[str, FlaskClient]
ON_THE_WAY = ("/login/code", "/login/enrol")
"""Who has passed them is led on."""


def table() -> list[tuple[str, str, frozenset[str]]]:
    """Path, methods and who may, as the table has it."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found = []
    for line in lines:
        path, methods, who = re.split(r"  +", line)
        roles = frozenset(ROLES) if who == "everybody" else frozenset(who.split())
        found.append((path, methods, roles))
    return sorted(found, key=str)


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def declared(app: Flask) -> list[tuple[str, str, frozenset[str]]]:
    """The same as the application has it."""
    rules = app.url_map.iter_rules()
    return sorted(
        ((rule.rule, " ".join(methods(rule)), allowed_at(app, rule.endpoint)) for rule in rules), key=str
    )


def requests(app: Flask) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each page by each method, with 1, or the first of some words, for what its address names."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "1", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule))
        yield from ((method, path, allowed_at(app, rule.endpoint)) for method in methods(rule))


@pytest.fixture
def visitors(edge_app: Flask, ledger_path: Path) -> Visitors:
    """A browser for each role, and one of somebody who is not signed in."""
    found = {NOT_SIGNED_IN: edge_app.test_client()}
    for role in ROLES:
        found[role] = edge_app.test_client()
        visit(found[role], ledger_path, role)
    return found


def outcome(client: FlaskClient, method: str, path: str) -> str:
    """What somebody gets who asks without a form's token."""
    with client.open(path, method=method) as answer:
        pass
    if answer.status_code == 303 and "/login" in answer.headers["Location"]:
        return "door"
    return {401: "door", 429: "door", 403: "closed"}.get(answer.status_code, "open")


def expected(role: str, who: frozenset[str]) -> str:
    if BEARER in who:
        return "door"  # no cookie is looked at
    if ANYONE in who or role in who:
        return "open"
    return "closed" if role else "door"


def test_the_application_has_the_pages_of_the_table_and_no_others(edge_app: Flask) -> None:
    assert declared(edge_app) == table()


def test_pages_open_for_those_of_the_table_and_nobody_else(edge_app: Flask, visitors: Visitors) -> None:
    for method, path, who in requests(edge_app):
        if path == "/logout":
            continue  # it would end the session
        for role, client in visitors.items():
            assert outcome(client, method, path) == expected(role, who), (method, path, role)


def test_nothing_is_done_without_the_token_of_our_forms(edge_app: Flask, visitors: Visitors) -> None:
    for method, path, who in requests(edge_app):
        for role, client in visitors.items():
            if method == "POST" and path not in ON_THE_WAY and expected(role, who) == "open":
                assert client.post(path).status_code == 400, (path, role)
                assert client.post(path, headers={"X-CSRF-Token": "made up"}).status_code == 400, (path, role)


def test_a_page_that_names_nobody_is_closed_to_everybody(edge_app: Flask, visitors: Visitors) -> None:
    edge_app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert declared(edge_app) != table()
    assert outcome(visitors[NOT_SIGNED_IN], "GET", "/forgotten") == "door"
    assert {outcome(visitors[role], "GET", "/forgotten") for role in ROLES} == {"closed"}


@pytest.mark.parametrize("roles", [(), ("boss",), ("agent", "Admin")])
def test_only_roles_that_exist_can_be_named(roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="name roles of agent"):
        allowed(*roles)


def test_navigation_shows_what_a_role_may_open_and_no_more(visitors: Visitors) -> None:
    shown = {
        role: {path for path in ("/people", "/audit", "/account") if f'href="/huifang{path}"' in page}
        for role in ROLES
        for page in [visitors[role].get("/account").text]
    }
    assert shown == {
        "agent": {"/account"},
        "supervisor": {"/people", "/account"},
        "quality": {"/account"},
        "compliance": {"/audit", "/account"},
        "admin": {"/people", "/audit", "/account"},
    }


def test_a_supervisor_starts_at_the_console_and_an_agent_at_the_desk(visitors: Visitors) -> None:
    starts = {role: visitors[role].get("/").headers["Location"].rpartition("/")[2] for role in ROLES}
    assert (starts["supervisor"], starts["agent"]) == ("console", "desk")
    page = visitors["supervisor"].get("/account").text
    assert all(f'href="/huifang/{path}"' in page for path in ("desk", "console"))


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        (lambda client: client.get("/audit", headers={"Accept": "application/json"}), 403, "not_allowed"),
        (lambda client: client.post("/units", json={}), 403, "not_allowed"),
        (lambda client: client.post("/account/language", json={}), 400, "stale"),
        (lambda client: client.get("/none", headers={"Accept": "application/json"}), 404, "not_found"),
    ],
)
def test_scripts_are_refused_in_json(
    visitors: Visitors, send: Callable[[FlaskClient], object], status: int, code: str
) -> None:
    answer = send(visitors["agent"])
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)  # type: ignore[attr-defined]
    assert answer.json["error"]["message"]  # type: ignore[attr-defined]


def test_a_script_of_somebody_signed_out_is_told_so(client: FlaskClient) -> None:
    answer = client.get("/account", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "signed_out")


def test_every_page_carries_the_headers_that_protect_it(client: FlaskClient) -> None:
    for path in ("/login", "/account", "/none", "/health"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "microphone=(self)" in headers["Permissions-Policy"]
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert headers["Cache-Control"] == "no-store"


def test_no_page_has_scripts_or_styles_of_its_own() -> None:
    folder = Path(__file__).parents[1] / "ivr" / "templates"
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", re.I)
    pages = sorted(folder.rglob("*.html"))
    assert pages
    assert [page.name for page in pages if inline.search(page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "path",
    ["/people/99999999999999999999", "/audit?before=99999999999999999999", "/audit?day=0001-01-01", "/none"],
)
def test_what_no_row_can_have_is_not_found(visitors: Visitors, path: str) -> None:
    answer = visitors["admin"].get(path)
    assert answer.status_code == 404
    assert 'href="/huifang/people"' in answer.text


def test_without_https_nothing_is_said_that_needs_it(ledger_path: Path) -> None:
    base = "http://10.0.0.7:8000"
    with (
        closing(Writer(ledger_path)) as writer,
        closing(parts(ledger_path, writer, wall(), base=base)) as edge,
    ):
        client = create_app(edge).test_client()
        answer = client.get("/login")
        assert "Strict-Transport-Security" not in answer.headers
        assert "Secure" not in answer.headers["Set-Cookie"]
        visit(client, ledger_path, "agent")
        assert client.get_cookie("huifang") is not None
        assert client.get("/account").status_code == 200


def test_scripts_may_reach_only_the_origins_that_were_named(ledger_path: Path) -> None:
    with closing(Writer(ledger_path)) as writer, closing(parts(ledger_path, writer, wall())) as edge:
        client = create_app(edge, ["https://live.example.com"]).test_client()
        policy = client.get("/login").headers["Content-Security-Policy"]
    assert "connect-src 'self' https://live.example.com;" in policy
