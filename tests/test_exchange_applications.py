"""Applications as a resource, and calls that go by them."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_studio import EVENTS, Studio, document
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

HELLO = document("<Say>您好</Say>")


def test_an_application_keeps_its_webhooks(studio: Studio) -> None:
    client = studio().client
    made = client.applications.create(
        friendly_name="callbacks",
        voice_url="http://a.example/voice",
        voice_fallback_url="http://b.example/voice",
        status_callback="http://a.example/status",
        voice_method="GET",
    )
    fetched = client.applications(made.sid).fetch()
    assert (fetched.voice_url, fetched.voice_method) == ("http://a.example/voice", "GET")
    assert (fetched.voice_fallback_url, fetched.voice_fallback_method) == ("http://b.example/voice", "POST")
    changed = made.update(voice_method="POST", public_application_connect_enabled=True)
    assert (changed.voice_method, changed.voice_url) == ("POST", "http://a.example/voice")
    assert changed.public_application_connect_enabled


def test_applications_are_listed_newest_first_and_by_name(studio: Studio) -> None:
    client = studio().client
    for name in ("one", "two"):
        client.applications.create(friendly_name=name)
    assert [one.friendly_name for one in client.applications.list()] == ["two", "one"]
    assert [one.friendly_name for one in client.applications.list(friendly_name="one")] == ["one"]


def test_a_nameless_application_has_a_name(studio: Studio) -> None:
    made = studio().client.applications.create()
    assert made.friendly_name == made.sid.removeprefix("AP")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"voice_url": "nowhere"}, 21402),
        ({"status_callback_method": "HEAD"}, 21403),
        ({"voice_fallback_url": "http://a.example/"}, 21405),
        ({"api_version": "2020-01-01"}, 20001),
    ],
)
def test_a_bad_application_is_refused_with_its_code(
    studio: Studio, wanted: dict[str, Any], code: int
) -> None:
    client = studio().client
    with pytest.raises(TwilioRestException) as refused:
        client.applications.create(**wanted)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert client.applications.list() == []


def test_a_call_by_an_application_ignores_its_own_webhooks(studio: Studio) -> None:
    line = studio()
    line.pages["/application"] = HELLO
    made = line.client.applications.create(
        voice_url=line.url("/application"), voice_method="GET", status_callback=line.url("/status")
    )
    line.talk(
        application_sid=made.sid,
        status_callback=line.url("/other"),
        status_callback_event=EVENTS,
    )
    assert [(seen.method, seen.path) for seen in line.application.seen] == [
        ("GET", "/application"),
        ("POST", "/status"),
    ]
    assert line.application.asked("/status")[0].form["CallStatus"] == "completed"


def test_a_call_by_an_application_falls_back_to_its_fallback(studio: Studio) -> None:
    line = studio()
    line.pages["/broken"], line.pages["/fallback"] = "<Response>", HELLO
    made = line.client.applications.create(
        voice_url=line.url("/broken"), voice_fallback_url=line.url("/fallback")
    )
    line.talk(url=None, application_sid=made.sid)
    assert line.application.asked("/fallback")[0].form["ErrorCode"] == "12100"


def test_an_application_that_is_unknown_or_has_no_document_places_no_call(studio: Studio) -> None:
    line = studio()
    silent = line.client.applications.create()
    for sid in ("AP" + "0" * 32, silent.sid):
        with pytest.raises(TwilioRestException) as refused:
            line.call(url=None, application_sid=sid)
        assert (refused.value.status, refused.value.code) == (400, 21218)
    assert line.client.calls.list() == []


def test_a_number_goes_by_its_application_until_that_is_deleted(studio: Studio) -> None:
    line = studio()
    made = line.client.applications.create(voice_url="http://a.example/application")
    number = line.client.incoming_phone_numbers.create(
        phone_number="+8675500001111", voice_url="http://a.example/own", voice_application_sid=made.sid
    )
    voice = line.board.directory.voice_of(number.phone_number)
    assert voice is not None
    assert voice.voice is not None
    assert (voice.voice.url, voice.application_sid) == ("http://a.example/application", made.sid)
    made.delete()
    voice = line.board.directory.voice_of(number.phone_number)
    assert voice is not None
    assert voice.voice is not None
    assert (voice.voice.url, voice.application_sid) == ("http://a.example/own", None)
    assert number.fetch().voice_application_sid is None
