"""The door: passwords, second factors, locks, and when a session ends."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ivr.app import create_app
from ivr.clock import wall
from ivr.people import codes
from ivr.people.login import safe
from ivr.texts import library
from ledger import Writer, people, transaction
from ledger.times import to_text
from tests.edge import parts
from tests.people import PASSWORD, add, knock, post, visit

TEXTS = library()["zh"]["login"]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LATER = "another good sentence"


@pytest.fixture
def zhou(conn: sqlite3.Connection) -> int:
    """An agent."""
    with transaction(conn):
        return add(conn, "zhou", "agent", PASSWORD, staff_no="A1008", full_name="周敏")


@pytest.fixture
def chen(conn: sqlite3.Connection) -> int:
    """A supervisor with a second factor."""
    with transaction(conn):
        user_id = add(conn, "chen", "supervisor", PASSWORD)
        people.set_second_factor(conn, user_id, SECRET, 0, datetime.now(UTC), by=None)
        return user_id


def code(steps: int = 0) -> str:
    """The code of now, or of so many steps later."""
    return pyotp.TOTP(SECRET).generate_otp(int(time.time()) // 30 + steps)


def inside(client: FlaskClient) -> bool:
    """Whether somebody is signed in, as the next request shows."""
    return client.get("/account").status_code == 200


def led_to(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.status
    return answer.headers["Location"].removeprefix("/huifang")


@pytest.mark.parametrize("name", ["zhou", " ZHOU ", "ｚｈｏｕ", "A1008", "a1008"])
def test_a_name_or_a_staff_number_and_the_password_let_an_agent_in(
    client: FlaskClient, zhou: int, name: str
) -> None:
    assert led_to(knock(client, name, PASSWORD)) == "/"
    assert inside(client)


@pytest.mark.parametrize(("name", "password"), [("zhou", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    client: FlaskClient, zhou: int, name: str, password: str
) -> None:
    answer = knock(client, name, password)
    assert answer.status_code == 403
    assert TEXTS["wrong"] in answer.text
    assert not inside(client)


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password(
    client: FlaskClient, zhou: int, conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *all: judged.append(all[1][:30]) or verify(*all))
    noted = []
    for name in ("zhou", "nobody"):
        knock(client, name, "wrong password")
        noted.append(conn.execute("select count(*) from audit").fetchone()[0])
    assert judged[0] == judged[1]
    assert noted == [1, 2]


def test_a_disabled_person_gets_the_answer_of_a_wrong_password(
    client: FlaskClient, zhou: int, conn: sqlite3.Connection
) -> None:
    with transaction(conn):
        people.disable(conn, zhou, datetime.now(UTC), by=None)
    assert TEXTS["wrong"] in knock(client, "zhou", PASSWORD).text


@pytest.mark.parametrize("name", ["zhou", "nobody"])
def test_five_failures_lock_a_name_whether_it_exists_or_not(
    client: FlaskClient, zhou: int, name: str
) -> None:
    for _ in range(5):
        assert knock(client, name, "wrong").status_code == 403
    for password in ("wrong", PASSWORD):
        answer = knock(client, name, password)
        assert answer.status_code == 429
        assert TEXTS["locked"].format(minutes=1) in answer.text


def test_a_lock_survives_a_restart(ledger_path: Path, zhou: int) -> None:
    for attempt in range(6):
        with closing(Writer(ledger_path)) as writer, closing(parts(ledger_path, writer, wall())) as edge:
            answer = knock(create_app(edge).test_client(), "zhou", "wrong")
        assert answer.status_code == (403 if attempt < 5 else 429)


def test_a_lock_ends_and_the_next_failure_locks_for_longer(
    client: FlaskClient, zhou: int, conn: sqlite3.Connection
) -> None:
    for _ in range(5):
        knock(client, "zhou", "wrong")
    conn.execute("update attempts set locked_until = ?", (to_text(datetime.now(UTC)),))
    assert knock(client, "zhou", "wrong").status_code == 403
    (until,) = conn.execute("select locked_until from attempts where key like 'user:%'").fetchone()
    assert until > to_text(datetime.now(UTC) + timedelta(seconds=50))


def test_the_right_password_forgets_earlier_failures(client: FlaskClient, zhou: int) -> None:
    for _ in range(2):
        for _ in range(4):
            knock(client, "zhou", "wrong")
        assert led_to(knock(client, "zhou", PASSWORD)) == "/"


def test_an_address_that_tries_many_names_is_locked_and_others_are_not(
    edge_app: Flask, zhou: int, conn: sqlite3.Connection
) -> None:
    far, near = edge_app.test_client(), edge_app.test_client()
    knock(far, "nobody", "wrong")
    at = to_text(datetime.now(UTC))
    conn.execute("update attempts set failures = 50, failed_at = ? where key like 'address:%'", (at,))
    knock(far, "somebody", "wrong")
    assert knock(far, "zhou", PASSWORD).status_code == 429
    near.environ_base["REMOTE_ADDR"] = "10.1.2.3"
    assert led_to(knock(near, "zhou", PASSWORD)) == "/"


def test_behind_a_proxy_of_this_machine_the_address_is_the_one_it_names(
    client: FlaskClient, zhou: int, conn: sqlite3.Connection
) -> None:
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "6.6.6.6, 192.0.2.7"
    knock(client, "nobody", "wrong")
    client.environ_base["REMOTE_ADDR"] = "10.1.2.3"
    knock(client, "nobody", "wrong")
    keys = {key for (key,) in conn.execute("select key from attempts where key like 'address:%'")}
    assert keys == {"address:192.0.2.7", "address:10.1.2.3"}


def test_a_password_kept_with_older_parameters_is_kept_anew(
    client: FlaskClient, zhou: int, conn: sqlite3.Connection
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    conn.execute("update users set password = ? where id = ?", (old, zhou))
    assert led_to(knock(client, "zhou", PASSWORD)) == "/"
    assert "m=19456,t=2,p=1" in people.secrets(conn, zhou).password
    assert led_to(knock(client, "zhou", PASSWORD)) == "/"


def test_without_the_second_factor_no_page_opens(client: FlaskClient, chen: int) -> None:
    assert led_to(knock(client, "chen", PASSWORD)) == "/login/code"
    assert led_to(client.get("/people")) == "/login/code"
    assert led_to(client.get("/login/enrol")) == "/login/code"
    assert led_to(post(client, "/login/code", page="/login/code", code=code())) == "/"
    assert client.get("/people").status_code == 200


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_telephone_may_be_a_step_early_or_late(steps: int, fits: bool) -> None:
    now = datetime(2026, 11, 23, 1, 0, 29, tzinfo=UTC)
    step = int(now.timestamp()) // 30 + steps
    given = pyotp.TOTP(SECRET).generate_otp(step)
    for text in (given, f"{given[:3]} {given[3:]}"):
        assert codes.step_of(text, SECRET, now) == (step if fits else None)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_fits_nothing(text: str) -> None:
    assert codes.step_of(text, SECRET, datetime(2026, 11, 23, 1, 0, tzinfo=UTC)) is None


def test_a_code_is_good_once(edge_app: Flask, chen: int) -> None:
    once, statuses = code(1), []
    for _ in range(2):
        client = edge_app.test_client()
        knock(client, "chen", PASSWORD)
        statuses.append(post(client, "/login/code", page="/login/code", code=once).status_code)
    assert statuses == [303, 403]


def test_wrong_codes_lock_even_where_the_password_is_known(edge_app: Flask, chen: int) -> None:
    client = edge_app.test_client()
    for _ in range(5):
        knock(client, "chen", PASSWORD)
        assert post(client, "/login/code", page="/login/code", code="12345x").status_code == 403
    knock(client, "chen", PASSWORD)
    assert post(client, "/login/code", page="/login/code", code=code()).status_code == 429


def test_a_first_log_in_sets_up_the_second_factor_and_a_new_password(
    client: FlaskClient, conn: sqlite3.Connection
) -> None:
    with transaction(conn):
        user_id = add(conn, "liu", "quality", PASSWORD)
        conn.execute("update users set must_change = 1 where id = ?", (user_id,))
    assert led_to(knock(client, "liu", PASSWORD)) == "/login/enrol"
    page = client.get("/login/enrol").text
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert secret is not None
    assert "<svg" in page
    code = pyotp.TOTP(secret[1].replace(" ", "")).now()
    assert led_to(post(client, "/login/enrol", page="/login/enrol", code=code)) == "/"
    assert led_to(client.get("/")) == "/account/password"
    form = {"password": PASSWORD, "new": LATER, "again": LATER}
    assert led_to(post(client, "/account/password", page="/account/password", **form)) == "/"
    assert inside(client)
    assert people.by_name(conn, "liu").second_factor  # type: ignore[union-attr]


def test_each_step_of_the_way_in_has_a_session_of_its_own(
    client: FlaskClient, chen: int, conn: sqlite3.Connection
) -> None:
    knock(client, "chen", PASSWORD)
    halfway = client.get_cookie("__Host-huifang")
    post(client, "/login/code", page="/login/code", code=code())
    through = client.get_cookie("__Host-huifang")
    assert halfway is not None
    assert through is not None
    assert halfway.value != through.value
    ended = conn.execute("select passed, ended_at is not null from sessions order by passed").fetchall()
    assert ended == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("column", "age", "still"),
    [
        ("seen_at", timedelta(minutes=29), True),
        ("seen_at", timedelta(minutes=31), False),
        ("created_at", timedelta(hours=11, minutes=59), True),
        ("created_at", timedelta(hours=12, minutes=1), False),
    ],
)
def test_a_session_ends_with_idleness_and_with_the_shift(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection, column: str, age: timedelta, still: bool
) -> None:
    visit(client, ledger_path, "agent")
    conn.execute(f"update sessions set {column} = ?", (to_text(datetime.now(UTC) - age),))
    assert inside(client) is still


@pytest.mark.parametrize(("role", "lives"), [("agent", True), ("supervisor", False)])
def test_a_page_that_asks_by_itself_keeps_only_an_agents_session_alive(
    client: FlaskClient, ledger_path: Path, conn: sqlite3.Connection, role: str, lives: bool
) -> None:
    visit(client, ledger_path, role)
    old = to_text(datetime.now(UTC) - timedelta(minutes=20))
    conn.execute("update sessions set seen_at = ?", (old,))
    client.get("/account", headers={"Sec-Fetch-Mode": "cors"})
    (seen,) = conn.execute("select seen_at from sessions").fetchone()
    assert (seen > old) is lives


def test_an_unfinished_log_in_ends_after_ten_minutes(
    client: FlaskClient, chen: int, conn: sqlite3.Connection
) -> None:
    knock(client, "chen", PASSWORD)
    conn.execute("update sessions set seen_at = ?", (to_text(datetime.now(UTC) - timedelta(minutes=11)),))
    assert led_to(client.get("/login/code")).startswith("/login?")


@pytest.fixture
def deeds(conn: sqlite3.Connection) -> dict[str, Callable[[int], object]]:
    """What ends somebody's sessions from elsewhere."""
    now = datetime.now(UTC)
    return {
        "disabled": lambda user_id: people.disable(conn, user_id, now, by=None),
        "password": lambda user_id: people.set_password(conn, user_id, "", now, by=None, temporary=True),
        "role": lambda user_id: people.change(conn, user_id, people.Particulars("quality"), now, by=None),
    }


