"""Settings come from the environment; a missing or wrong one stops the start with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.settings import SettingError, read

GOOD = {
    "HUIFANG_HOME": "/srv/huifang",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "secret-token-of-the-account",
    "HUIFANG_SECRET_KEY": "0123456789abcdef",
    "HUIFANG_PUBLIC_URL": "https://calls.example.com/",
}


def test_the_database_lies_in_the_home_unless_said_otherwise() -> None:
    assert read(GOOD).database == Path("/srv/huifang/huifang.db")
    assert read(GOOD | {"HUIFANG_DATABASE": "sqlite:////tmp/x.db"}).database == Path("/tmp/x.db")


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "HUIFANG_PUBLIC_URL"])
def test_a_missing_setting_stops_the_start_with_its_name(name: str) -> None:
    environ = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(SettingError, match=f"^{name}: is not set"):
        read(environ, need=(name,))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_ACCOUNT_SID", "not-a-sid"),
        ("TWILIO_API_KEY", "AC" + "0" * 32),
        ("TWILIO_TWIML_APP_SID", "AP1"),
        ("HUIFANG_PUBLIC_URL", "calls.example.com"),
        ("TWILIO_API_BASE", "http://127.0.0.1:9000/?x=1"),
        ("HUIFANG_SECRET_KEY", "short"),
        ("HUIFANG_DATABASE", "postgres://db/huifang"),
    ],
)
def test_a_malformed_setting_stops_the_start_with_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}: "):
        read(GOOD | {name: value})


def test_secrets_are_not_in_the_representation() -> None:
    shown = repr(read(GOOD))
    assert GOOD["TWILIO_AUTH_TOKEN"] not in shown
    assert GOOD["HUIFANG_SECRET_KEY"] not in shown


def test_the_signed_base_has_no_trailing_slash() -> None:
    assert read(GOOD).signed_url == "https://calls.example.com"


def test_what_telephones_in_the_browser_lack_is_named() -> None:
    assert read(GOOD).softphone_lacks == ("TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_TWIML_APP_SID")
    keys = {"TWILIO_API_KEY": "SK" + "0" * 32, "TWILIO_API_SECRET": "s" * 32}
    found = read(GOOD | keys | {"TWILIO_TWIML_APP_SID": "AP" + "0" * 32})
    assert found.softphone_lacks == ()
    assert keys["TWILIO_API_SECRET"] not in repr(found)
