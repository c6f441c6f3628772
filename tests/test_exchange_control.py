"""The control API."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_studio import Studio, document, rule
from exchange_studio import studio as studio

ORDER = {"to": "+861095511000", "from": "+8613800138000", "url": "http://127.0.0.1:9/voice"}


def test_health_is_open_and_shows_the_clock(studio: Studio) -> None:
    answer = studio(speed=30).http("GET", "/control/health", auth=None)
    assert (answer.json()["status"], answer.json()["speed"]) == ("ok", 30)


@pytest.mark.parametrize("path", ["/control/counters", "/control/notifications"])
def test_the_rest_needs_the_credentials(studio: Studio, path: str) -> None:
    line = studio()
    assert line.http("GET", path, auth=None).status_code == 401
    assert line.http("GET", path).status_code == 200


def test_counters_count_calls_callbacks_and_webhooks(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    line.talk(status_callback=line.url("/status"))
    counters = line.http("GET", "/control/counters").json()
    assert counters["call completed"] == 1
    assert counters["callback status"] == 1
    assert counters["webhooks"] == 2
    assert counters["running"] == 0


def test_a_call_shows_its_persona(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    line.pages["/voice"] = document("<Hangup/>")
    call = line.talk()
    assert line.http("GET", f"/control/calls/{call.sid}").json()["persona"] == "somebody"


def test_notifications_are_listed_by_call(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Sing/>")
    call = line.talk()
    found = line.http("GET", f"/control/notifications?call={call.sid}").json()["notifications"]
    assert [one["code"] for one in found] == [12200]
    assert line.http("GET", "/control/notifications?call=CA0").json()["notifications"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"to": None},
        {"url": 5},
        {"answers": "1"},
        {"answers": [{"press": "1"}]},
        {"answers": [{"keys": "一"}]},
        {"answers": [{"keys": "1", "after": "x"}]},
    ],
)
def test_a_bad_incoming_call_is_refused_in_words(studio: Studio, change: dict[str, Any]) -> None:
    answer = studio().http("POST", "/control/calls", json=ORDER | change)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_body_that_is_not_json_is_refused(studio: Studio) -> None:
    assert studio().http("POST", "/control/calls", data="{").status_code == 400
