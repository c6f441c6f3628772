"""The commands of a second terminal, and the file that spares them the credentials."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from exchange_studio import ACCOUNT, FROM, Line, Studio, document, rule
from exchange_studio import studio as studio

from exchange.command import main
from exchange.errors import SettingError
from exchange.state import State, found, left

CALLER = "+8613800138000"
HERE = State("http://127.0.0.1:8900", "AC1", "token", os.getpid())


def _at(line: Line, *arguments: str) -> int:
    credentials = ("--account-sid", ACCOUNT.sid, "--auth-token", ACCOUNT.auth_token)
    return main([*arguments, "--base", line.board.base_url, *credentials])


def _call(line: Line, *answers: str) -> int:
    return _at(line, "call", "--to", FROM, "--from", CALLER, "--url", line.url("/voice"), *answers)


def test_a_call_is_followed_to_its_end(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    line = studio()
    line.pages["/voice"] = document("<Gather numDigits='1' action='/next'><Say>您好</Say></Gather>")
    line.pages["/next"] = document("<Hangup/>")
    assert _call(line, "--digits", "7") == 0
    printed = capsys.readouterr().out
    for words in ("call CA", "hears         您好", "presses       7", "status        completed"):
        assert words in printed
    assert "no answer yet" not in printed


def test_answers_are_given_in_their_order_with_pauses(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document(
        "<Gather input='dtmf speech' action='/voice' actionOnEmptyResult='true'/>"
    )
    _call(line, "--say", "好的", "--silent", "--after", "2", "--digits", "12", "--hang-up")
    given = [(seen.form.get("SpeechResult"), seen.form.get("Digits")) for seen in line.application.seen[1:]]
    assert given == [("好的", None), ("", ""), (None, "12")]


def test_a_call_on_which_the_application_fails_is_1(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = "no TwiML"
    assert _call(line) == 1


def test_a_refusal_is_one_line_and_2(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    assert _at(studio(), "call", "--to", FROM, "--from", CALLER) == 2
    assert "21205" in capsys.readouterr().err


def test_running_calls_are_listed(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    line = studio(speed=20)
    line.pages["/voice"] = document("<Pause length='1000'/>")
    line.call()
    line.until(lambda: line.application.asked("/voice"))
    assert _at(line, "calls") == 0
    assert "in-progress" in capsys.readouterr().out


def test_a_trace_is_printed(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    sid = line.talk().sid
    assert _at(line, "trace", sid) == 0
    assert "verb          <Hangup>" in capsys.readouterr().out
    assert _at(line, "trace", "CA0") == 2


def test_an_address_where_nobody_listens_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--base", "http://127.0.0.1:1", "--account-sid", "AC1", "--auth-token", "x"]
    assert main(["calls", *where]) == 2
    assert "no answer from the exchange" in capsys.readouterr().err


def test_a_base_needs_credentials(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    assert main(["calls", "--base", "http://127.0.0.1:1"]) == 2
    assert "--account-sid" in capsys.readouterr().err


def test_without_an_exchange_it_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert main(["calls"]) == 2
    assert "huifang exchange --port" in capsys.readouterr().err


def test_the_file_is_there_while_the_exchange_runs_and_private(tmp_path: Path) -> None:
    environment = {"XDG_RUNTIME_DIR": str(tmp_path)}
    with left(HERE, None, environment):
        (file,) = (tmp_path / "huifang").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700
        assert found(None, None, environment) == HERE
        assert found(None, 8900, environment) == HERE
        assert found(file, None, {}) == HERE
    assert not file.exists()


def test_the_file_of_a_dead_exchange_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "huifang"
    folder.mkdir()
    dead = folder / "exchange-1.json"
    state = {"url": "http://x:1", "account_sid": "AC1", "auth_token": "t", "pid": 2**22 + 1}
    dead.write_text(json.dumps(state), encoding="utf-8")
    (folder / "exchange-2.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SettingError, match="no exchange"):
        found(None, None, {"XDG_RUNTIME_DIR": str(tmp_path)})
    assert not dead.exists()


def test_of_several_exchanges_one_must_be_chosen(tmp_path: Path) -> None:
    environment = {"XDG_RUNTIME_DIR": str(tmp_path)}
    other = State("http://127.0.0.1:8901", "AC2", "token", os.getppid())
    with left(HERE, None, environment), left(other, None, environment):
        with pytest.raises(SettingError, match="--port"):
            found(None, None, environment)
        assert found(None, 8901, environment) == other
        with pytest.raises(SettingError, match="at port 1:"):
            found(None, 1, environment)


def test_nothing_is_left_where_others_can_look(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "huifang"
    folder.mkdir(mode=0o755)
    with left(HERE, None, {"XDG_RUNTIME_DIR": str(tmp_path)}):
        assert list(folder.iterdir()) == []
    assert "not yours alone" in caplog.text


def test_a_file_that_was_asked_for_must_be_writable(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="--state"), left(HERE, tmp_path / "no" / "where.json", {}):
        pass


def test_a_persona_calls_with_what_it_knows(studio: Studio) -> None:
    line = studio(rule("您好", keys="{code}"))
    line.pages["/voice"] = document("<Gather numDigits='2' action='/next'><Say>您好</Say></Gather>")
    line.pages["/next"] = document("<Hangup/>")
    assert _call(line, "--persona", "somebody", "--fact", "code=42") == 0
    assert line.application.asked("/next")[0].form["Digits"] == "42"
