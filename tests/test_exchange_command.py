"""The command: what it prints, how it refuses, how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from exchange.command import main


@contextmanager
def _running(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The program and what it printed, line by line, until its credentials are known."""
    command = [sys.executable, "-m", "exchange", "--port", "0", *arguments]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TWILIO_", "HUIFANG_"))}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            env=kept | {"XDG_RUNTIME_DIR": folder} | environment,
        ) as program,
    ):
        try:
            assert program.stdout is not None
            lines = [program.stdout.readline().strip() for _ in range(7)]
            yield program, {line.rpartition("  ")[0].strip() or line[:10].strip(): line for line in lines}
        finally:
            program.kill()


def _word(printed: dict[str, str], name: str) -> str:
    return next(line for line in printed.values() if line.startswith(name)).split()[-1]


def test_it_prints_where_it_is_and_the_credentials_it_made() -> None:
    with _running("--speed", "10") as (_, printed):
        url, sid, token = (_word(printed, name) for name in ("exchange", "account", "token"))
        assert re.fullmatch("AC[0-9a-f]{32}", sid)
        answer = requests.get(f"{url}/2010-04-01/Accounts/{sid}/Calls.json", auth=(sid, token), timeout=5)
        assert answer.json()["calls"] == []
        assert requests.get(f"{url}/control/health", timeout=5).json()["speed"] == 10


def test_it_prints_the_address_of_the_phone_page() -> None:
    with _running() as (_, printed):
        address = _word(printed, "phone")
        assert re.fullmatch(_word(printed, "exchange") + "/phone#[0-9a-f]{32}", address)
        assert "交换台电话" in requests.get(address, timeout=5).content.decode()


def test_given_secrets_are_not_printed() -> None:
    sid = "AC" + "1" * 32
    with _running("--api-secret", "hush", TWILIO_ACCOUNT_SID=sid, TWILIO_AUTH_TOKEN="quiet") as (_, printed):
        text = "\n".join(printed.values())
        assert sid in text
        assert "hush" not in text
        assert "quiet" not in text


def test_the_clock_comes_from_the_environment_and_a_flag_is_heard_first() -> None:
    spec = "2026-11-23T09:00:00+08:00*60"
    with _running(HUIFANG_CLOCK=spec) as (_, printed):
        assert "2026-11-23T01:00" in "\n".join(printed.values())
    with _running("--speed", "7", HUIFANG_CLOCK=spec) as (_, printed):
        assert "speed 7" in "\n".join(printed.values())


def test_the_tls_proxy_and_its_bundle_are_printed_and_gone_at_the_end() -> None:
    with _running("--tls-proxy", "0") as (program, _):
        assert program.stdout is not None
        told = dict(program.stdout.readline().rsplit(maxsplit=1) for _ in range(2))
        proxy, bundle = told["tls proxy"], told["ca file"]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", proxy)
        assert Path(bundle).is_file()
        program.send_signal(signal.SIGTERM)
        assert program.wait(5) == 0
        assert not Path(bundle).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    with _running() as (program, _):
        program.send_signal(number)
        assert program.wait(5) == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--speed", "0"], "--speed"),
        (["--speed", "nan"], "--speed"),
        (["--speed", "1e300"], "--speed"),
        (["--clock", "now"], "clock 'now'"),
        (["--clock", "9999-12-31T23:59:59Z*1"], "clock '9999"),
        (["--cps", "0"], "--cps"),
        (["--cps", "nan"], "--cps"),
        (["--port", "65536"], "--port 65536"),
        (["--tls-proxy", "65536"], "--tls-proxy 65536"),
        (["--account-sid", "me"], "--account-sid"),
        (["--personas", "/nowhere.toml"], "/nowhere.toml"),
        (["--people", "/nowhere.json"], "/nowhere.json"),
        (["--faults", "/nowhere.toml"], "/nowhere.toml"),
        (["--host", "203.0.113.1"], "--host 203.0.113.1"),
    ],
)
def test_a_bad_setting_is_one_line_and_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--port", "0", *arguments]) == 2
    printed = capsys.readouterr().err.strip()
    assert complaint in printed
    assert "\n" not in printed


def test_a_broken_persona_file_names_file_persona_and_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "town.toml"
    path.write_text("[persona.grumpy]\nweight = 1\nmood = 'bad'", encoding="utf-8")
    assert main(["--port", "0", "--personas", str(path)]) == 2
    assert capsys.readouterr().err == f'exchange: {path}: persona "grumpy": mood: unknown key\n'
