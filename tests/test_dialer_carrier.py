"""Twilio's REST API over real HTTP: what is asked for, and what each failure means."""

import inspect
import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base import exceptions as sdk

from dialer import refusals
from dialer.carrier import TRANSPORT, Carrier, fault
from dialer.refusals import CarrierError, Kind, of_response, reading
from tests.tiny_twilio import ACCOUNT, TinyTwilio

TO, FROM = 8613812345678, 862155550100

DOCUMENTED = {
    10001: Kind.SETUP, 10002: Kind.SETUP, 10004: Kind.TRANSIENT, 10005: Kind.SETUP,
    13223: Kind.PERMANENT, 13224: Kind.PERMANENT, 13225: Kind.PERMANENT, 13226: Kind.PERMANENT,
    13227: Kind.PERMANENT, 20001: Kind.SETUP, 20003: Kind.SETUP, 20004: Kind.SETUP, 20005: Kind.SETUP,
    20006: Kind.SETUP, 20007: Kind.SETUP, 20008: Kind.SETUP, 20403: Kind.SETUP, 20404: Kind.SETUP,
    20429: Kind.TRANSIENT, 20500: Kind.UNKNOWN, 20503: Kind.UNKNOWN, 21201: Kind.SETUP,
    21202: Kind.PERMANENT, 21203: Kind.PERMANENT, 21204: Kind.UNKNOWN, 21205: Kind.SETUP,
    21206: Kind.SETUP, 21207: Kind.SETUP, 21208: Kind.SETUP, 21209: Kind.SETUP, 21210: Kind.SETUP,
    21211: Kind.PERMANENT, 21212: Kind.SETUP, 21213: Kind.SETUP, 21214: Kind.PERMANENT,
    21215: Kind.PERMANENT, 21216: Kind.PERMANENT, 21217: Kind.PERMANENT, 21218: Kind.SETUP,
    21219: Kind.PERMANENT, 21220: Kind.UNKNOWN, 21262: Kind.SETUP, 21609: Kind.SETUP, 22005: Kind.TRANSIENT,
    32018: Kind.SETUP, 32205: Kind.PERMANENT, 86008: Kind.TRANSIENT,
}  # fmt: skip
"""The codes that Twilio documents for the Calls resource, by what they mean for a submission."""


@pytest.fixture
def tiny() -> Iterator[TinyTwilio]:
    server = TinyTwilio()
    yield server
    server.stop()


@pytest.fixture
def carrier(tiny: TinyTwilio) -> Carrier:
    return Carrier(ACCOUNT, "secret", tiny.url, "https://calls.example.cn/", timeouts=(1, 0.5))


def failure(carrier: Carrier) -> CarrierError:
    with pytest.raises(CarrierError) as caught:
        carrier.place(7, TO, FROM)
    return caught.value


def test_a_call_is_asked_for_with_every_webhook_recording_and_machine_detection(
    carrier: Carrier, tiny: TinyTwilio
) -> None:
    sid = carrier.place(7, TO, FROM)
    form = tiny.forms[0]
    assert sid == tiny.calls[0]["sid"]
    hook = "https://calls.example.cn/calls/7/{}#rc=2&rp=5xx,ct,rt&ct=1500&rt=3500"
    assert form == {
        "To": ["+8613812345678"],
        "From": ["+862155550100"],
        "Url": [hook.format("answered")],
        "FallbackUrl": [hook.format("fallback")],
        "StatusCallback": [hook.format("status")],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["30"],
        "Record": ["true"],
        "RecordingChannels": ["dual"],
        "RecordingStatusCallback": [hook.format("recording")],
        "RecordingStatusCallbackEvent": ["in-progress", "completed", "absent"],
        "Trim": ["do-not-trim"],
        "MachineDetection": ["Enable"],
        "AsyncAmd": ["true"],
        "AsyncAmdStatusCallback": [hook.format("amd")],
    }
    assert tiny.headers[0]["Authorization"].startswith("Basic ")


def test_the_tries_of_a_webhook_fit_twilios_fifteen_seconds() -> None:
    from dialer.carrier import RETRIED

    options = dict(pair.split("=") for pair in RETRIED.lstrip("#").split("&"))
    tries = int(options["rc"]) + 1
    assert tries * (int(options["ct"]) + int(options["rt"])) <= 15_000


@pytest.mark.parametrize(("code", "kind"), DOCUMENTED.items())
def test_every_documented_code_has_its_kind(code: int, kind: Kind) -> None:
    assert of_response(400, code) is kind


def test_no_code_is_mapped_twice_or_undocumented() -> None:
    sets = (
        refusals.NUMBER_CODES, refusals.LATER_CODES, refusals.SETUP_CODES, refusals.UNKNOWN_CODES
    )  # fmt: skip
    assert sum(map(len, sets)) == len(refusals.KINDS)
    assert DOCUMENTED.keys() == refusals.KINDS.keys()


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_error_may_have_placed_the_call_whatever_its_code(status: int) -> None:
    assert of_response(status, 20429) is Kind.UNKNOWN
    assert of_response(status, None) is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "permanent"), (429, "transient"), (401, "setup"), (403, "setup"), (404, "setup"), (307, "setup")],
)
def test_an_unknown_code_is_judged_by_its_http_status(status: int, kind: str) -> None:
    assert of_response(status, 99999) == kind


