"""The control API."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from exchange_studio import ACCOUNT, FROM, TO, Line, Studio, document, person, rule
from exchange_studio import studio as studio
from exchange_wire import APPLICATION, install_application

from exchange.directory import Number
from exchange.people import persona_file

CALLERS = persona_file.personas(persona_file.CALLERS)

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


def _incoming(line: Line, **order: Any) -> str:
    answer = line.http(
        "POST",
        "/control/calls",
        json={"to": FROM, "from": "+8613800138000", "url": line.url("/voice")} | order,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def _asks(line: Line) -> None:
    line.pages["/voice"] = document("<Gather numDigits='2' timeout='300'><Say>您好</Say></Gather>")
    line.pages["/voice/menu"] = document("<Hangup/>")


def _shown(line: Line, sid: str) -> dict[str, Any]:
    return dict(line.http("GET", f"/control/calls/{sid}").json())


def _wait_for(line: Line, sid: str, **wanted: object) -> None:
    line.until(lambda: wanted.items() <= (_shown(line, sid)["now"] or {}).items())


def test_a_number_of_the_account_is_answered_by_its_own_url(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    number = Number(
        sid="PN" + "1" * 32,
        created=0,
        updated=0,
        phone_number=FROM,
        type="local",
        friendly_name="",
        voice_url=line.url("/voice"),
    )
    line.board.directory.numbers[FROM] = number
    _incoming(line, url=None)
    line.quiet()
    assert [seen.form["To"] for seen in line.application.asked("/voice")] == [FROM]


def test_without_a_url_and_a_number_nobody_answers(studio: Studio) -> None:
    answer = studio().http("POST", "/control/calls", json={"to": FROM, "from": "+8613800138000"})
    assert (answer.status_code, answer.json()["code"]) == (400, 21205)


def test_a_running_call_shows_its_document_its_verb_and_what_was_heard(studio: Studio) -> None:
    line = studio()
    _asks(line)
    sid = _incoming(line, answers=[{"after": 1000}])
    _wait_for(line, sid, verb="Gather", document=line.url("/voice"), hears="您好", live=False)
    (running,) = line.http("GET", "/control/calls").json()["calls"]
    assert (running["sid"], running["status"], running["from"]) == (sid, "in-progress", "+8613800138000")


def test_finished_calls_are_listed_by_their_status(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    call = line.talk()
    assert line.http("GET", "/control/calls").json()["calls"] == []
    (ended,) = line.http("GET", "/control/calls?status=completed").json()["calls"]
    assert (ended["sid"], ended["now"]) == (call.sid, None)


def test_keys_from_outside_answer_the_question_a_simulated_person_hears(studio: Studio) -> None:
    line = studio(speed=50)
    _asks(line)
    sid = _incoming(line, answers=[{"after": 1000}])
    _wait_for(line, sid, verb="Gather")
    assert line.http("POST", f"/control/calls/{sid}/keys", json={"keys": "12"}).status_code == 204
    line.until(lambda: len(line.application.asked("/voice")) == 2)
    assert line.application.asked("/voice")[1].form["Digits"] == "12"
    assert _shown(line, sid)["now"]["live"]


def test_words_from_outside_are_heard_where_speech_is_taken(studio: Studio) -> None:
    line = studio(speed=50)
    line.pages["/voice"] = document("<Gather input='speech' action='/next' timeout='300'/>")
    line.pages["/next"] = document("<Hangup/>")
    sid = _incoming(line, answers=[{"after": 1000}])
    _wait_for(line, sid, verb="Gather")
    line.http("POST", f"/control/calls/{sid}/words", json={"say": "好的"})
    line.quiet()
    assert line.application.asked("/next")[0].form["SpeechResult"] == "好的"


def test_a_call_may_be_hung_up_from_outside(studio: Studio) -> None:
    line = studio()
    _asks(line)
    sid = _incoming(line, answers=[{"after": 1000}])
    _wait_for(line, sid, verb="Gather")
    assert line.http("POST", f"/control/calls/{sid}/hang-up").status_code == 204
    line.quiet()
    assert line.client.calls(sid).fetch().status == "completed"


@pytest.mark.parametrize("act", ["keys", "words", "hang-up"])
def test_nobody_can_act_on_a_call_that_is_over(studio: Studio, act: str) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    answer = line.http("POST", f"/control/calls/{line.talk().sid}/{act}", json={"keys": "1", "say": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, 21220)


@pytest.mark.parametrize(("act", "body"), [("keys", {"keys": "x"}), ("keys", {}), ("words", {"say": 1})])
def test_what_cannot_be_done_is_refused_in_words(studio: Studio, act: str, body: dict[str, Any]) -> None:
    line = studio()
    _asks(line)
    sid = _incoming(line, answers=[{"after": 1000}])
    assert line.http("POST", f"/control/calls/{sid}/{act}", json=body).status_code == 400


def _events(line: Line, query: str) -> list[dict[str, Any]]:
    """The events of a stream until a call has ended."""
    found = []
    with (
        requests.Session() as session,
        session.get(
            f"{line.board.base_url}/control/events{query}",
            auth=(ACCOUNT.sid, ACCOUNT.auth_token),
            stream=True,
            timeout=10,
        ) as answer,
    ):
        for text in answer.iter_lines():
            if text.startswith(b"data: "):
                found.append(json.loads(text[6:]))
                if found[-1].get("status") == "completed":
                    return found
    return found


def test_a_conference_shows_everybody_in_it(studio: Studio) -> None:
    line = studio(speed=50)
    line.pages["/voice"] = document(
        "<Dial><Conference participantLabel='me' muted='true'>room</Conference></Dial>"
    )
    sid = _incoming(line, answers=[{"after": 10_000}])
    line.until(lambda: line.http("GET", "/control/conferences").json()["conferences"])
    (room,) = line.http("GET", "/control/conferences").json()["conferences"]
    (one,) = room["participants"]
    assert (room["name"], one["call"], one["label"], one["muted"]) == ("room", sid, "me", True)


def test_a_queue_shows_who_waits(studio: Studio) -> None:
    line = studio(speed=50)
    line.pages["/voice"] = document("<Enqueue waitUrl=''>desk</Enqueue>")
    sid = _incoming(line, answers=[{"after": 10_000}])
    line.until(lambda: line.http("GET", "/control/calls").json()["calls"][0]["now"]["verb"] == "Enqueue")
    line.until(lambda: line.http("GET", "/control/queues").json()["queues"][0]["waiting"])
    (queue,) = line.http("GET", "/control/queues").json()["queues"]
    (waiter,) = queue["waiting"]
    assert (queue["name"], waiter["call"], waiter["position"]) == ("desk", sid, 1)


def test_events_tell_what_happened_and_what_happens_on_a_call(studio: Studio) -> None:
    line = studio(speed=50)
    _asks(line)
    sid = _incoming(line, answers=[{"keys": "1#"}])
    kinds = [event["kind"] for event in _events(line, f"?call={sid}&since=0")]
    assert kinds[0] == "status"
    assert {"webhook", "verb", "hears", "presses", "hangs-up"} <= set(kinds)


def test_a_stream_of_events_ends_with_the_exchange(studio: Studio) -> None:
    line = studio()
    with requests.Session() as session:
        url = f"{line.board.base_url}/control/events"
        with session.get(url, auth=(ACCOUNT.sid, ACCOUNT.auth_token), stream=True, timeout=10) as answer:
            line.loop.call_soon_threadsafe(line.board.journal.close)
            assert list(answer.iter_lines()) == []


def test_somebody_who_stops_listening_is_no_failure(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    line = studio()
    line.pages["/voice"] = document("<Say>您好</Say>")
    with requests.Session() as session:
        url = f"{line.board.base_url}/control/events"
        session.get(url, auth=(ACCOUNT.sid, ACCOUNT.auth_token), stream=True, timeout=10).close()
    line.talk()
    line.until(lambda: not line.board.journal.listeners)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_number_of_an_event_is_a_number(studio: Studio) -> None:
    assert studio().http("GET", "/control/events?since=x").status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"to": None},
        {"url": 5},
        {"answers": "1"},
        {"answers": [{"press": "1"}]},
        {"answers": [{"keys": "一"}]},
        {"answers": [{"keys": "1", "after": "x"}]},
        {"answers": [{"say": 1}]},
        {"fallback_url": 1},
        {"method": ["POST"]},
        {"method": "DELETE"},
        {"to": "\ud800"},
    ],
)
def test_a_bad_incoming_call_is_refused_in_words(studio: Studio, change: dict[str, Any]) -> None:
    answer = studio().http("POST", "/control/calls", json=ORDER | change)
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{", "application/json"),
        ("[" * 100_000, "application/json"),
        ('{"to": %s}' % ("9" * 5000), "application/json"),
        ("{}", "application/json; charset=nobody-knows-it"),
    ],
)
def test_a_body_that_is_not_json_is_refused(studio: Studio, body: str, kind: str) -> None:
    answer = studio().http("POST", "/control/calls", data=body, headers={"Content-Type": kind})
    assert answer.status_code == 400


@pytest.mark.parametrize("header", ["Basic \xff", "Basic =", "Basic /w==", "Basic", ""])
def test_credentials_that_nobody_can_read_are_refused(studio: Studio, header: str) -> None:
    answer = studio().http("GET", "/control/counters", auth=None, headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_status_callback_of_an_incoming_call_comes_at_its_end_as_with_a_number(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Pause length='1'/>")
    _incoming(line, url=line.url("/voice"), status_callback=line.url("/status"))
    line.quiet()
    told = [
        (seen.form["CallStatus"], seen.form["SequenceNumber"]) for seen in line.application.asked("/status")
    ]
    assert told == [("completed", "0")]


def _connect(line: Line, **body: object) -> Any:
    wanted = {"identity": "agent_7", "application": APPLICATION}
    return line.http("POST", "/control/devices", json=wanted | body)


def test_a_simulated_agent_stands_in_a_conference_as_a_browser_would(studio: Studio) -> None:
    line = studio()
    install_application(line)
    line.pages["/voice"] = document("<Dial><Conference waitUrl='' beep='false'>desk-7</Conference></Dial>")
    sid = _connect(line, params={"task": "3", "From": "somebody else"}).json()["sid"]
    line.until(lambda: line.http("GET", "/control/conferences").json()["conferences"])
    form = line.application.asked("/voice")[0].form
    assert (form["From"], form["CallSid"], form["task"]) == ("client:agent_7", sid, "3")
    assert line.http("POST", f"/control/calls/{sid}/hang-up", json={}).status_code == 204
    line.quiet()
    assert _shown(line, sid)["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"application": "AP" + "0" * 32}, 31001),
        ({"persona": "nobody"}, 20001),
        ({"params": ["a"]}, 20001),
        ({"identity": None}, 20001),
    ],
)
def test_a_device_that_cannot_call_is_told_why(studio: Studio, body: dict[str, object], code: int) -> None:
    line = studio()
    install_application(line)
    answer = _connect(line, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_caller_with_a_persona_answers_to_what_he_hears(studio: Studio) -> None:
    line = studio(personas=(person(), *CALLERS))
    line.pages["/voice"] = document(
        "<Gather numDigits='1' action='/number'><Say>请问您要办什么？</Say></Gather>"
    )
    line.pages["/number"] = document(
        "<Gather finishOnKey='#' action='/done'><Say>请输入给您打电话的号码，最后按井号。</Say></Gather>"
    )
    line.pages["/done"] = document("<Hangup/>")
    _incoming(line, persona="caller_verifies", facts={"called_from": "075588880000"})
    line.quiet()
    assert line.application.asked("/number")[0].form["Digits"] == "4"
    assert line.application.asked("/done")[0].form["Digits"] == "075588880000"


@pytest.mark.parametrize("body", [{"persona": "nobody"}, {"persona": "caller_old", "facts": {"a": 1}}])
def test_a_persona_that_cannot_be_is_refused(studio: Studio, body: dict[str, object]) -> None:
    answer = studio(personas=(person(), *CALLERS)).http(
        "POST", "/control/calls", json={"to": FROM, "from": TO, "url": "http://127.0.0.1:1/"} | body
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
