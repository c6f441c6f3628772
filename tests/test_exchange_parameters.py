"""What webhooks say of a call: every documented parameter, and nothing that is not known."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from exchange_studio import ACCOUNT, EVENTS, FROM, TO, Line, Studio, document
from exchange_studio import studio as studio

from exchange.calls.call import Call
from exchange.calls.parameters import of_call, of_recording
from exchange.order import Order
from exchange.sound.tape import CUSTOMER, ROBOT, Tape
from exchange.web.geo import Place, place_of

HOME = ("City", "State", "Zip", "Country")
ALWAYS = {
    "CallSid",
    "AccountSid",
    "From",
    "To",
    "Caller",
    "Called",
    "CallStatus",
    "ApiVersion",
    "Direction",
    *(f"{name}{part}" for name in ("From", "To", "Caller", "Called") for part in HOME),
}
STATUS = ALWAYS | {"Timestamp", "CallbackSource", "SequenceNumber"}
RFC_2822 = r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000"


def _call(order: Order, **traits: Any) -> Call:
    return Call("CA" + "1" * 32, order, traits.pop("direction", "outbound-api"), 0.0, **traits)


def _said(order: Order, **traits: Any) -> dict[str, str]:
    return dict(of_call(_call(order, **traits), ACCOUNT))


def test_a_request_for_a_document_says_who_calls_whom_and_where_they_are_at_home(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    call = line.talk()
    form = line.application.asked("/voice")[0].form
    assert set(form) == ALWAYS
    assert (form["CallSid"], form["AccountSid"], form["ApiVersion"]) == (call.sid, ACCOUNT.sid, "2010-04-01")
    assert (form["From"], form["Caller"]) == (FROM, FROM)
    assert (form["To"], form["Called"]) == (TO, TO)
    assert (form["ToCountry"], form["CalledCountry"], form["FromCity"]) == ("CN", "CN", "")
    assert (form["Direction"], form["CallStatus"]) == ("outbound-api", "in-progress")


def test_status_callbacks_are_counted_and_dated(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Say>您好</Say>")
    line.talk(status_callback=line.url("/status"), status_callback_event=EVENTS)
    forms = [seen.form for seen in line.application.asked("/status")]
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert all(re.fullmatch(RFC_2822, form["Timestamp"]) for form in forms)
    assert {form["CallbackSource"] for form in forms} == {"call-progress-events"}
    assert set(forms[0]) == STATUS
    assert set(forms[-1]) == STATUS | {"CallDuration", "Duration", "SipResponseCode"}


def test_the_last_status_callback_names_the_recording_of_a_recorded_call(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Say>您好</Say>")
    line.talk(status_callback=line.url("/status"), record=True)
    form = line.application.asked("/status")[0].form
    assert form["RecordingUrl"].endswith(form["RecordingSid"])
    assert int(form["RecordingDuration"]) >= 0


def test_an_incoming_call_carries_a_token_and_an_outgoing_one_does_not(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    _incoming(line, "+14155552671")
    form = line.application.asked("/voice")[0].form
    assert set(form) == ALWAYS | {"CallToken", "StirVerstat"}
    assert set(json.loads(unquote(form["CallToken"]))) == {"parentCallInfoToken", "identityHeaderTokens"}
    assert (form["FromCity"], form["FromState"], form["FromCountry"]) == ("SAN FRANCISCO", "CA", "US")


def test_a_diverted_call_says_by_whom_and_a_known_caller_who_he_is(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    call = _incoming(line, TO, forwarded_from="+861095512000", caller_name="WANG XIAOMING")
    form = line.application.asked("/voice")[0].form
    assert (form["ForwardedFrom"], form["CallerName"]) == ("+861095512000", "WANG XIAOMING")
    assert (call["forwarded_from"], call["caller_name"]) == ("+861095512000", "WANG XIAOMING")


def _incoming(line: Line, caller: str, **known: str) -> Any:
    order = {"to": FROM, "from": caller, "url": line.url("/voice")} | known
    placed = line.http("POST", "/control/calls", json=order)
    assert placed.status_code == 201
    line.quiet()
    return placed.json()


def test_a_browser_has_no_home() -> None:
    said = _said(Order("client:anna", "client:bert", ""))
    assert set(said) == ALWAYS - {
        f"{name}{part}" for name in ("From", "To", "Caller", "Called") for part in HOME
    }
    assert (said["From"], said["To"]) == ("client:bert", "client:anna")


@pytest.mark.parametrize(
    ("order", "traits", "added"),
    [
        (Order(TO, FROM, ""), {"parent": _call(Order(TO, FROM, ""))}, {"ParentCallSid": "CA" + "1" * 32}),
        (Order(TO, FROM, "", application_sid="AP" + "2" * 32), {}, {"ApplicationSid": "AP" + "2" * 32}),
        (Order(TO, FROM, "", forwarded_from="+861"), {"direction": "inbound"}, {"ForwardedFrom": "+861"}),
        (Order(TO, FROM, "", caller_name="ANNA"), {"direction": "inbound"}, {"CallerName": "ANNA"}),
    ],
)
def test_what_is_known_besides_is_said(order: Order, traits: dict[str, Any], added: dict[str, str]) -> None:
    said = _said(order, **traits)
    assert {name: said.get(name) for name in added} == added
    plain = _said(replace(order, application_sid=None, forwarded_from="", caller_name=""))
    assert not set(added) & set(plain)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+8613812345678", Place("", "", "CN")),
        ("+442071838750", Place("", "", "GB")),
        ("+85221234567", Place("", "", "HK")),
        ("+14155552671", Place("SAN FRANCISCO", "CA", "US")),
        ("+14165551234", Place("", "", "CA")),
        ("+999123", None),
        ("+", None),
        ("client:anna", None),
    ],
)
def test_numbers_have_a_country_and_american_ones_a_city(number: str, expected: Place | None) -> None:
    assert place_of(number) == expected


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        (frozenset({CUSTOMER, ROBOT}), "both"),
        (frozenset({CUSTOMER}), "inbound"),
        (frozenset({ROBOT}), "outbound"),
    ],
)
def test_a_recording_callback_says_which_track_it_has(tracks: frozenset[int], expected: str) -> None:
    tape = Tape("RE" + "1" * 32, "CA" + "1" * 32, 0.0, "OutboundAPI", 1, False, tracks)
    said = dict(of_recording(tape, ACCOUNT, "http://exchange"))
    assert set(said) == {
        "AccountSid",
        "CallSid",
        "RecordingSid",
        "RecordingUrl",
        "RecordingStatus",
        "RecordingChannels",
        "RecordingStartTime",
        "RecordingSource",
        "RecordingTrack",
        "ErrorCode",
    }
    assert said["RecordingTrack"] == expected
    tape.stop(2.0)
    assert dict(of_recording(tape, ACCOUNT, "http://exchange"))["RecordingDuration"] == "2"
