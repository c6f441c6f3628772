"""The command line: help everywhere, one clear line for what is wrong, and the JSON that programs rely on."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import click
import pytest

import ledger
from ivr.cli import huifang as group
from ivr.cli import main
from ivr.home import Home
from ledger import dnc, events
from ledger.records import Claimed
from tests.conftest import MORNING
from tests.edge import Phone, Post, talk
from tests.in_force import put_in_force

BROKEN = sorted((Path(__file__).parent / "scripts_broken").glob("*.toml"))
DATA = Path(__file__).parent / "data"
CARRIER = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "0123456789abcdef",
    "HUIFANG_PUBLIC_URL": "http://127.0.0.1:8000",
    "HUIFANG_SECRET_KEY": "0123456789abcdef",
}


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def huifang(home: Home, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, in a home of its own."""

    def run(*arguments: str | Path) -> Done:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, out, err)

    return run


def process(*arguments: str | Path, **environ: str) -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "ivr.cli", *map(str, arguments)],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def refused(done: Done, *named: str) -> None:
    """Exit code 2 and one line on standard error that names the place."""
    assert done.code == 2, done
    assert len(done.err.splitlines()) == 1, done.err
    for name in named:
        assert name in done.err


def commands(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    """Every command and group, by its words."""
    yield path
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from commands(one, *path, name)


@pytest.mark.parametrize("words", list(commands(group)), ids=" ".join)
def test_every_command_has_help(huifang: Run, words: tuple[str, ...]) -> None:
    done = huifang(*words, "--help")
    assert done.code == 0
    assert "Usage:" in done.out or "usage:" in done.out
    assert done.err == ""


MISTAKES: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("nothing",), ("nothing",)),
    (("lists", "import", "/no/such.csv", "--kind", "new_policy"), ("lists import", "/no/such.csv")),
    (("lists", "import", str(DATA / "new_policy.csv"), "--kind", "fleet"), ("--kind", "fleet")),
    (("lists", "import", str(DATA / "new_policy.csv")), ("--kind",)),
    (("lists", "import", str(DATA), "--kind", "new_policy"), ("data",)),
    (("lists", "show", "9"), ("list 9",)),
    (("lists", "errors", "9"), ("list 9",)),
    (("campaign", "create", "x", "--list", "9"), ("list 9",)),
    (("campaign", "create", "x", "--list", "1", "--from", "+8610"), ("+8610", "company.toml")),
    (("campaign", "create", "x", "--list", "1", "--from", "mine"), ("mine", "company.toml")),
    (("campaign", "start", "nope"), ("campaign nope",)),
    (("campaign", "pause", "99"), ("campaign 99",)),
    (("campaign", "status", "9" * 40), ("campaign 999",)),
    (("campaign", "preview", "²"), ("campaign ²",)),
    (("call", "show", "99"), ("call 99",)),
    (("call", "show", "9" * 40), ("call show", "999")),
    (("call", "show", "0"), ("call show",)),
    (("call", "show", "x"), ("call show", "x")),
    (("call", "verify", "99"), ("call 99",)),
    (("problems", "show", "99"), ("problem 99",)),
    (("dnc", "check", "12"), ("dnc check", "12")),
    (("dnc", "add", "abc"), ("abc",)),
    (("dnc", "add", "13812345678", "--until", "soon"), ("--until", "soon")),
    (("dnc", "add", "13812345678", "--purpose", "fun"), ("--purpose", "fun")),
    (("dnc", "revoke", "99", "--reason", "moved"), ("entry 99",)),
    (("dnc", "revoke", "1"), ("--reason",)),
    (("dnc", "revoke", "1", "--reason", "moved", "--by", "nemo"), ("nemo", "users list")),
    (("dnc", "add"), ("--policy", "--customer")),
    (("dnc", "add", "--policy", "P9"), ("P9", "nobody")),
    (("dnc", "add", "13812345678", "--for", "soon"), ("--for", "365d")),
    (("dnc", "add", "13812345678", "--for", "3d", "--until", "2026-12-01"), ("--for", "--until")),
    (("dnc", "import", "/no/such.txt"), ("/no/such.txt",)),
    (("scripts", "show", "nope"), ("nope", "new-contract")),
    (("scripts", "show", "nope.toml"), ("nope.toml",)),
    (("db", "restore", "/no/such.db"), ("/no/such.db",)),
    (("demo", "--list", "/no/such.csv"), ("/no/such.csv",)),
    (("demo", "--speed", "fast"), ("--speed", "fast")),
    (("exchange", "--port", "0", "--faults", "/no/faults.toml"), ("/no/faults.toml",)),
    (("exchange", "--port", "0", "--personas", str(DATA / "replies.toml")), ("replies.toml", "reply")),
]


