"""The Call resource and the life of a call, asked with Twilio's own SDK."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from exchange_studio import ACCOUNT, EVENTS, FROM, TO, Studio, document, person, rule
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

HELLO = document("<Say>您好</Say>")


def test_a_placed_call_is_queued_then_completed_with_its_times(studio: Studio) -> None:
    line = studio(speed=40)
    line.pages["/voice"] = HELLO
    placed = line.call()
    assert (placed.status, placed.direction, placed.to, placed._from) == ("queued", "outbound-api", TO, FROM)
    line.quiet()
    ended = placed.fetch()
    assert ended.status == "completed"
    assert ended.date_created <= ended.start_time < ended.end_time
    assert 1 <= int(ended.duration) <= 10


def test_the_events_come_in_order_and_are_numbered(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    call = line.talk(status_callback=line.url("/status"), status_callback_event=EVENTS)
    forms = [seen.form for seen in line.application.asked("/status")]
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    assert {form["CallSid"] for form in forms} == {call.sid}
    assert {form["CallbackSource"] for form in forms} == {"call-progress-events"}
    assert [("CallDuration" in form) for form in forms] == [False, False, False, True]
    assert forms[3]["CallDuration"] == call.duration
    assert all(form["Timestamp"].endswith("+0000") for form in forms)


def test_without_events_only_the_end_is_reported(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    line.talk(status_callback=line.url("/status"))
    assert [seen.form["CallStatus"] for seen in line.application.asked("/status")] == ["completed"]


@pytest.mark.parametrize("does", ["busy", "no-answer", "failed"])
def test_a_call_that_is_not_answered_ends_so_and_is_reported(studio: Studio, does: str) -> None:
    line = studio(persona=person(line=(does,)))
    call = line.talk(status_callback=line.url("/status"), status_callback_event=["completed"], timeout=20)
    assert (call.status, call.duration) == (does, "0")
    assert [seen.form["CallStatus"] for seen in line.application.asked("/status")] == [does]
    assert line.application.asked("/voice") == []


def test_it_rings_as_long_as_the_timeout_and_five_seconds(studio: Studio) -> None:
    line = studio(persona=person(rings=(300.0, 300.0)), speed=50)
    call = line.talk(timeout=30)
    assert call.status == "no-answer"
    assert timedelta(seconds=35) <= call.end_time - call.start_time < timedelta(seconds=42)


def test_sixty_seconds_are_the_default_timeout(studio: Studio) -> None:
    line = studio(persona=person(rings=(64.0, 64.0)))
    line.pages["/voice"] = HELLO
    assert line.talk().status == "completed"


def test_the_same_number_may_behave_differently_at_the_next_attempt(studio: Studio) -> None:
    line = studio(persona=person(line=("busy", "no-answer", "answers")))
    line.pages["/voice"] = HELLO
    assert [line.talk(timeout=5).status for _ in range(4)] == ["busy", "no-answer", "completed", "completed"]


def test_calls_beyond_the_rate_wait_and_say_how_long(studio: Studio) -> None:
    line = studio(cps=0.02)
    line.pages["/voice"] = HELLO
    first, second, third = (line.call() for _ in range(3))
    assert int(first.queue_time) == 0
    assert 20_000 < int(second.queue_time) <= 50_000
    assert 50_000 < int(third.queue_time) <= 100_000
    line.quiet()
    starts = [call.fetch().start_time for call in (first, second, third)]
    assert starts[1] - starts[0] >= timedelta(seconds=49)
    assert starts[2] - starts[1] >= timedelta(seconds=49)


def test_a_call_canceled_in_the_queue_is_never_reported(studio: Studio) -> None:
    line = studio(cps=0.01)
    line.pages["/voice"] = HELLO
    line.call()
    waiting = line.call(status_callback=line.url("/status"), status_callback_event=EVENTS)
    waiting.update(status="canceled")
    line.quiet()
    assert waiting.fetch().status == "canceled"
    assert line.application.asked("/status") == []


def test_a_ringing_call_can_be_canceled(studio: Studio) -> None:
    line = studio(persona=person(rings=(50.0, 50.0)), speed=20)
    call = line.call(status_callback=line.url("/status"))
    line.until(lambda: call.fetch().status == "ringing")
    call.update(status="completed")
    line.quiet()
    assert call.fetch().status == "canceled"
    assert [seen.form["CallStatus"] for seen in line.application.asked("/status")] == ["canceled"]


def test_canceling_leaves_a_call_in_progress_alone_and_completing_ends_it(studio: Studio) -> None:
    line = studio(speed=20)
    line.pages["/voice"] = document("<Pause length='600'/>")
    call = line.call()
    line.until(lambda: line.application.asked("/voice"))
    assert call.update(status="canceled").status == "in-progress"
    call.update(status="completed")
    line.quiet()
    assert call.fetch().status == "completed"
    assert int(call.fetch().duration) < 300


def test_a_call_in_progress_can_be_sent_to_another_document(studio: Studio) -> None:
    line = studio(speed=20)
    line.pages["/voice"] = document("<Pause length='600'/>")
    line.pages["/other"] = document("<Hangup/>")
    call = line.call()
    line.until(lambda: line.application.asked("/voice"))
    call.update(url=line.url("/other"), method="GET")
    line.quiet()
    (seen,) = line.application.asked("/other")
    assert (seen.method, seen.query["CallSid"]) == ("GET", call.sid)


def test_a_finished_call_takes_no_change(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    call = line.talk()
    with pytest.raises(TwilioRestException) as refused:
        call.update(status="completed")
    assert (refused.value.status, refused.value.code) == (400, 21220)


def test_a_call_that_runs_cannot_be_deleted(studio: Studio) -> None:
    call = studio(cps=0.001).call()
    with pytest.raises(TwilioRestException) as refused:
        call.delete()
    assert (refused.value.status, refused.value.code) == (409, 20009)


def test_a_call_in_progress_can_be_given_less_or_more_time(studio: Studio) -> None:
    line = studio(speed=40)
    line.pages["/voice"] = document("<Pause length='900'/>")
    less, more = line.call(), line.call(time_limit=60)
    line.until(lambda: len(line.application.asked("/voice")) == 2)
    less.update(time_limit=20)
    more.update(time_limit=90)
    line.quiet()
    assert 20 <= int(less.fetch().duration) < 80
    assert 90 <= int(more.fetch().duration) < 200


def test_a_finished_call_can_be_deleted(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    call = line.talk()
    assert call.delete()
    with pytest.raises(TwilioRestException) as refused:
        call.fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "not a number"}, 21211),
        ({"to": "+15005550001"}, 21217),
        ({"to": "+15005550002"}, 21214),
        ({"to": "+15005550003"}, 21215),
        ({"to": "+15005550004"}, 21216),
        ({"from_": ""}, 21213),
        ({"from_": "abc"}, 21212),
        ({"from_": "+15005550001"}, 21212),
        ({"url": None}, 21205),
        ({"url": "/voice"}, 21205),
        ({"url": None, "twiml": "<Response>" + "a" * 4000}, 32018),
        ({"url": None, "application_sid": "AP" + "0" * 32}, 21218),
        ({"status_callback": "nowhere"}, 21609),
    ],
)
def test_a_bad_order_is_refused_with_its_code(studio: Studio, change: dict[str, Any], code: int) -> None:
    line = studio()
    with pytest.raises(TwilioRestException) as refused:
        line.call(**change)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert list(line.client.calls.list()) == []


def test_an_inline_document_needs_no_application(studio: Studio) -> None:
    line = studio()
    call = line.talk(url=None, twiml=str(HELLO))
    assert call.status == "completed"
    assert line.application.seen == []


def test_the_url_is_heard_before_an_inline_document(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    line.talk(twiml=document("<Hangup/>"))
    assert len(line.application.asked("/voice")) == 1


@pytest.mark.parametrize(
    "credentials", [(ACCOUNT.sid, "wrong"), ("AC" + "f" * 32, ACCOUNT.auth_token), ("", "")]
)
def test_wrong_credentials_are_20003(studio: Studio, credentials: tuple[str, str]) -> None:
    answer = studio().http("GET", f"{ACCOUNT.uri}/Calls.json", auth=credentials)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_an_api_key_opens_the_account(studio: Studio) -> None:
    line = studio()
    client = Client(ACCOUNT.api_key, ACCOUNT.api_secret, ACCOUNT.sid, http_client=line.client.http_client)
    assert client.calls.list() == []


def test_what_is_not_there_is_20404_and_a_wrong_method_20004(studio: Studio) -> None:
    line = studio()
    for path in (f"{ACCOUNT.uri}/Calls/CA{'0' * 32}.json", f"{ACCOUNT.uri}/Nothing.json"):
        assert line.http("GET", path).json()["code"] == 20404
    answer = line.http("PUT", f"{ACCOUNT.uri}/Calls.json")
    assert (answer.status_code, answer.json()["code"]) == (405, 20004)


def test_lists_are_newest_first_filtered_and_paged(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    numbers = [f"+861380000000{place}" for place in range(5)]
    sids = [line.call(to=number).sid for number in numbers]
    line.quiet()
    assert [call.sid for call in line.client.calls.list(page_size=2)] == sids[::-1]
    assert [call.sid for call in line.client.calls.list(to=numbers[3])] == [sids[3]]
    assert line.client.calls.list(status="busy") == []
    assert len(line.client.calls.list(from_=FROM, status="completed")) == 5
    assert line.client.calls.list(parent_call_sid=sids[0]) == []


def test_the_calls_a_call_made_are_listed_below_it(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Dial><Number>+8613900000000</Number></Dial>")
    call = line.talk()
    (child,) = line.client.calls.list(parent_call_sid=call.sid)
    assert (child.to, child.direction, child.parent_call_sid) == (
        "+8613900000000",
        "outbound-dial",
        call.sid,
    )


def test_lists_are_filtered_by_time(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    started = line.talk().start_time
    hour = timedelta(hours=1)
    assert len(line.client.calls.list(start_time_after=started - hour, start_time_before=started + hour)) == 1
    assert line.client.calls.list(start_time_after=started + hour) == []
    assert line.client.calls.list(start_time_before=started - hour) == []
    assert line.client.calls.list(start_time_before=started.date()) == []
    assert len(line.client.calls.list(start_time_after=started.date())) == 1
    assert len(line.client.calls.list(start_time=started)) == 1
    assert len(line.client.calls.list(start_time=started.date())) == 1
    assert line.client.calls.list(start_time=started.date() - timedelta(days=1)) == []


def test_page_uris_lead_to_the_neighbours(studio: Studio) -> None:
    line = studio(cps=0.001)
    for _ in range(3):
        line.call()
    first = line.http("GET", f"{ACCOUNT.uri}/Calls.json?PageSize=2").json()
    assert (first["page"], first["page_size"], first["start"], first["end"]) == (0, 2, 0, 1)
    assert first["previous_page_uri"] is None
    second = line.http("GET", first["next_page_uri"]).json()
    assert (second["page"], second["start"], second["next_page_uri"]) == (1, 2, None)
    assert line.http("GET", second["previous_page_uri"]).json()["calls"] == first["calls"]


def test_a_page_of_more_than_a_thousand_is_20007(studio: Studio) -> None:
    answer = studio().http("GET", f"{ACCOUNT.uri}/Calls.json?PageSize=1001")
    assert (answer.status_code, answer.json()["code"]) == (400, 20007)


def test_a_call_ends_at_its_time_limit(studio: Studio) -> None:
    line = studio(speed=50)
    line.pages["/voice"] = document("<Pause length='900'/>")
    call = line.talk(time_limit=30)
    assert call.status == "completed"
    assert 30 <= int(call.duration) < 40


def test_every_webhook_of_a_call_says_who_calls_whom(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    call = line.talk()
    form = line.application.asked("/voice")[0].form
    wanted = {
        "CallSid": call.sid,
        "AccountSid": ACCOUNT.sid,
        "From": FROM,
        "To": TO,
        "Caller": FROM,
        "Called": TO,
        "CallStatus": "in-progress",
        "ApiVersion": "2010-04-01",
        "Direction": "outbound-api",
        "ToCountry": "CN",
    }
    assert wanted.items() <= form.items()


def test_a_broken_call_does_not_touch_the_others(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    line.pages["/voice"] = HELLO
    line.pages["/broken"] = "<Response><Say>"
    calls = [line.call("/broken" if place % 2 else "/voice") for place in range(6)]
    line.quiet()
    assert {call.fetch().status for call in calls} == {"completed"}
    assert len(line.board.tasks) == 0


def test_nothing_but_the_listed_facts_is_kept_of_a_finished_call(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    call = line.talk()
    kept = line.board.register.call(call.sid)
    assert kept is not None
    assert kept.life is None


def test_error_bodies_have_their_four_keys(studio: Studio) -> None:
    answer = studio().http("POST", f"{ACCOUNT.uri}/Calls.json", data={"From": FROM})
    assert json.loads(answer.text) == {
        "code": 21201,
        "message": "No 'To' number is specified",
        "more_info": "https://www.twilio.com/docs/errors/21201",
        "status": 400,
    }


def test_the_answer_to_an_order_does_not_wait_for_the_call(studio: Studio) -> None:
    line = studio(speed=1)
    began = time.monotonic()
    line.call()
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize(
    "form",
    [
        {"To": TO, "From": FROM, "Url": "http://["},
        {"To": TO, "From": FROM, "Url": "http://"},
        {"To": TO, "From": FROM, "Url": "http://a/ b"},
        {"To": TO, "From": FROM, "Url": "http://a/", "Timeout": "9" * 5000},
        {"To": TO, "From": FROM, "Url": "http://a/", "TimeLimit": "-1"},
        {"To": TO, "From": FROM, "Url": "http://a/", "SendDigits": "hello"},
        {"To": "+0", "From": FROM, "Url": "http://a/"},
    ],
)
def test_nonsense_in_an_order_is_400(studio: Studio, form: dict[str, str]) -> None:
    answer = studio().http("POST", f"{ACCOUNT.uri}/Calls.json", data=form)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "more_info", "status"}


@pytest.mark.parametrize(
    "query",
    [
        "PageSize=x",
        "PageSize=0",
        "Page=-1",
        "StartTime=soon",
        "StartTime=9999-12-31",
    ],
)
def test_nonsense_in_a_filter_is_400(studio: Studio, query: str) -> None:
    assert studio().http("GET", f"{ACCOUNT.uri}/Calls.json?{query}").status_code == 400


def test_an_unknown_page_token_is_an_empty_page(studio: Studio) -> None:
    line = studio(cps=0.001)
    line.call()
    assert line.http("GET", f"{ACCOUNT.uri}/Calls.json?PageToken=PAx").json()["calls"] == []


def test_a_call_can_be_sent_elsewhere_while_a_machine_is_looked_for(studio: Studio) -> None:
    line = studio(persona=person(greeting=()), speed=20)
    line.pages["/other"] = document("<Hangup/>")
    call = line.call(machine_detection="Enable", machine_detection_silence_timeout=10_000)
    line.until(lambda: call.fetch().status == "in-progress")
    call.update(url=line.url("/other"))
    line.quiet()
    assert [seen.path for seen in line.application.seen] == ["/other"]


def test_addresses_that_are_no_numbers_cannot_be_reached(studio: Studio) -> None:
    assert studio().talk(to="sip:somebody@example.com").status == "failed"


def test_many_calls_at_once_all_end_and_leave_nothing_behind(studio: Studio) -> None:
    line = studio(rule(keys="1"), speed=500, cps=100_000)
    line.pages["/voice"] = document("<Gather numDigits='1' action='/end'><Say>您好</Say></Gather>")
    line.pages["/end"] = HELLO
    calls = [line.call(to=f"+86139{place:08d}").sid for place in range(100)]
    line.quiet(60)
    assert {call.status for call in line.client.calls.list()} == {"completed"}
    assert len(calls) == len(line.client.calls.list(page_size=1000))
    assert len(line.board.tasks) == 0


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe=%zz", "application/x-www-form-urlencoded", 400),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 400),
        (b"a=1", "application/x-www-form-urlencoded; charset=klingon", 400),
        (b"a" * 2_000_000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_a_body_that_is_no_form_is_refused(studio: Studio, body: bytes, kind: str, status: int) -> None:
    answer = studio().http("POST", f"{ACCOUNT.uri}/Calls.json", data=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.json()["code"] == 20001
