"""API keys as a resource, and what they open."""

from __future__ import annotations

import pytest
from exchange_studio import ACCOUNT, Line, Studio
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client


def client_of(line: Line, user: str, password: str) -> Client:
    return Client(user, password, ACCOUNT.sid, http_client=line.client.http_client)


def refused(line: Line, path: str, user: str, password: str) -> bool:
    """Whether these credentials are turned away from a path of the account."""
    whole = f"{ACCOUNT.uri}/{path}" if path else f"{ACCOUNT.uri}.json"
    answer = line.http("GET", whole, auth=(user, password))
    return (answer.status_code, answer.json().get("code")) == (401, 20003)


def test_a_new_key_opens_the_account_until_it_is_deleted(studio: Studio) -> None:
    line = studio()
    made = line.client.new_keys.create(friendly_name="dialer")
    assert client_of(line, made.sid, made.secret).calls.list() == []
    line.client.keys(made.sid).delete()
    assert refused(line, "Calls.json", made.sid, made.secret)


def test_a_key_does_not_open_with_another_secret(studio: Studio) -> None:
    line = studio()
    made = line.client.new_keys.create()
    assert refused(line, "Calls.json", made.sid, ACCOUNT.api_secret)


@pytest.mark.parametrize("path", ["Keys.json", "SigningKeys.json", f"Keys/SK{'0' * 32}.json", ""])
def test_keys_and_accounts_are_closed_to_keys_made_here(studio: Studio, path: str) -> None:
    line = studio()
    made = line.client.new_keys.create()
    assert refused(line, path, made.sid, made.secret)


def test_the_exchanges_own_key_opens_everything(studio: Studio) -> None:
    client = client_of(studio(), ACCOUNT.api_key, ACCOUNT.api_secret)
    assert [key.sid for key in client.keys.list()] == [ACCOUNT.api_key]
    assert client.api.accounts(ACCOUNT.sid).fetch().sid == ACCOUNT.sid


def test_secrets_are_shown_once(studio: Studio) -> None:
    line = studio()
    made = line.client.new_keys.create(friendly_name="dialer")
    assert made.secret
    renamed = line.client.keys(made.sid).update(friendly_name="loader")
    assert (renamed.sid, renamed.friendly_name) == (made.sid, "loader")
    assert made.secret not in line.http("GET", f"{ACCOUNT.uri}/Keys.json").text


def test_signing_keys_are_the_same_keys(studio: Studio) -> None:
    line = studio()
    made = line.client.new_signing_keys.create(friendly_name="tokens")
    assert line.client.keys(made.sid).fetch().friendly_name == "tokens"
    assert [key.sid for key in line.client.signing_keys.list()] == [made.sid, ACCOUNT.api_key]
    known = line.board.directory.key(made.sid)
    assert known is not None
    assert known.secret == made.secret


def test_an_unknown_key_is_20404(studio: Studio) -> None:
    with pytest.raises(TwilioRestException) as refused:
        studio().client.keys("SK" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)
