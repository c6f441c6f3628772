"""The events of a call: the requests of both sides and their answers."""

from __future__ import annotations

from exchange_studio import FROM, TO, Studio, document
from exchange_studio import studio as studio

HELLO = document("<Say>您好</Say>")


def test_a_calls_events_are_its_requests_and_answers_newest_first(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    call = line.talk(status_callback=line.url("/status?x=1"), status_callback_method="GET")
    status, voice, order = call.events.list()
    assert (voice.request["method"], voice.request["url"]) == ("POST", line.url("/voice"))
    assert voice.request["parameters"]["call_status"] == "in-progress"
    assert (voice.response["response_code"], voice.response["response_body"]) == (200, str(HELLO))
    assert voice.response["content_type"].startswith("text/xml")
    assert status.request["parameters"]["x"] == "1"
    assert status.request["parameters"]["call_sid"] == call.sid
    assert (order.request["parameters"]["to"], order.request["parameters"]["from"]) == (TO, FROM)
    assert order.response["response_code"] == 201


def test_events_come_in_pages(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HELLO
    call = line.talk()
    assert len(call.events.list(page_size=1)) == 2


def test_a_request_that_was_not_answered_is_an_event(studio: Studio) -> None:
    line = studio()
    call = line.talk(url="http://127.0.0.1:9/")
    refused = call.events.list()[0]
    assert refused.request["url"] == "http://127.0.0.1:9/"
    assert refused.response["response_code"] is None
