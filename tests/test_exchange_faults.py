"""Misfortune on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from exchange_studio import ACCOUNT, EVENTS, FROM, TO, Line, Seen, Studio, document
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from exchange.chance import Chance
from exchange.errors import SettingError
from exchange.faults import Delivery, Faults, RestFaults, WebhookFaults
from exchange.faults_file import load


def _faults(submit: RestFaults | None = None, **webhooks: WebhookFaults) -> Faults:
    return Faults(webhooks, submit, None, Chance(1))


def _statuses(line: Line) -> list[str]:
    line.pages["/voice"] = document("<Pause length='3'/>")
    line.talk(status_callback=line.url("/status"), status_callback_event=EVENTS)
    return [seen.form["CallStatus"] for seen in line.application.asked("/status")]


def test_lost_callbacks_never_come(studio: Studio) -> None:
    assert _statuses(studio(faults=_faults(status=WebhookFaults(lose=1)))) == []


def test_doubled_callbacks_come_twice(studio: Studio) -> None:
    statuses = _statuses(studio(faults=_faults(status=WebhookFaults(double=1))))
    assert sorted(statuses) == sorted(["initiated", "ringing", "in-progress", "completed"] * 2)


def test_delayed_callbacks_come_later(studio: Studio) -> None:
    line = studio(faults=_faults(status=WebhookFaults(delay=1, seconds=(60, 60))), speed=400)
    assert len(_statuses(line)) == 4
    voice, first = line.application.asked("/voice")[0], line.application.asked("/status")[0]
    assert first.at > voice.at + 30


def test_reordered_callbacks_are_overtaken_by_later_ones(studio: Studio) -> None:
    line = studio(faults=_faults(status=WebhookFaults(reorder=0.5)), speed=100)
    assert len(_statuses(line)) == 4
    numbers = [seen.form["SequenceNumber"] for seen in line.application.asked("/status")]
    assert sorted(numbers) == ["0", "1", "2", "3"]
    assert numbers != sorted(numbers)


def test_a_lost_turn_is_11200_after_fifteen_seconds(studio: Studio) -> None:
    line = studio(faults=_faults(turn=WebhookFaults(lose=1)))
    line.pages["/voice"] = document("<Hangup/>")
    call = line.talk()
    assert line.application.seen == []
    assert line.codes() == [11200]
    assert int(call.duration) >= 15


def test_a_doubled_turn_is_asked_twice_with_the_same_words(studio: Studio) -> None:
    line = studio(faults=_faults(turn=WebhookFaults(double=1)))
    line.pages["/voice"] = document("<Hangup/>")
    line.talk()
    first, second = line.application.asked("/voice")
    assert first.form == second.form


def test_recording_callbacks_have_faults_of_their_own(studio: Studio) -> None:
    line = studio(faults=_faults(recording=WebhookFaults(lose=1)))
    line.pages["/voice"] = document("<Hangup/>")
    line.talk(
        record=True, recording_status_callback=line.url("/recording"), status_callback=line.url("/status")
    )
    assert line.application.asked("/recording") == []
    assert len(line.application.asked("/status")) == 1


@pytest.mark.parametrize(("code", "status"), [(20429, 429), (20500, 500), (21211, 400)])
def test_refused_submissions_place_no_call(studio: Studio, code: int, status: int) -> None:
    line = studio(faults=_faults(RestFaults(refuse=1, code=code)))
    with pytest.raises(TwilioRestException) as refused:
        line.call()
    assert (refused.value.status, refused.value.code) == (status, code)
    assert line.client.calls.list() == []


def test_a_late_answer_comes_after_the_call_was_placed(studio: Studio) -> None:
    line = studio(faults=_faults(RestFaults(late=1, seconds=(20, 20))), speed=100)
    line.pages["/voice"] = document("<Hangup/>")
    line.call()
    assert len(line.application.asked("/voice")) == 1


def test_a_cut_connection_leaves_a_placed_call_behind(studio: Studio) -> None:
    line = studio(faults=_faults(RestFaults(drop=1)))
    line.pages["/voice"] = document("<Hangup/>")
    form = {"To": TO, "From": FROM, "Url": line.url("/voice")}
    with pytest.raises(requests.ConnectionError):
        line.http("POST", f"{ACCOUNT.uri}/Calls.json", data=form)
    line.quiet()
    (call,) = line.client.calls.list(to=TO)
    assert call.status == "completed"


def _spoilt(studio: Studio, damage: str) -> Seen:
    line = studio(faults=_faults(status=WebhookFaults(corrupt=1, damage=(damage,))))
    line.pages["/voice"] = document("<Hangup/>")
    line.talk(status_callback=line.url("/status"))
    (seen,) = line.application.asked("/status")
    return seen


def _is_signed(seen: Seen) -> bool:
    signature = seen.headers["X-Twilio-Signature"]
    return bool(RequestValidator(ACCOUNT.auth_token).validate(seen.url, seen.form, signature))


def test_a_cut_webhook_lacks_the_end_of_its_form(studio: Studio) -> None:
    seen = _spoilt(studio, "cut")
    assert "CallSid" in seen.form
    assert "SequenceNumber" not in seen.form
    assert not _is_signed(seen)


def test_a_garbled_webhook_is_no_text(studio: Studio) -> None:
    line = studio(faults=_faults(status=WebhookFaults(corrupt=1, damage=("garbage",))))
    line.pages["/voice"] = document("<Hangup/>")
    line.talk(status_callback=line.url("/status"))
    assert line.codes() == [15003]  # this application fails on it


def test_a_webhook_of_a_wrong_type_is_no_form(studio: Studio) -> None:
    assert _spoilt(studio, "type").headers["Content-Type"] == "application/octet-stream"


def test_a_wrong_signature_stands_on_a_whole_form(studio: Studio) -> None:
    seen = _spoilt(studio, "signature")
    assert seen.form["CallStatus"] == "completed"
    assert not _is_signed(seen)


def test_what_is_heard_in_a_queue_has_faults_of_its_own(studio: Studio) -> None:
    line = studio(faults=_faults(queue=WebhookFaults(lose=1)))
    line.pages["/voice"] = document("<Enqueue waitUrl='/wait' action='/next'>desk</Enqueue>")
    line.pages["/next"] = document("<Hangup/>")
    line.talk(time_limit=60)
    assert line.application.asked("/voice")
    assert line.application.asked("/wait") == []


def test_a_slow_webhook_arrives_whole(studio: Studio) -> None:
    line = studio(faults=_faults(turn=WebhookFaults(slow=1, seconds=(10, 10))), speed=100)
    line.pages["/voice"] = document("<Hangup/>")
    began = line.board.clock.time()
    line.talk()
    (seen,) = line.application.asked("/voice")
    assert _is_signed(seen)
    assert seen.at > began + 10


def test_a_reset_turn_reaches_the_application_and_fails_for_the_call(studio: Studio) -> None:
    line = studio(faults=_faults(turn=WebhookFaults(reset=1)))
    line.pages["/voice"] = document("<Hangup/>")
    line.talk()
    assert line.application.asked("/voice")
    assert line.codes() == [11206]


def _rest(**faults: Any) -> Faults:
    return Faults({}, None, RestFaults(**faults), Chance(1))


@pytest.mark.parametrize("path", ["Calls.json", "Recordings.json", "Calls/CA0.json"])
def test_every_rest_request_may_be_refused(studio: Studio, path: str) -> None:
    answer = studio(faults=_rest(refuse=1, code=20503)).http("GET", f"{ACCOUNT.uri}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (503, 20503)
    assert answer.headers["X-Exchange-Fault"] == "refused"


def test_an_unanswered_request_is_not_carried_out(studio: Studio) -> None:
    line = studio(faults=_rest(timeout=1, methods=("POST",)))
    form = {"To": TO, "From": FROM, "Url": line.url("/voice")}
    url = f"{line.board.base_url}{ACCOUNT.uri}/Calls.json"
    with pytest.raises(requests.ReadTimeout), requests.Session() as session:
        session.post(url, data=form, auth=(ACCOUNT.sid, ACCOUNT.auth_token), timeout=0.2)
    assert line.client.calls.list() == []


def test_a_reset_request_is_not_carried_out(studio: Studio) -> None:
    line = studio(faults=_rest(reset=1, methods=("POST",)))
    with pytest.raises(requests.ConnectionError):
        line.http(
            "POST", f"{ACCOUNT.uri}/Calls.json", data={"To": TO, "From": FROM, "Url": line.url("/voice")}
        )
    assert line.client.calls.list() == []


def test_a_slow_answer_is_whole(studio: Studio) -> None:
    line = studio(faults=_rest(slow=1, seconds=(10.0, 10.0)))
    assert line.http("GET", f"{ACCOUNT.uri}/Calls.json").json()["calls"] == []


def test_a_dropped_answer_belongs_to_a_change_that_was_made(studio: Studio) -> None:
    line = studio(faults=_rest(drop=1, methods=("DELETE",)))
    line.pages["/voice"] = document("<Hangup/>")
    call = line.talk()
    with pytest.raises(requests.ConnectionError):
        line.http("DELETE", f"{ACCOUNT.uri}/Calls/{call.sid}.json")
    assert line.client.calls.list() == []


def test_faults_concern_the_resources_that_are_named(studio: Studio) -> None:
    line = studio(faults=_rest(refuse=1, resources=("Recordings",)))
    assert line.http("GET", f"{ACCOUNT.uri}/Calls.json").status_code == 200
    assert line.http("GET", f"{ACCOUNT.uri}/Recordings.json").status_code == 429


def test_the_control_api_is_spared(studio: Studio) -> None:
    assert studio(faults=_rest(refuse=1)).http("GET", "/control/counters").status_code == 200


def _thrown(path: Path, seed: int, owners: Sequence[tuple[str, str]]) -> dict[str, list[Delivery]]:
    faults = load(path, seed)
    found: dict[str, list[Delivery]] = {}
    for sid, number in owners:
        found.setdefault(sid, []).append(faults.delivery("status", sid, number))
    return found


def test_the_same_seed_gives_the_same_faults(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("[status]\nlose = 0.3\ndelay = 0.3", encoding="utf-8")
    owners = [("CA1", TO)] * 50
    assert _thrown(path, 1, owners) == _thrown(path, 1, owners)
    assert _thrown(path, 1, owners) != _thrown(path, 2, owners)


def test_what_befalls_a_call_does_not_depend_on_what_runs_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("[status]\nlose = 0.3\ndelay = 0.3", encoding="utf-8")
    apart = [("CA1", TO)] * 20 + [("CA2", FROM)] * 20
    mixed = [("CA2", FROM), ("CA1", TO)] * 20
    assert _thrown(path, 1, apart) == _thrown(path, 1, mixed)


def test_the_second_call_to_a_number_has_faults_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("[status]\nlose = 0.3\ndelay = 0.3", encoding="utf-8")
    thrown = _thrown(path, 1, [("CA1", TO)] * 20 + [("CA2", TO)] * 20)
    assert thrown["CA1"] != thrown["CA2"]


def test_a_kind_that_is_not_named_has_no_faults(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("[status]\nlose = 1", encoding="utf-8")
    assert load(path, 0).delivery("turn", "CA1", TO) == Delivery()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[status", "faults.toml"),
        ("[weather]\nrain = 1", "[weather] is unknown"),
        ("[status]\nrain = 1", "[status] rain: unknown key"),
        ("[status]\nlose = 'x'", "[status] lose: a number"),
        ("[status]\nlose = 2", "[status] lose: 2 is no probability"),
        ("[status]\nseconds = [1]", "[status] seconds: give seconds"),
        ("status = 1", "status must be a table"),
        ("[turn]\nreorder = 0.1", "[turn] reorder: unknown key"),
        ("[submit]\nmethods = ['GET']", "[submit] methods: unknown key"),
        ("[rest]\nmethods = ['PATCH']", "[rest] methods: 'PATCH' is unknown"),
        ("[rest]\nresources = 'Calls'", "[rest] resources: a list of words"),
        ("[rest]\ncode = 1.5", "[rest] code: one of Twilio's error codes"),
        ("[status]\ndamage = ['fire']", "[status] damage: 'fire' is unknown"),
    ],
)
def test_a_broken_file_names_table_and_key(tmp_path: Path, text: str, complaint: Any) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError) as refused:
        load(path, 0)
    assert complaint in str(refused.value)