@pytest.mark.parametrize(("words", "named"), MISTAKES, ids=lambda value: " ".join(value)[-40:])
def test_a_mistake_is_one_line_that_names_the_place(
    huifang: Run, words: tuple[str, ...], named: tuple[str, ...]
) -> None:
    refused(huifang(*words), *named)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_script_is_one_line_that_names_the_file(huifang: Run, path: Path) -> None:
    refused(huifang("scripts", "show", path), ".toml: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUIFANG_CLOCK", "soon"),
        ("HUIFANG_CLOCK", "2026-11-23T09:00:00*60"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("HUIFANG_PUBLIC_URL", "example.com"),
        ("HUIFANG_SECRET_KEY", "short"),
        ("HUIFANG_DATABASE", "postgres://x"),
    ],
)
def test_a_malformed_setting_stops_every_command_with_its_name(
    huifang: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    refused(huifang("lists", "show"), name)


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("serve", "TWILIO_AUTH_TOKEN"),
        ("serve", "HUIFANG_PUBLIC_URL"),
        ("serve", "HUIFANG_SECRET_KEY"),
        ("dial", "TWILIO_ACCOUNT_SID"),
        ("dial", "TWILIO_AUTH_TOKEN"),
        ("dial", "HUIFANG_PUBLIC_URL"),
        ("collect", "TWILIO_ACCOUNT_SID"),
    ],
)
def test_a_process_does_not_start_without_its_settings(home: Home, command: str, missing: str) -> None:
    refused(process(command, **(CARRIER | {missing: ""})), missing)


@pytest.mark.parametrize("command", ["serve", "dial"])
def test_a_process_does_not_start_without_a_company(home: Home, command: str) -> None:
    home.company_file.unlink()
    refused(process(command, **CARRIER), "company.toml", "huifang init")


def test_a_company_file_in_another_encoding_is_named(huifang: Run, home: Home) -> None:
    home.company_file.write_bytes('name = "晨星人寿"'.encode("gb18030"))
    refused(huifang("campaign", "create", "x", "--list", "1"), "company.toml")


def test_only_the_owner_may_read_what_a_command_makes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    environ = os.environ | {"HUIFANG_HOME": str(home), "HUIFANG_CLOCK": "2026-11-23T09:00:00+08:00*60"}
    for words in (["init"], ["lists", "import", DATA / "new_policy.csv", "--kind", "new_policy"]):
        subprocess.run([sys.executable, "-m", "ivr.cli", *words], env=environ, umask=0o022, check=True)
    made = list(home.rglob("*"))
    assert home / "huifang.db" in made
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_a_key_that_is_none_is_named(huifang: Run, home: Home, small_list: Path) -> None:
    (home.root / "keys" / "customer.key").write_text("no key")
    refused(huifang("lists", "import", small_list, "--kind", "new_policy"), "customer.key")


def test_a_database_that_is_none_is_named(
    huifang: Run, monkeypatch: pytest.MonkeyPatch, small_list: Path
) -> None:
    monkeypatch.setenv("HUIFANG_DATABASE", str(small_list))
    before = small_list.read_bytes()
    refused(huifang("db", "verify"), str(small_list))
    refused(huifang("db", "migrate"), str(small_list))
    assert small_list.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\x81", b"a,b\r\n1,2\r\n"])
