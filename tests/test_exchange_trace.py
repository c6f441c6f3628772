"""The trace of a call."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from exchange_studio import ACCOUNT, Line, Studio, document, rule
from exchange_studio import studio as studio

from exchange.chance import Chance
from exchange.clock import running
from exchange.faults import Faults, RestFaults, WebhookFaults
from exchange.journal import Facts, Journal
from exchange.web import masking
from exchange.web.errand import Errand
from exchange.web.watch import Attempt

DOES = ("says", "presses")


def _trace(line: Line, sid: str) -> list[dict[str, Any]]:
    return list(line.http("GET", f"/control/calls/{sid}/trace").json()["entries"])


def _talk(line: Line) -> list[dict[str, Any]]:
    line.pages["/voice"] = document("<Gather numDigits='1' action='/next'><Say>您好</Say></Gather>")
    line.pages["/next"] = document("<Sing/><Hangup/>")
    return _trace(line, line.talk(status_callback=line.url("/status")).sid)


def test_it_tells_everything_in_order(studio: Studio) -> None:
    entries = _talk(studio(rule(keys="1")))
    kinds = [entry["kind"] for entry in entries]
    assert [kind for kind in kinds if kind in ("verb", "presses", "notification")] == [
        "verb",
        "presses",
        "notification",
        "verb",
    ]
    assert [entry["status"] for entry in entries if entry["kind"] == "status"] == [
        "queued",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [entry["number"] for entry in entries] == sorted(entry["number"] for entry in entries)


def test_a_webhook_is_there_with_all_that_went_over_the_wire(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    hook = next(entry for entry in _talk(line) if entry["kind"] == "webhook")
    seen = line.application.asked("/voice")[0]
    assert (hook["webhook"], hook["method"], hook["url"], hook["status"]) == ("turn", "POST", seen.url, 200)
    assert hook["headers"]["X-Twilio-Signature"] == seen.headers["X-Twilio-Signature"]
    assert "CallStatus=in-progress" in hook["body"]
    assert "<Gather" in hook["answer"]
    assert hook["real_ms"] > 0
    assert hook["connection"] == "new"


def test_callbacks_and_sounds_are_named(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Play>/nothing.wav</Play>")
    entries = _trace(line, line.talk(status_callback=line.url("/status")).sid)
    assert [entry["webhook"] for entry in entries if entry["kind"] == "webhook"] == [
        "turn",
        "sound",
        "status",
    ]


def test_every_try_is_there_with_its_failure(studio: Studio) -> None:
    line = studio()
    call = line.talk(url="http://127.0.0.1:1/voice#rc=2")
    tries = [entry for entry in _trace(line, call.sid) if entry["kind"] == "webhook"]
    assert [bool(entry["failure"]) for entry in tries] == [True] * 3
    assert len({entry["headers"]["I-Twilio-Idempotency-Token"] for entry in tries}) == 1


def test_rest_requests_that_touch_the_call_are_there(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    call = line.talk()
    line.http("POST", f"{ACCOUNT.uri}/Calls/{call.sid}.json", data={"Status": "completed"})
    asked = [entry for entry in _trace(line, call.sid) if entry["kind"] == "rest"]
    assert [(entry["method"], entry["status"]) for entry in asked] == [
        ("POST", 201),
        ("GET", 200),
        ("POST", 400),
    ]
    assert "To=%2B86" in asked[0]["body"]


def test_what_a_live_person_does_is_there_once(studio: Studio) -> None:
    line = studio(speed=50)
    line.pages["/voice"] = document("<Gather input='dtmf speech' action='/voice' timeout='300'/>")
    order = {"to": "+861095511000", "from": "+8613800138000", "url": line.url("/voice")}
    sid = line.http("POST", "/control/calls", json=order | {"answers": [{"after": 1000}]}).json()["sid"]
    line.until(lambda: line.http("GET", f"/control/calls/{sid}").json()["now"]["verb"])
    line.http("POST", f"/control/calls/{sid}/words", json={"say": "好的"})
    line.until(lambda: len([one for one in _trace(line, sid) if one["kind"] == "verb"]) == 2)
    line.http("POST", f"/control/calls/{sid}/keys", json={"keys": "7#"})
    line.until(lambda: len(line.application.seen) == 3)
    done = [entry.get("words") or entry.get("keys") for entry in _trace(line, sid) if entry["kind"] in DOES]
    assert done == ["好的", "7", "#"]


def test_faults_are_there(studio: Studio) -> None:
    rest = RestFaults(late=1, seconds=(1, 1))
    faults = Faults({"status": WebhookFaults(lose=1)}, rest, None, Chance(1))
    line = studio(faults=faults)
    line.pages["/voice"] = document("<Hangup/>")
    entries = _trace(line, line.talk(status_callback=line.url("/status")).sid)
    assert [entry["fault"] for entry in entries if entry["kind"] == "fault"] == ["lost"]
    assert next(entry["fault"] for entry in entries if entry["kind"] == "rest") == "late"


def test_it_can_be_read(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    sid = _talk(line)[0]["call"]
    text = line.http("GET", f"/control/calls/{sid}/trace?format=text").text
    for words in (
        f"turn: POST {line.url('/voice')} -> 200",
        "> CallStatus = in-progress",
        "<Gather> numDigits=1",
        "hears         您好",
        "presses       1",
        "warning 12200",
    ):
        assert words in text


def test_passwords_and_cookies_are_not_shown(studio: Studio) -> None:
    def with_cookie(_: object) -> web.Response:
        answer = web.Response(text=document("<Redirect/>"), content_type="text/xml")
        answer.set_cookie("visit", "confidential")
        return answer

    line = studio()
    pages = [with_cookie, lambda _: document("<Hangup/>")]
    line.pages["/voice"] = lambda seen: pages.pop(0)(seen)
    call = line.talk(url=line.url("/voice").replace("http://", "http://me:hidden@"))
    text = line.http("GET", f"/control/calls/{call.sid}/trace?format=text").text
    assert "visit=…" in text
    assert "confidential" not in text
    assert "hidden" not in text


def test_a_deleted_call_has_no_trace(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    call = line.talk()
    call.delete()
    assert line.http("GET", f"/control/calls/{call.sid}/trace").status_code == 404
    assert line.board.journal.trace(call.sid) is None


def _journal(**limits: int) -> Journal:
    return Journal(running(1), **limits)


def test_a_long_trace_loses_its_beginning_and_says_so() -> None:
    journal = _journal(entries_kept=3)
    for number in range(5):
        journal.note("CA1", "verb", number=number)
    trace = journal.trace("CA1")
    assert trace is not None
    assert (trace.dropped, len(trace.entries)) == (2, 3)


def test_the_oldest_trace_goes_when_all_together_are_too_big() -> None:
    journal = _journal(bytes_kept=2000)
    for number in range(20):
        journal.note(f"CA{number}", "verb")
    assert journal.trace("CA0") is None
    assert journal.trace("CA19") is not None
    assert journal.bytes <= 2000


def test_what_grew_meanwhile_is_counted_and_given_back() -> None:
    journal = _journal()
    entry = journal.begin("CA1", "webhook", Facts({}))
    entry.detail = Facts({"answer": "x" * 1000})
    journal.tell(entry)
    assert journal.bytes > 1000
    journal.forget("CA1")
    assert journal.bytes == 0


def test_who_does_not_read_misses_events_and_is_told_how_many() -> None:
    journal = _journal()
    with journal.listening() as listener:
        for _ in range(1005):
            journal.note("CA1", "verb")
        assert listener.missed == 5
    journal.note("CA1", "verb")
    assert listener.missed == 5


def test_credentials_are_masked() -> None:
    assert masking.headers([("Authorization", "Basic eA=="), ("Cookie", "a=1; b=2"), ("Host", "x")]) == {
        "Authorization": "…",
        "Cookie": "a=…; b=…",
        "Host": "x",
    }
    assert masking.masked({"a": ["http://me:word@host/a"]}) == {"a": ["http://…@host/a"]}
    assert masking.masked("Url=http%3A%2F%2Fme%3Aword%40host") == "Url=http%3A%2F%2F…%40host"
    assert masking.masked("http://host/a@b?c=d@e") == "http://host/a@b?c=d@e"


def test_a_webhook_under_way_has_no_answer_yet() -> None:
    shown = Attempt(Errand("CA1", "turn"), method="POST", url="http://x/").shown()
    assert (shown["status"], shown["real_ms"]) == (None, None)
