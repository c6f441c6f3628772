"""`huifang users`: the first admin, and what else is done about people without a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import ledger
from dialer.calendar import LOCAL
from ivr.cli import main
from ivr.home import Home
from ivr.people import passwords
from ledger import audit, events, people
from ledger.audit import Wanted

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def users(home: Home, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `huifang users …` in a home of its own."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["users", *arguments])
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


def database(home: Home) -> Path:
    return home.root / "huifang.db"


def test_an_empty_company_is_told_how_the_first_admin_is_made(users: Run) -> None:
    code, out, _ = users("list")
    assert code == 0
    assert "make the first admin: huifang users add NAME --role admin" in out
    assert json.loads(users("list", "--json")[1]) == []


def test_the_first_password_is_printed_once_and_must_be_changed(users: Run, home: Home) -> None:
    _, out, _ = users("add", "Lin", "--role", "admin", "--full-name", "林静", "--phone", "075588880001")
    first = re.search(r"first password (\S+)", out)
    assert first is not None
    with closing(ledger.connect(database(home))) as conn:
        user = people.by_name(conn, "lin")
        assert user is not None
        assert (user.role, user.full_name, user.phone) == ("admin", "林静", 8675588880001)
        assert user.must_change
        assert passwords.fits(first[1], people.secrets(conn, user.user_id).password)
    (row,) = json.loads(users("list", "--json")[1])
    assert (row["name"], row["role"], row["disabled_at"]) == ("lin", "admin", None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "two words", "--role", "agent"), "no spaces"),
        (("add", "lin", "--role", "agent"), "choose another"),
        (("add", "x", "--role", "boss"), "--role"),
        (("add", "x"), "--role"),
        (("add", "x", "--role", "agent", "--unit", "north"), "unit north"),
        (("add", "x", "--role", "agent", "--phone", "12"), "telephone number"),
        (("disable", "nobody"), "huifang users list"),
        (("certify", "lin", "--reference", "C-1", "--until", "soon"), "--until"),
        (("certify", "lin", "--reference", "C-1", "--until", "2020-01-01"), "valid days"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(users: Run, arguments: tuple[str, ...], said: str) -> None:
    users("add", "lin", "--role", "admin")
    code, _, err = users(*arguments)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert said in err


def test_what_is_done_on_the_command_line_is_in_the_audit_and_in_the_events(users: Run, home: Home) -> None:
    users("add", "zhou", "--role", "agent")
    until = (datetime.now(LOCAL).date() + timedelta(days=300)).isoformat()
    assert users("certify", "zhou", "--reference", "GD-1", "--until", until)[0] == 0
    assert json.loads(users("list", "--json")[1])[0]["certificate_until"] == until
    assert users("train", "zhou", "--reference", "2026 course")[0] == 0
    assert users("train", "zhou", "--reference", "course", "--on", "2999-01-01")[0] == 2
    assert users("disable", "zhou")[0] == 0
    assert users("disable", "zhou")[0] == 2
    with closing(ledger.connect(database(home))) as conn:
        noted = [entry.action for entry in audit.listing(conn, Wanted("command"), limit=9)]
        kinds = [kind for (kind,) in conn.execute("select kind from events order by id")]
        assert events.verify(conn) == []
    assert noted == ["user_disabled", "trained", "people_read", "certified", "user_added"]
    assert kinds == ["user_added", "certified", "trained", "user_disabled"]


def test_reading_about_people_on_the_command_line_is_in_the_audit(users: Run, home: Home) -> None:
    users("list")
    for words in (("dnc", "list"), ("dnc", "check", "13800000000")):
        with pytest.raises(SystemExit):
            main(words)
    with closing(ledger.connect(database(home))) as conn:
        noted = [(entry.user, entry.action) for entry in audit.listing(conn, Wanted(), limit=9)]
    assert noted == [("command", "dnc_read"), ("command", "dnc_read"), ("command", "people_read")]
