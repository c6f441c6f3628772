"""The home keeps keys and the company; a broken file is named with its key."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.home import Company, Home, HomeError, read_company, write_company

COMPANY = Company("晨星人寿", "4008001234", "小晨", "8001", (8675588880000,))
LIFE, MOTOR, BOTH = 8675588880000, 8675588880001, 8675588880002
LINES = replace(COMPANY, numbers=(LIFE, MOTOR, BOTH), lines={"life": (LIFE,), "property": (MOTOR,)})


def test_the_customer_key_is_made_once_and_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    key = home.customer_key()
    assert len(key) == 32
    assert home.customer_key() == key
    assert stat.S_IMODE((home.root / "keys" / "customer.key").stat().st_mode) == 0o600


def test_a_company_is_read_as_written(tmp_path: Path) -> None:
    write_company(tmp_path / "company.toml", COMPANY)
    assert read_company(tmp_path / "company.toml") == COMPANY
    write_company(tmp_path / "company.toml", LINES)
    assert read_company(tmp_path / "company.toml") == LINES


def test_a_number_of_one_line_is_shown_by_no_other() -> None:
    """S001-39."""
    callers = LINES.callers()
    assert callers.of("property") == {MOTOR, BOTH}
    shown = [LINES.shown(line) for line in ("life", "property", "health", "")]
    assert shown == [(LIFE, BOTH), (MOTOR, BOTH), (BOTH,), (LIFE, MOTOR, BOTH)]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("life =", "farming =", "lines: name business lines: life, property, health"),
        ("life =", 'health = ["+1"]\nlife =', "lines: name only numbers that stand in numbers"),
        ("life =", f'health = ["+{MOTOR}"]\nlife =', "lines: a number belongs to one line alone"),
        ("life =", "health = []\nlife =", "health: must list at least one"),
    ],
)
def test_broken_lines_name_what_is_wrong(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = tmp_path / "company.toml"
    write_company(path, LINES)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(HomeError, match=named):
        read_company(path)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("晨星人寿", " ", "name"),
        ('hotline = "4008001234"', "", "hotline"),
        ('"+8675588880000"', '"075588880000"', "numbers"),
        ('["+8675588880000"]', "[]", "numbers"),
        ("[", "", "not valid TOML"),
    ],
)
def test_a_broken_company_file_names_the_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = tmp_path / "company.toml"
    write_company(path, COMPANY)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(HomeError, match=named):
        read_company(path)


def test_a_missing_company_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="huifang init"):
        read_company(tmp_path / "company.toml")
