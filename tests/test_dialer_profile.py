"""Calling rules as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer import profile
from dialer.errors import ProfileError

LIFE = Path(profile.__file__).parent / "profiles" / "cn_life.toml"


def test_every_shipped_profile_loads() -> None:
    names = ("cn_lapse", "cn_life", "cn_property", "cn_sales", "cn_survey", "fr", "uk", "us")
    assert profile.profiles() == names
    for name in names:
        assert profile.load_profile(name).version.startswith(f"{name}/")


def test_an_unknown_profile_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ProfileError, match="cn_life, cn_property"):
        profile.load_profile("moon")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('daily = [["09:00", "20:00"]]', 'daily = [["20:00", "09:00"]]', "windows: daily: give from and to"),
        ('daily = [["09:00", "20:00"]]', "daily = []", "windows: give the hours of at least one day"),
        ("daily =", '"mon moonday" =', "windows: mon moonday: name each day once"),
        ('zone = "Asia/Shanghai"', 'zone = "Mars/Olympus"', "zone: 'Mars/Olympus' is none"),
        ('holidays = "CN"', 'holidays = "ZZ"', "holidays: 'ZZ' is no country"),
        ('["duty", "service"]', '["duty", "fun"]', "purposes: choose of"),
        ("any_hour = false", "any_hour = true", "any_hour: is for duties alone"),
        ("attempts = 20", "attempts = 0", "frequency: attempts: must be at least 1"),
        ("attempts = 20", "attempts = 101", "frequency: attempts: no more than 100"),
        ("after_silence_hours = 0", "", "cool_down: after_silence_hours: must be given as int"),
        ('daily = [["09:00", "20:00"]]', 'daily = [["09:00", "25:00"]]', "25:00"),
        ('daily = [["09:00", "20:00"]]', 'daily = [["nine", "20:00"]]', "broken.toml"),
        ("late = true ", 'late = "yes"', "late: must be given as bool"),
        ("attempts_per_day = 3", "", "attempts_per_day: must be given as int"),
        ("spacing_minutes = 10 ", "spacing_minutes = -1", "spacing_minutes: must not be negative"),
        ("[retry]", "[retries]", "retry: must be given as dict"),
        ("resume = 10 ", "", "retry: resume: is missing"),
        ("machine = 180", 'machine = "later"', "retry: machine: must be given as int"),
        ('offers = ["10:00", "15:00", "19:00"]', "offers = []", "slots: offers: give at least one"),
        ("version = 2", "version = = 2", "cannot be read"),
    ],
)
def test_a_broken_profile_names_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = LIFE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "broken.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ProfileError, match=message) as caught:
        profile.read_profile(path)
    assert "broken.toml" in str(caught.value)
