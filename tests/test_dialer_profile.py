"""Calling rules as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer import profile
from dialer.errors import ProfileError

LIFE = Path(profile.__file__).parent / "profiles" / "cn_life.toml"


def test_every_shipped_profile_loads() -> None:
    assert profile.profiles() == ("cn_lapse", "cn_life", "cn_survey")
    for name in profile.profiles():
        assert profile.load_profile(name).version == f"{name}/1"


def test_an_unknown_profile_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ProfileError, match="cn_life, cn_survey"):
        profile.load_profile("moon")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('[["09:00", "20:00"]]', '[["20:00", "09:00"]]', "windows: give from and to"),
        ('[["09:00", "20:00"]]', "[]", "windows: give from and to"),
        ('[["09:00", "20:00"]]', '[["09:00", "25:00"]]', "25:00"),
        ('[["09:00", "20:00"]]', '[["nine", "20:00"]]', "broken.toml"),
        ("late = true ", 'late = "yes"', "late: must be given as bool"),
        ("attempts_per_day = 3", "", "attempts_per_day: must be given as int"),
        ("spacing_minutes = 10 ", "spacing_minutes = -1", "spacing_minutes: must not be negative"),
        ("[retry]", "[retries]", "retry: must be given as dict"),
        ("resume = 10 ", "", "retry: resume: is missing"),
        ("machine = 180", 'machine = "later"', "retry: machine: must be given as int"),
        ('offers = ["10:00", "15:00", "19:00"]', "offers = []", "slots: offers: give at least one"),
        ("version = 1", "version = = 1", "cannot be read"),
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
