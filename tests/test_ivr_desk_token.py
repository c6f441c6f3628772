"""Access tokens say who calls through which application; where none can be made the settings are named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from exchange.browser.routes import SDK
from exchange.browser.token import read
from ivr import settings
from ivr.desk import origins, token
from ivr.people.headers import policy

ROOT = Path(__file__).parents[1]
HERE = settings.read(
    {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_API_KEY": "SK" + "1" * 32,
        "TWILIO_API_SECRET": "s" * 32,
        "TWILIO_TWIML_APP_SID": "AP" + "2" * 32,
    }
)


def test_a_token_is_one_persons_for_an_hour_and_takes_no_calls() -> None:
    found = token.issue(HERE, 7)
    claims = jwt.decode(str(found["token"]), HERE.api_secret, ["HS256"], options={"verify_exp": False})
    bearer = read(
        str(found["token"]), HERE.account_sid, {HERE.api_key: HERE.api_secret}.get, claims["exp"] - 1
    )
    assert (bearer.address, bearer.application, bearer.incoming) == (
        "client:agent_7",
        HERE.twiml_app_sid,
        False,
    )
    made = int(claims["jti"].rpartition("-")[2])
    assert claims["exp"] - made == found["ttl"] == 3600
    assert token.user_of(bearer.address) == 7


@pytest.mark.parametrize(
    "address", ["+8613812345678", "client:agent_0", "client:agent_07", "client:agent_7x", ""]
)
def test_nobody_else_is_a_person_of_ours(address: str) -> None:
    assert token.user_of(address) is None


def test_a_number_beyond_the_ledgers_is_nobody() -> None:
    assert token.user_of(f"client:agent_{2**63}") is None


@pytest.mark.parametrize(
    ("lacking", "name"),
    [
        ("api_key", "TWILIO_API_KEY"),
        ("api_secret", "TWILIO_API_SECRET"),
        ("twiml_app_sid", "TWILIO_TWIML_APP_SID"),
    ],
)
def test_what_is_missing_is_named(lacking: str, name: str) -> None:
    with pytest.raises(token.NoSoftphone, match=name):
        token.issue(replace(HERE, **{lacking: ""}), 7)


def test_pages_reach_the_carrier_or_the_exchange_and_nothing_else() -> None:
    assert policy(origins.asked(HERE), origins.loaded(HERE)).count("twilio.com") == 6
    assert "script-src 'self';" in policy(origins.asked(HERE), origins.loaded(HERE))
    local = replace(HERE, api_base="http://127.0.0.1:8900/")
    assert origins.loaded(local) == ("http://127.0.0.1:8900",)
    assert origins.asked(local) == ("http://127.0.0.1:8900", "ws://127.0.0.1:8900")
    assert origins.asked(replace(local, api_key="")) == origins.loaded(replace(local, api_key="")) == ()


def test_the_voice_sdk_is_the_one_that_the_exchange_is_tested_with() -> None:
    ours = ROOT / "ivr" / "static" / "vendor"
    for path in SDK.parent.iterdir():
        assert (ours / path.name).read_bytes() == path.read_bytes()
    assert "ivr/static/vendor/*.LICENSE.md" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
