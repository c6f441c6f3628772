"""What the account has, and which webhooks answer its numbers."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_studio import ACCOUNT

from exchange.directory import Application, CallerId, Directory, Number, Voice, arriving, opened
from exchange.order import Target

NUMBER, OTHER = "+8675500001111", "+8675500002222"
OWN = {
    "voice_url": "http://own/",
    "voice_fallback_url": "http://own/fallback",
    "voice_fallback_method": "GET",
}


def number(e164: str = NUMBER, **facts: Any) -> Number:
    return Number(
        sid="PN1", created=0, updated=0, phone_number=e164, type="local", friendly_name=e164, **facts
    )


def application(**facts: Any) -> Application:
    return Application(sid="AP1", created=0, updated=0, friendly_name="an application", **facts)


@pytest.fixture
def directory() -> Directory:
    return opened(ACCOUNT, 0.0)


def test_a_fresh_exchange_has_its_own_key_only(directory: Directory) -> None:
    key = directory.key(ACCOUNT.api_key)
    assert key is not None
    assert (key.main, list(directory.keys)) == (True, [ACCOUNT.api_key])
    assert directory.admits(ACCOUNT.api_key, ACCOUNT.api_secret) is key
    assert directory.admits(ACCOUNT.api_key, "wrong") is None
    assert directory.admits("nobody", ACCOUNT.api_secret) is None
    assert (directory.numbers, directory.applications, directory.caller_ids) == ({}, {}, {})


def test_a_number_is_answered_by_its_own_urls(directory: Directory) -> None:
    directory.numbers[NUMBER] = number(status_callback="http://own/status", **OWN)
    assert directory.voice_of(NUMBER) == Voice(
        Target("http://own/"),
        Target("http://own/fallback", "GET"),
        Target("http://own/status"),
        phone_number_sid="PN1",
    )
    assert directory.voice_of(OTHER) is None


def test_an_application_wins_over_the_numbers_own_urls(directory: Directory) -> None:
    directory.applications["AP1"] = application(voice_url="http://application/", voice_method="GET")
    directory.numbers[NUMBER] = number(voice_application_sid="AP1", **OWN)
    assert directory.voice_of(NUMBER) == Voice(
        Target("http://application/", "GET"), None, None, application_sid="AP1", phone_number_sid="PN1"
    )


def test_a_dropped_application_is_taken_from_its_numbers(directory: Directory) -> None:
    directory.applications["AP1"] = application(voice_url="http://application/")
    directory.numbers[NUMBER] = number(voice_application_sid="AP1", sms_application_sid="AP1", **OWN)
    directory.numbers[OTHER] = number(OTHER, voice_application_sid="AP2")
    directory.drop_application("AP1")
    voice, left, other = directory.voice_of(NUMBER), directory.number(NUMBER), directory.number(OTHER)
    assert voice is not None
    assert voice.voice == Target("http://own/")
    assert left is not None
    assert (left.voice_application_sid, left.sms_application_sid) == (None, None)
    assert other is not None
    assert other.voice_application_sid == "AP2"
    assert directory.application("AP1") is None


def test_any_caller_may_be_shown_until_there_is_a_number(directory: Directory) -> None:
    directory.caller_ids[OTHER] = CallerId(
        sid="PN2", created=0, updated=0, phone_number=OTHER, friendly_name=OTHER
    )
    assert directory.may_call_from("+1")
    directory.numbers[NUMBER] = number()
    assert not directory.may_call_from("+1")
    assert directory.may_call_from(NUMBER)
    assert directory.may_call_from(OTHER)
    assert directory.may_call_from("client:agent")
    assert (directory.owns(OTHER), directory.owns("+1")) == (True, False)
    assert directory.phone_number_sid(OTHER) == "PN2"
    assert directory.phone_number_sid("+1") is None


def test_a_call_arrives_with_everything_its_webhooks_say() -> None:
    voice = Voice(Target("http://a/"), Target("http://b/"), Target("http://c/"), "AP1", "PN1")
    order = arriving(voice, NUMBER, OTHER)
    assert order is not None
    assert (order.to, order.caller, order.document) == (NUMBER, OTHER, Target("http://a/"))
    assert (order.fallback, order.status) == (Target("http://b/"), Target("http://c/"))
    assert (order.application_sid, order.phone_number_sid) == ("AP1", "PN1")
    assert order.events == {"completed"}


def test_nothing_arrives_where_nothing_answers() -> None:
    assert arriving(Voice(None, Target("http://b/"), None), NUMBER, OTHER) is None
