"""Access tokens: what they say, and with which of Twilio's errors bad ones are refused."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from exchange_studio import ACCOUNT
from exchange_wire import APPLICATION, forged, token
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.browser.token import LONGEST, Token, read
from exchange.errors import SignalError

NOW = time.time()


def secret_of(issuer: str) -> str | None:
    return {ACCOUNT.api_key: ACCOUNT.api_secret}.get(issuer)


def taken(text: str, now: float | None = None) -> Token:
    return read(text, ACCOUNT.sid, secret_of, time.time() if now is None else now)


def refused(text: str, now: float | None = None) -> int:
    with pytest.raises(SignalError) as caught:
        taken(text, now)
    return caught.value.code


def test_a_token_says_who_its_bearer_is_and_what_he_may() -> None:
    found = taken(token("alice", outgoing_application_params={"team": "blue"}))
    assert (found.identity, found.address) == ("alice", "client:alice")
    assert found.incoming is True
    assert (found.application, found.parameters) == (APPLICATION, (("team", "blue"),))


def test_without_an_identity_the_bearer_calls_as_anonymous() -> None:
    assert taken(token(None)).address == "client:Anonymous"


def test_without_grants_nobody_may_call_or_be_called() -> None:
    found = taken(token("alice", outgoing_application_sid=None, incoming_allow=False))
    assert (found.incoming, found.application) == (False, None)


def test_a_token_lasts_to_the_second_it_says() -> None:
    text = token(ttl=600)
    expires = jwt.decode(text, options={"verify_signature": False})["exp"]
    assert taken(text, expires - 1).expires == expires
    assert refused(text, expires) == 20104


def test_a_token_of_24_hours_is_the_longest() -> None:
    assert taken(token(ttl=LONGEST)).identity == "alice"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 20101),
        ("no.token.at-all", 20101),
        ("\ud800", 20101),
        (token().rsplit(".", 1)[0], 20101),
        (forged(header={"cty": "twilio-fpa;v=2"}), 20102),
        (forged(header={"cty": None}), 20102),
        (jwt.encode({"iss": ACCOUNT.api_key}, "s" * 64, "HS512", {"cty": "twilio-fpa;v=1"}), 20102),
        (forged(iss="SK" + "0" * 32), 20103),
        (forged(iss=None), 20103),
        (forged(sub="AC" + "0" * 32), 20103),
        (forged(exp=int(NOW) - 5), 20104),
        (forged(exp=None), 20104),
        (forged(nbf=int(NOW) + 600), 20105),
        (forged(grants=None), 20106),
        (forged(grants={"identity": "alice"}), 20106),
        (forged(grants={"identity": "alice", "voice": {"outgoing": "all"}}), 20106),
        (forged(grants=["voice"]), 20106),
        (forged(secret="x" * 32), 20107),
        (forged(exp=int(NOW) + 2 * LONGEST), 31207),
    ],
)
def test_a_bad_token_is_refused_with_the_code_of_its_fault(text: str, code: int) -> None:
    assert refused(text) == code


@given(st.text(max_size=60) | st.tuples(st.text(), st.text(), st.text()).map(".".join))
@settings(max_examples=60, deadline=None)
def test_no_text_is_mistaken_for_a_token(text: str) -> None:
    assert refused(text) in (20101, 20102)


CLAIM = st.none() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({})


@given(st.dictionaries(st.sampled_from(["incoming", "outgoing", "identity"]), CLAIM))
@settings(max_examples=60, deadline=None)
def test_odd_grants_are_refused_or_grant_nothing(grants: dict[str, Any]) -> None:
    text = forged(grants={"identity": "alice", "voice": grants})
    found: Token | SignalError
    try:
        found = taken(text)
    except SignalError as error:
        found = error
    if isinstance(found, SignalError):
        assert found.code == 20106
    else:
        assert (found.incoming, found.application) == (False, None)
