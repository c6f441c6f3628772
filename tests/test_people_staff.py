"""People as admins and supervisors see them, and the audit of what they do."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ivr.texts import library
from ledger import audit, certificates, events, people, transaction, units
from ledger.audit import Wanted
from ledger.people import Particulars
from tests.people import PASSWORD, add, knock, post, visit

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TEXTS = library()["zh"]["people"]
FIRST = re.compile(r'class="secret big">([^<]+)<')


@pytest.fixture
def tree(conn: sqlite3.Connection) -> dict[str, int]:
    """A company of two units, one of which has a unit below it."""
    with transaction(conn):
        north = units.add(conn, "north", None, NOW, by=None)
        early = units.add(conn, "early", north, NOW, by=None)
        return {"north": north, "early": early, "south": units.add(conn, "south", None, NOW, by=None)}


@pytest.fixture
def staff(conn: sqlite3.Connection, tree: dict[str, int]) -> dict[str, int]:
    """An agent of each unit, and one of none."""
    with transaction(conn):
        found = {unit: add(conn, f"of-{unit}", "agent", unit_id=unit_id) for unit, unit_id in tree.items()}
        return {**found, "": add(conn, "of-none", "agent")}


def notes(conn: sqlite3.Connection, user: str) -> list[tuple[str, str]]:
    return [(entry.action, entry.subject) for entry in audit.listing(conn, Wanted(user), limit=99)]


def test_an_admin_adds_somebody_who_must_change_the_password_shown_once(
    edge_app: Flask, client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection
) -> None:
    visit(client, ledger_path, "admin")
    form = {"name": "Wang", "role": "agent", "full_name": "王芳", "phone": "0755-88880001"}
    answer = post(client, "/people/new", **form)
    first = FIRST.search(answer.text)
    assert first is not None
    user = people.by_name(conn, "wang")
    assert user is not None
    assert (user.full_name, user.phone, user.must_change) == ("王芳", 8675588880001, True)
    assert first[1] not in client.get(f"/people/{user.user_id}").text
    other = edge_app.test_client()
    knock(other, "wang", first[1])
    assert other.get("/").headers["Location"].endswith("/account/password")
    assert ("user_added", f"user:{user.user_id}") in notes(conn, "admin")


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"name": "", "role": "agent"}, "bad_name"),
        ({"name": "two words", "role": "agent"}, "bad_name"),
        ({"name": "wang", "role": "boss"}, "bad_role"),
        ({"name": "wang", "role": "agent", "unit": "99"}, "bad_unit"),
        ({"name": "wang", "role": "agent", "phone": "12"}, "bad_phone"),
        ({"name": "wang", "role": "agent", "full_name": "x" * 61}, "bad_text"),
        ({"name": "ADMIN", "role": "agent"}, "name_taken"),
        ({"name": "wang", "role": "agent", "staff_no": "admin"}, "name_taken"),
    ],
)
def test_what_will_not_do_is_said_and_nobody_added(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection, form: dict[str, str], key: str
) -> None:
    visit(client, ledger_path, "admin")
    before = people.count(conn)
    answer = post(client, "/people/new", **form)
    assert TEXTS[key] in answer.text
    assert answer.status_code in (400, 409)
    assert people.count(conn) == before


def test_a_supervisor_sees_the_own_unit_and_those_below(
    client: FlaskClient, ledger_path: Path, tree: dict[str, int], staff: dict[str, int]
) -> None:
    visit(client, ledger_path, "supervisor", unit_id=tree["north"])
    page = client.get("/people").text
    seen = {unit for unit in staff if f"of-{unit or 'none'}" in page}
    assert seen == {"north", "early"}
    opened = {unit for unit, user_id in staff.items() if client.get(f"/people/{user_id}").status_code == 200}
    assert opened == {"north", "early"}


def test_who_belongs_to_no_unit_sees_nobody_where_there_are_units(
    client: FlaskClient, ledger_path: Path, staff: dict[str, int]
) -> None:
    visit(client, ledger_path, "supervisor")
    assert "of-" not in client.get("/people").text


@pytest.mark.parametrize("role", ["compliance", "admin"])
def test_compliance_and_admins_are_confined_by_no_unit(
    conn: sqlite3.Connection, tree: dict[str, int], role: str
) -> None:
    with transaction(conn):
        user = people.get(conn, add(conn, "x", role, unit_id=tree["early"]))
    assert user is not None
    assert units.scope(conn, user) is None


def test_a_company_without_units_is_one_whole(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        user = people.get(conn, add(conn, "x", "supervisor"))
    assert user is not None
    assert units.scope(conn, user) is None


def test_a_supervisor_enters_certificates_of_others_in_the_unit(
    client: FlaskClient,
    ledger_path: Path,
    conn: sqlite3.Connection,
    tree: dict[str, int],
    staff: dict[str, int],
) -> None:
    myself = visit(client, ledger_path, "supervisor", unit_id=tree["north"])
    form = {"reference": "GD-1", "from": "2026-01-01", "until": "2027-01-01"}
    answers = {
        who: post(client, f"/people/{user_id}/certificates", **form).status_code
        for who, user_id in {**staff, "myself": myself}.items()
    }
    assert answers == {"north": 303, "early": 303, "south": 404, "": 404, "myself": 409}
    (kept,) = certificates.listing(conn, staff["early"])
    assert (kept.reference, kept.valid_until) == ("GD-1", "2027-01-01")


@pytest.mark.parametrize(
    "form",
    [
        {"reference": "", "from": "2026-01-01", "until": "2027-01-01"},
        {"reference": "GD-1", "from": "2027-01-02", "until": "2027-01-01"},
        {"reference": "GD-1", "from": "soon", "until": "2027-01-01"},
    ],
)
def test_a_certificate_that_will_not_do_is_not_entered(
    client: FlaskClient,
    ledger_path: Path,
    conn: sqlite3.Connection,
    staff: dict[str, int],
    form: dict[str, str],
) -> None:
    visit(client, ledger_path, "admin")
    assert post(client, f"/people/{staff['']}/certificates", **form).status_code == 400
    assert certificates.listing(conn, staff[""]) == []


@pytest.mark.parametrize("deed", ["disable", "password", "factor"])
def test_nobody_locks_themselves_out(client: FlaskClient, ledger_path: Path, deed: str) -> None:
    myself = visit(client, ledger_path, "admin")
    assert post(client, f"/people/{myself}/{deed}").status_code == 409
    assert post(client, f"/people/{myself}", role="agent").status_code == 400
    assert client.get("/people").status_code == 200


def test_a_second_factor_that_is_reset_leaves_the_old_password_worthless(
    edge_app: Flask, client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection
) -> None:
    visit(client, ledger_path, "admin")
    chen = edge_app.test_client()
    with transaction(conn):
        user_id = add(conn, "chen", "supervisor", PASSWORD)
        people.set_second_factor(conn, user_id, "JBSWY3DPEHPK3PXP", 0, NOW, by=None)
    visit(chen, ledger_path, "supervisor", "chen")
    first = FIRST.search(post(client, f"/people/{user_id}/factor").text)
    assert first is not None
    user = people.get(conn, user_id)
    assert user is not None
    assert (user.second_factor, user.must_change) == (False, True)
    assert chen.get("/account").status_code == 303
    assert knock(edge_app.test_client(), "chen", PASSWORD).status_code == 403
    assert knock(edge_app.test_client(), "chen", first[1]).headers["Location"].endswith("/login/enrol")
    assert first[1] not in client.get(f"/people/{user_id}").text
    assert notes(conn, "admin")[1] == ("second_factor_reset", f"user:{user_id}")


def test_an_admin_disables_and_lets_in_again(
    edge_app: Flask, client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection
) -> None:
    visit(client, ledger_path, "admin")
    agent = edge_app.test_client()
    user_id = visit(agent, ledger_path, "agent")
    post(client, f"/people/{user_id}/disable")
    assert agent.get("/account").status_code == 303
    post(client, f"/people/{user_id}/enable")
    visit(agent, ledger_path, "agent")
    assert agent.get("/account").status_code == 200
    kinds = [row[0] for row in conn.execute("select kind from events where kind like 'user%' order by id")]
    assert kinds == ["user_added", "user_added", "user_disabled", "user_enabled"]
    assert events.verify(conn) == []


def test_an_admin_changes_what_is_known_and_a_new_role_signs_out(
    edge_app: Flask, client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection, tree: dict[str, int]
) -> None:
    visit(client, ledger_path, "admin")
    agent = edge_app.test_client()
    user_id = visit(agent, ledger_path, "agent")
    post(client, f"/people/{user_id}", role="agent", full_name="周敏", unit=str(tree["early"]))
    assert agent.get("/account").status_code == 200
    post(client, f"/people/{user_id}", role="quality", full_name="周敏", unit=str(tree["early"]))
    assert agent.get("/account").status_code == 303
    user = people.get(conn, user_id)
    assert user is not None
    assert (user.role, user.full_name, user.unit_id) == ("quality", "周敏", tree["early"])


def test_an_admin_adds_units_below_units(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection, tree: dict[str, int]
) -> None:
    visit(client, ledger_path, "admin")
    assert post(client, "/units", name="late", parent=str(tree["north"])).status_code == 303
    assert post(client, "/units", name="late").status_code == 409
    assert post(client, "/units", name="").status_code == 400
    assert post(client, "/units", name="far", parent="99").status_code == 400
    found = [(unit.name, unit.depth) for unit in units.listing(conn)]
    assert found == [("north", 0), ("early", 1), ("late", 1), ("south", 0)]


def test_reading_about_people_and_reading_the_audit_are_in_the_audit(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection
) -> None:
    myself = visit(client, ledger_path, "admin")
    for path in ("/people", f"/people/{myself}", "/audit?user=admin", "/audit"):
        assert client.get(path).status_code == 200
    assert notes(conn, "admin")[::-1] == [
        ("people_read", "people"),
        ("person_read", f"user:{myself}"),
        ("audit_read", "audit:admin"),
        ("audit_read", "audit:*"),
    ]


def test_a_deed_that_fails_leaves_no_note(
    edge_app: Flask, conn: sqlite3.Connection, ledger_path: Path
) -> None:
    client = edge_app.test_client()
    visit(client, ledger_path, "admin")
    before = notes(conn, "admin")
    post(client, "/people/new", page="/account", name="admin", role="agent")
    assert notes(conn, "admin") == before


@pytest.fixture
def history(conn: sqlite3.Connection) -> None:
    """A hundred and twenty entries of two people, on two days of the mainland."""
    start = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    with transaction(conn):
        for n in range(120):
            audit.note(conn, ("zhou", "chen")[n % 2], "call_read", f"call:{n}", start + timedelta(minutes=n))


def shown(client: FlaskClient, **wanted: str) -> list[int]:
    """The numbers of the calls on a page of the audit."""
    page = client.get("/audit", query_string=wanted).text
    return [int(number) for number in re.findall(r">call:(\d+)<", page)]


def test_the_audit_is_paged_from_the_newest_back(
    client: FlaskClient, ledger_path: Path, history: None
) -> None:
    visit(client, ledger_path, "compliance")
    seen, path = list[int](), "/audit?subject=call"
    for _ in range(3):
        page = client.get(path).text
        seen += [int(number) for number in re.findall(r">call:(\d+)<", page)]
        older = re.search(r'href="/huifang(/audit[^"]*before=\d+)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert path == ""
    assert seen == list(range(119, -1, -1))


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        ({"user": "zhou"}, lambda n: n % 2 == 0),
        ({"subject": "call:7"}, lambda n: n == 7),
        ({"day": "2026-11-21"}, lambda n: n < 60),
        ({"day": "2026-11-22", "user": "chen"}, lambda n: n >= 60 and n % 2),
        ({"day": "2026-11-23"}, lambda n: False),
        ({"subject": "cal"}, lambda n: False),
        ({"user": "nobody"}, lambda n: False),
    ],
)
def test_the_audit_is_found_by_person_subject_and_day(
    client: FlaskClient,
    ledger_path: Path,
    history: None,
    wanted: dict[str, str],
    holds: Callable[[int], bool],
) -> None:
    visit(client, ledger_path, "compliance")
    assert shown(client, **wanted) == [n for n in range(119, -1, -1) if holds(n)][:50]


def test_what_people_are_called_cannot_become_a_part_of_the_page(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection
) -> None:
    visit(client, ledger_path, "admin")
    with transaction(conn):
        people.add(conn, "<b>x</b>", Particulars("agent", "<script>1</script>"), "", NOW, by=None)
    page = client.get("/people").text
    assert "<script>1" not in page
    assert "<b>x" not in page