def test_every_exception_class_of_the_sdk_and_its_http_library_is_mapped() -> None:
    special = {sdk.TwilioRestException, sdk.TwilioServiceException}
    classes = {
        one
        for module in (sdk, requests.exceptions)
        for _, one in inspect.getmembers(module, inspect.isclass)
        if issubclass(one, Exception) and not issubclass(one, Warning)
    }
    json_error = requests.exceptions.CompatJSONDecodeError  # type: ignore[attr-defined]
    assert classes - special - {json_error} <= TRANSPORT.keys()
    assert issubclass(json_error, ValueError)


def test_problem_details_are_read_like_the_old_errors() -> None:
    error = sdk.TwilioServiceException("https://x", "Invalid", 400, 21217)
    assert fault(error).kind is Kind.PERMANENT
    assert fault(error).code == 21217


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(400, 21217, "permanent"), (429, 20429, "transient"), (401, 20003, "setup"), (503, 20503, "unknown")],
)
def test_a_refusal_over_http_has_its_kind_and_never_repeats_the_number(
    carrier: Carrier, tiny: TinyTwilio, status: int, code: int, kind: str
) -> None:
    tiny.behaviour.faults = [(status, code)]
    error = failure(carrier)
    assert (error.kind, error.code) == (kind, code)
    assert "138" not in str(error)
    assert str(code) in str(error)


@pytest.mark.parametrize("how", ["lose", "late", "vanish"])
def test_a_lost_or_late_answer_leaves_the_submission_unknown_and_is_not_repeated(
    carrier: Carrier, tiny: TinyTwilio, how: str
) -> None:
    tiny.behaviour.faults = [how]
    assert failure(carrier).kind is Kind.UNKNOWN
    assert len(tiny.forms) == 1


def test_a_refused_connection_never_placed_a_call() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    carrier = Carrier(ACCOUNT, "secret", address, "http://127.0.0.1:1")
    assert failure(carrier).kind is Kind.TRANSIENT


def test_a_base_that_is_no_address_stops_the_run() -> None:
    carrier = Carrier(ACCOUNT, "secret", "nonsense", "http://127.0.0.1:1")
    error = failure(carrier)
    assert error.kind is Kind.SETUP
    assert "TWILIO_API_BASE" in str(error)


def test_without_a_base_requests_go_to_twilio() -> None:
    line = Carrier(ACCOUNT, "secret", None, "https://x").line
    assert (
        line.address("https://api.dublin.ie1.twilio.com/x?y=1") == "https://api.dublin.ie1.twilio.com/x?y=1"
    )


def test_an_edge_in_the_environment_does_not_lead_around_the_exchange(
    tiny: TinyTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    carrier = Carrier(ACCOUNT, "secret", tiny.url, "https://x")
    assert carrier.place(7, TO, FROM) == tiny.calls[0]["sid"]


def test_a_call_is_fetched_as_it_stands(carrier: Carrier, tiny: TinyTwilio) -> None:
    sid = carrier.place(7, TO, FROM)
    tiny.calls[0] |= {"status": "completed", "duration": "42", "answered_by": "human"}
    call = carrier.fetch(sid)
    assert call is not None
    assert (call.sid, call.status, call.duration, call.answered_by) == (sid, "completed", 42, "human")
    assert call.created_at is not None
    assert call.created_at.tzinfo is not None


def test_a_call_the_carrier_does_not_know_is_none(carrier: Carrier) -> None:
    assert carrier.fetch("CA" + "f" * 32) is None


def test_find_gives_the_calls_since_then_oldest_first_even_while_queued(
    carrier: Carrier, tiny: TinyTwilio
) -> None:
    begin = datetime(2026, 11, 23, 1, tzinfo=UTC)
    for minute in (0, 10, 20):
        tiny.behaviour.now = lambda minute=minute: begin + timedelta(minutes=minute)  # type: ignore[misc]
        carrier.place(minute, TO, FROM)
    carrier.place(99, TO + 1, FROM)
    found = carrier.find(TO, FROM, begin + timedelta(minutes=10, milliseconds=400))
    assert [call.sid for call in found] == [tiny.calls[1]["sid"], tiny.calls[2]["sid"]]
    assert found[0].started_at is None
    assert tiny.queries == [{"To", "From", "PageSize"}]


def test_asking_again_does_no_harm_so_a_failed_question_is_transient(
    carrier: Carrier, tiny: TinyTwilio
) -> None:
    assert reading(Kind.UNKNOWN) is Kind.TRANSIENT
    tiny.stop()
    tiny.server.socket.close()
    with pytest.raises(CarrierError) as caught:
        carrier.find(TO, FROM, datetime(2026, 11, 23, tzinfo=UTC))
    assert caught.value.kind is Kind.TRANSIENT


def test_ending_a_call_twice_or_one_unknown_is_no_error(carrier: Carrier, tiny: TinyTwilio) -> None:
    sid = carrier.place(7, TO, FROM)
    carrier.end(sid)
    assert tiny.calls[0]["status"] == "completed"
    carrier.end(sid)
    carrier.end("CA" + "f" * 32)


def test_the_log_holds_ids_and_no_number(
    carrier: Carrier, tiny: TinyTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        carrier.place(7, TO, FROM)
        carrier.find(TO, FROM, datetime(2026, 11, 23, tzinfo=UTC))
    assert [record.getMessage() for record in caplog.records] == ["call placed"]
    assert not any("13812345678" in str(vars(record)) for record in caplog.records)