@pytest.mark.parametrize("deed", ["disabled", "password", "role"])
def test_what_changes_a_persons_rights_ends_the_sessions_at_the_next_request(
    client: FlaskClient,
    ledger_path: Path,
    conn: sqlite3.Connection,
    deeds: dict[str, Callable[[int], object]],
    deed: str,
) -> None:
    user_id = visit(client, ledger_path, "agent")
    assert inside(client)
    with transaction(conn):
        deeds[deed](user_id)
    assert not inside(client)


def test_signing_out_ends_the_session_even_for_who_kept_its_cookie(
    edge_app: Flask, client: FlaskClient, zhou: int
) -> None:
    knock(client, "zhou", PASSWORD)
    cookie = client.get_cookie("__Host-huifang")
    assert cookie is not None
    assert led_to(post(client, "/logout")) == "/login"
    thief = edge_app.test_client()
    thief.set_cookie("__Host-huifang", cookie.value)
    assert not inside(client)
    assert not inside(thief)


def test_signing_out_everywhere_ends_all_sessions(edge_app: Flask, zhou: int) -> None:
    here, there = edge_app.test_client(), edge_app.test_client()
    knock(here, "zhou", PASSWORD)
    knock(there, "zhou", PASSWORD)
    post(here, "/account/everywhere")
    assert not inside(here)
    assert not inside(there)