def test_a_list_that_is_none_leaves_nothing_behind(huifang: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    refused(huifang("lists", "import", path, "--kind", "new_policy"), "odd.csv")
    assert json.loads(huifang("lists", "show", "--json").out) == []


def test_an_import_reports_every_row_in_json(huifang: Run) -> None:
    done = huifang("lists", "import", DATA / "new_policy.csv", "--kind", "new_policy", "--json")
    report = json.loads(done.out)
    expected = json.loads((DATA / "new_policy.expect.json").read_text(encoding="utf-8"))
    assert report["rows"] == expected["rows"]
    assert report["accepted"] + len(report["refused"]) == report["rows"]
    for finding in report["refused"] + report["flagged"]:
        assert list(finding) == ["row", "field", "reason", "code", "reason_en", "sheet"]
    assert done.err == ""
    again = json.loads(
        huifang("lists", "import", DATA / "new_policy.csv", "--kind", "new_policy", "--json").out
    )
    assert again == report | {"unchanged": True}
    rows = json.loads(huifang("lists", "errors", "1", "--json").out)
    assert [row["code"] for row in rows] == [finding["code"] for finding in report["refused"]]


def test_a_number_is_blocked_until_it_is_revoked(huifang: Run, tmp_path: Path) -> None:
    def check(number: str) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = json.loads(huifang("dnc", "check", number, "--json").out)
        return found

    assert check("13812345678") == {"blocked": False, "entries": []}
    assert huifang("dnc", "add", "138 1234 5678", "--reason", "letter").code == 0
    found = check("+8613812345678")
    assert list(found) == ["blocked", "entries"]
    assert found["blocked"] is True
    assert [(one["number"], one["reason"]) for one in found["entries"]] == [(8613812345678, "letter")]
    assert huifang("dnc", "revoke", "1", "--reason", "agreed").code == 0
    assert check("13812345678")["blocked"] is False
    refused(huifang("dnc", "revoke", "1", "--reason", "agreed"), "entry 1")
    (entry,) = json.loads(huifang("dnc", "list", "--json").out)
    assert (entry["revoke_reason"], entry["revoked_by"]) == ("agreed", "command")


def test_numbers_are_imported_and_bad_lines_are_told(huifang: Run, tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    path.write_text("13812345678\n\nnobody\n+8613912345678\n13812345678\n", encoding="utf-8")
    done = huifang("dnc", "import", path, "--for", "365d", "--purpose", "marketing", "--scope", "industry")
    assert done.code == 0
    assert "3 numbers, 2 new, 1 lines left out" in done.out
    assert "numbers.txt: line 3: is not a telephone number" in done.err
    again = json.loads(huifang("dnc", "import", path, "--for", "365d", "--purpose", "marketing",
                               "--scope", "industry", "--json").out)  # fmt: skip
    assert (again["new"], again["bad"], again["bad_lines"][0]["line"]) == (0, 1, 3)
    found = json.loads(huifang("dnc", "list", "--json").out)
    assert [(one["number"], one["purpose"], one["scope"]) for one in found] == [
        (8613812345678, "marketing", "industry"), (8613912345678, "marketing", "industry")
    ]  # fmt: skip


def test_a_customer_is_forbidden_by_policy_or_by_a_number_of_theirs(
    huifang: Run, conn: sqlite3.Connection
) -> None:
    policy, key, number = conn.execute(
        "select policy_no, customer_key, n.number from contacts k join numbers n on n.contact_id = k.id"
    ).fetchone()
    numbers = {(one, None) for one in dnc.numbers_of(conn, key)}
    for words in (("--policy", policy), (f"+{number}",), ("--customer", key)):
        assert huifang("dnc", "add", *words, "--reason", "letter").code == 0
    rows = conn.execute("select number, customer_key, count(*) from dnc group by 1, 2").fetchall()
    assert set(rows) == {(*row, 3) for row in numbers | {(None, key)}}


def approved(home: Home) -> None:
    """The scripts of the home are in force."""
    path = home.root / "huifang.db"
    ledger.migrate(path)
    with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
        put_in_force(conn, MORNING)


def test_a_campaign_is_created_previewed_started_and_stopped(
    huifang: Run, home: Home, small_list: Path
) -> None:
    approved(home)
    huifang("lists", "import", small_list, "--kind", "new_policy")
    made = json.loads(huifang("campaign", "create", "November", "--list", "1", "--json").out)
    assert made == {"id": 1, "name": "November", "left_out": {}}
    refused(huifang("campaign", "create", "November", "--list", "1"), "November")
    assert "running" in huifang("campaign", "start", "November").out
    preview = json.loads(huifang("campaign", "preview", "1", "--json").out)
    assert preview["tasks"] == preview["called"] + sum(preview["skipped"].values()) > 0
    assert "will be called" in huifang("campaign", "preview", "1").out
    status = json.loads(huifang("campaign", "status", "November", "--json").out)
    assert (status["status"], status["dialed"], status["due"] > 0) == ("running", 0, True)
    huifang("campaign", "stop", "November")
    refused(huifang("campaign", "start", "November"), "campaign 1", "stopped")


def test_a_campaign_has_a_mode_that_changes_while_it_is_paused(
    huifang: Run, home: Home, small_list: Path
) -> None:
    approved(home)
    huifang("lists", "import", small_list, "--kind", "new_policy")
    huifang("campaign", "create", "November", "--list", "1", "--mode", "progressive")
    assert "progressive" in huifang("campaign", "status").out
    huifang("campaign", "start", "1")
    refused(huifang("campaign", "mode", "1", "preview"), "pause it first")
    huifang("campaign", "pause", "1")
    assert "preview" in huifang("campaign", "mode", "November", "preview").out
    assert json.loads(huifang("campaign", "status", "1", "--json").out)["mode"] == "preview"
    assert "(preview)" in huifang("campaign", "status", "1").out
    refused(huifang("campaign", "mode", "1", "robot", "--unit", "上海"), "unit 上海")


def test_listings_are_json_or_a_table(huifang: Run, ledger_path: Path) -> None:
    for words in (("lists", "show"), ("campaign", "status"), ("dnc", "list"), ("scripts", "list"),
                  ("problems", "list"), ("recordings", "list"), ("lists", "errors", "1")):  # fmt: skip
        assert isinstance(json.loads(huifang(*words, "--json").out), list)
        table = huifang(*words)
        assert (table.code, table.err) == (0, "")
        assert table.out


def test_the_database_is_migrated_as_often_as_one_likes(huifang: Run, home: Home) -> None:
    for _ in range(2):
        assert huifang("db", "migrate").code == 0
    assert (home.root / "huifang.db").exists()
    assert huifang("db", "verify").out == "ok: 0 events, every hash holds\n"


def test_init_makes_a_home_and_overwrites_nothing(huifang: Run, home: Home) -> None:
    shutil.rmtree(home.root)
    assert "company.toml" in huifang("init").out
    home.company_file.write_text("mine", encoding="utf-8")
    key = home.customer_key()
    assert huifang("init").code == 0
    assert (home.company_file.read_text(encoding="utf-8"), home.customer_key()) == ("mine", key)


@pytest.fixture
def talked(signed_post: Post, claimed: list[Claimed], conn: sqlite3.Connection) -> Phone:
    """One call that was held from beginning to end."""
    phone = Phone(signed_post, claimed[0].call_id)
    for _ in talk(phone, conn):
        pass
    phone.status()
    return phone


@pytest.mark.usefixtures("talked")
def test_an_answer_edited_by_hand_is_found(huifang: Run, ledger_path: Path) -> None:
    assert huifang("db", "verify").code == 0
    assert huifang("call", "verify", "1").code == 0
    with closing(sqlite3.connect(ledger_path)) as hand:
        hand.execute("update answers set category = 'yes', raw = '1' where id = 3")
        hand.execute("update answers set raw = raw || '.' where id = 3")
        hand.commit()
    for words in (("db", "verify"), ("call", "verify", "1")):
        done = huifang(*words)
        assert done.code == 1
        assert "answers 3" in done.out or "answers" in done.out
    assert huifang("call", "verify", "2").code == 0


@pytest.mark.usefixtures("talked")
def test_a_call_is_printed_as_a_conversation(huifang: Run) -> None:
    out = huifang("call", "show", "1").out
    for text in ("机器", "客户", "按键 1", "disclosure", "outcome SUCCESS: done", "gate allow"):
        assert text in out
    story = json.loads(huifang("call", "show", "1", "--json").out)
    assert story["call"]["outcome"] == "SUCCESS"
    assert len(story["turns"]) > 20


@pytest.mark.usefixtures("talked")
def test_of_a_restricted_call_only_its_end_is_printed(huifang: Run, ledger_path: Path) -> None:
    with closing(ledger.connect(ledger_path)) as conn, ledger.transaction(conn):
        conn.execute("update calls set restricted = 1 where id = 1")
    lines = huifang("call", "show", "1").out.splitlines()
    assert [line.partition(" · ")[0] for line in lines] == ["call 1", "outcome SUCCESS: done"]
    assert json.loads(huifang("call", "show", "1", "--json").out).keys() == {
        "call_id", "restricted", "outcome",
    }  # fmt: skip


@pytest.mark.usefixtures("talked")
def test_a_copy_of_the_ledger_can_be_put_back(huifang: Run, ledger_path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert huifang("db", "backup", copy).code == 0
    refused(huifang("db", "backup", copy), "copy.db")
    refused(huifang("db", "restore", copy), str(ledger_path))
    shown = huifang("call", "show", "1").out
    for path in ledger_path.parent.glob("huifang.db*"):
        path.unlink()
    assert huifang("db", "restore", copy).code == 0
    assert huifang("call", "show", "1").out == shown
    with closing(ledger.connect(ledger_path)) as conn:
        assert events.verify(conn) == []


def test_a_copy_that_is_none_is_not_put_back(huifang: Run, home: Home, small_list: Path) -> None:
    refused(huifang("db", "restore", small_list), small_list.name)
    assert not (home.root / "huifang.db").exists()


def test_recordings_are_verified(huifang: Run, ledger_path: Path) -> None:
    assert huifang("recordings", "verify").out == "ok: 0 recordings, every digest holds\n"


def test_the_command_runs_as_a_process(home: Home) -> None:
    assert process("scripts", "show", "survey").code == 0
    done = process("call", "show", "1")
    refused(done, "call 1")
    assert "Traceback" not in done.err
