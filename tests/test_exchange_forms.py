"""What an order for a call may say, and the code of every refusal."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_studio import EVENTS, FROM, TO, Studio, document
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

HELLO = document("<Say>您好</Say>")
REFUSALS = [
    ({"to": ""}, 21201, "No 'To' number is specified"),
    ({"to": "12"}, 21211, "The phone number you are attempting to call, 12, is not valid."),
    ({"to": "+15005550001"}, 21217, "Phone number does not appear to be valid: +15005550001"),
    ({"to": "+15005550002"}, 21214, "The phone number +15005550002 cannot be reached."),
    ({"to": "+15005550003"}, 21215, "Account not authorized to call +15005550003."),
    ({"to": "+15005550004"}, 21216, "Account not allowed to call +15005550004."),
    ({"from_": ""}, 21213, "No 'From' number is specified"),
    ({"from_": "me"}, 21212, "From is not a valid phone number: me"),
    ({"from_": "+15005550001"}, 21212, "From is not a valid phone number: +15005550001"),
    ({"from_": "client:me"}, 21212, "From is not a valid phone number: client:me"),
    ({"url": None}, 21205, "Url parameter is required."),
    ({"url": "/voice"}, 21205, "Url is not a valid URL: /voice"),
    ({"fallback_url": "x"}, 21205, "FallbackUrl is not a valid URL: x"),
    ({"status_callback": "x"}, 21609, "StatusCallback is not a valid URL: x"),
    ({"record": True, "recording_status_callback": "x"}, 21609, "RecordingStatusCallback is not a valid URL"),
    ({"method": "PUT"}, 21209, "Method must be GET or POST"),
    ({"fallback_method": "PUT"}, 21209, "FallbackMethod must be GET or POST"),
    ({"status_callback_method": "PUT"}, 21209, "StatusCallbackMethod must be GET or POST"),
    ({"send_digits": "1+2"}, 21206, "SendDigits"),
    ({"send_digits": "1" * 33}, 21206, "SendDigits"),
    ({"timeout": 0}, 21208, "Timeout"),
    ({"timeout": -1}, 21208, "Timeout"),
    ({"time_limit": "long"}, 20001, "TimeLimit"),
    ({"url": None, "twiml": "a" * 4001}, 32018, "Twiml is longer than 4000 characters"),
    ({"application_sid": "AP" + "0" * 32}, 21218, "ApplicationSid is not valid"),
    ({"machine_detection": "Perhaps"}, 21234, "MachineDetection must be"),
    ({"machine_detection": "Enable", "machine_detection_timeout": 2}, 21234, "MachineDetectionTimeout"),
    ({"machine_detection": "Enable", "machine_detection_timeout": 61}, 21234, "MachineDetectionTimeout"),
    (
        {"machine_detection": "Enable", "machine_detection_silence_timeout": 1999},
        21234,
        "MachineDetectionSilenceTimeout",
    ),
]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    REFUSALS,
    ids=[f"{code}-{place}" for place, (_, code, _) in enumerate(REFUSALS)],
)
def test_a_bad_order_is_refused_with_twilios_code_and_words(
    studio: Studio, change: dict[str, Any], code: int, message: str
) -> None:
    line = studio()
    with pytest.raises(TwilioRestException) as refused:
        line.call(**change)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert message in refused.value.msg
    assert line.client.calls.list() == []


def test_a_document_of_four_thousand_characters_is_taken(studio: Studio) -> None:
    twiml = str(HELLO)
    line = studio()
    assert line.talk(url=None, twiml=twiml + " " * (4000 - len(twiml))).status == "completed"


def test_numbers_are_read_as_people_write_them(studio: Studio) -> None:
    call = studio(cps=0.001).call(to="86 (138) 1234-5678", from_="1.415.555.0100")
    assert (call.to, call._from, call.from_formatted) == (TO, "+14155550100", "(415) 555-0100")


def test_magic_numbers_that_are_valid_are_taken(studio: Studio) -> None:
    line = studio(cps=0.001)
    assert line.call(from_="+15005550006").status == "queued"
    assert line.call(to="+15005550009").status == "queued"


def test_a_call_rings_ten_minutes_at_most(studio: Studio) -> None:
    line = studio(cps=0.001)
    sid = line.call(timeout=900).sid
    call = line.board.register.call(sid)
    assert call is not None
    assert call.order.timeout == 600


def test_events_that_do_not_exist_are_warned_of_and_not_reported(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    line.talk(status_callback=line.url("/status"), status_callback_event=["initiated ringing completed"])
    assert line.codes() == [21626]
    assert line.application.asked("/status") == []
    line.talk(status_callback=line.url("/status"), status_callback_event=["answered", "hung-up"])
    assert [seen.form["CallStatus"] for seen in line.application.asked("/status")] == ["in-progress"]


def test_an_order_may_name_every_event_of_a_recording_in_one_field(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    line.talk(
        from_=FROM,
        record=True,
        recording_status_callback=line.url("/recording"),
        recording_status_callback_event=["in-progress completed"],
        status_callback_event=EVENTS,
    )
    statuses = [seen.form["RecordingStatus"] for seen in line.application.asked("/recording")]
    assert statuses == ["in-progress", "completed"]