def test_a_new_password_keeps_this_session_and_ends_the_others(edge_app: Flask, zhou: int) -> None:
    here, there = edge_app.test_client(), edge_app.test_client()
    knock(here, "zhou", PASSWORD)
    knock(there, "zhou", PASSWORD)
    post(here, "/account/password", page="/account/password", password=PASSWORD, new=LATER, again=LATER)
    assert inside(here)
    assert not inside(there)
    assert led_to(knock(there, "zhou", LATER)) == "/"


@pytest.mark.parametrize(
    ("form", "key"),
    [
        ({"password": "wrong", "new": LATER, "again": LATER}, "wrong_password"),
        ({"password": PASSWORD, "new": LATER, "again": LATER + "!"}, "differ"),
        ({"password": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "same"),
        ({"password": PASSWORD, "new": "nine char", "again": "nine char"}, "too_short"),
        ({"password": PASSWORD, "new": "Zhou-Min-2026", "again": "Zhou-Min-2026"}, "own_name"),
        ({"password": PASSWORD, "new": "x" * 201, "again": "x" * 201}, "too_long"),
    ],
)
def test_a_new_password_that_will_not_do_says_why(
    client: FlaskClient, conn: sqlite3.Connection, form: dict[str, str], key: str
) -> None:
    with transaction(conn):
        add(conn, "zhou-min-2026", "agent", PASSWORD)
    knock(client, "zhou-min-2026", PASSWORD)
    answer = post(client, "/account/password", page="/account/password", **form)
    assert answer.status_code == 403
    assert library()["zh"]["account"][key].format(length=10) in answer.text


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("/audit?day=2026-11-23", "/audit?day=2026-11-23"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_the_door_leads_only_to_pages_of_ours(
    client: FlaskClient, zhou: int, wanted: str, there: str
) -> None:
    assert safe(wanted) == there
    assert led_to(knock(client, "zhou", PASSWORD, next=wanted)) == there


def test_the_door_leads_on_to_the_page_that_was_asked_for(client: FlaskClient, chen: int) -> None:
    door = led_to(client.get("/people?x=1"))
    assert door == "/login?next=/people?x%3D1"
    step = led_to(knock(client, "chen", PASSWORD, next="/people?x=1"))
    assert led_to(post(client, step, page=step, code=code(), next="/people?x=1")) == "/people?x=1"


def test_the_switch_on_the_door_changes_the_language_and_the_account_keeps_it(
    edge_app: Flask, client: FlaskClient, zhou: int
) -> None:
    assert "用户名或工号" in client.get("/login").text
    client.get("/login?language=en")
    assert "User name or staff number" in client.get("/login").text
    knock(client, "zhou", PASSWORD)
    post(client, "/account/language", language="en")
    other = edge_app.test_client()
    knock(other, "zhou", PASSWORD)
    assert "My account" in other.get("/account").text


def test_another_telephone_needs_the_password_and_a_new_log_in(
    client: FlaskClient, ledger_path: Path, chen: int, conn: sqlite3.Connection
) -> None:
    visit(client, ledger_path, "supervisor", "chen")
    assert post(client, "/account/factor", password="wrong").status_code == 403
    assert led_to(post(client, "/account/factor", password=PASSWORD)) == "/login"
    assert not inside(client)
    assert led_to(knock(client, "chen", PASSWORD)) == "/login/enrol"
