"""`huifang scripts lock`: an approval is written beside the script, and asked for again when words change."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import huifang
from scripts.load import LIBRARY


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUIFANG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUIFANG_CLOCK", "2027-01-03T20:00:00+00:00")
    return tmp_path


def test_new_words_are_locked_with_their_reference_and_day(home: Path) -> None:
    path = home / "mine.toml"
    words = (LIBRARY / "new_contract.toml").read_text(encoding="utf-8")
    path.write_text(words.replace("往往比交的钱少", "多半比交的钱少"), encoding="utf-8")
    done = CliRunner().invoke(huifang, ["scripts", "lock", str(path), "--reference", " 批〔2027〕1号 "])
    assert done.exit_code == 0, done.output
    assert "new-contract.surrender_loss" in done.output
    written = (home / "locks.toml").read_text(encoding="utf-8")
    assert 'reference = "批〔2027〕1号", date = 2027-01-04' in written
    again = CliRunner().invoke(huifang, ["scripts", "lock", str(path), "--reference", "批〔2027〕2号"])
    assert "0 locked now" in again.output
    assert (home / "locks.toml").read_text(encoding="utf-8") == written


def test_a_script_without_verbatim_words_has_nothing_to_lock(home: Path) -> None:
    path = home / "mine.toml"
    path.write_text((LIBRARY / "pos.toml").read_text(encoding="utf-8"), encoding="utf-8")
    done = CliRunner().invoke(huifang, ["scripts", "lock", str(path), "--reference", "批"])
    assert done.exit_code == 1
    assert "no step of its own has verbatim = true" in done.output
    assert not (home / "locks.toml").exists()


def test_an_approval_without_a_reference_is_refused(home: Path) -> None:
    done = CliRunner().invoke(huifang, ["scripts", "lock", "new-contract", "--reference", " "])
    assert done.exit_code == 1
    assert "--reference" in done.output
