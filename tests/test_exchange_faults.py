"""Misfortune on purpose."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import requests
from exchange_studio import ACCOUNT, EVENTS, FROM, TO, Line, Studio, document
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

from exchange.errors import SettingError
from exchange.faults import Delivery, Faults, SubmitFaults, WebhookFaults, load


def _faults(submit: SubmitFaults | None = None, **webhooks: WebhookFaults) -> Faults:
    return Faults(webhooks, submit or SubmitFaults(), random.Random(1))


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
    line = studio(faults=_faults(SubmitFaults(refuse=1, code=code)))
    with pytest.raises(TwilioRestException) as refused:
        line.call()
    assert (refused.value.status, refused.value.code) == (status, code)
    assert line.client.calls.list() == []


def test_a_late_answer_comes_after_the_call_was_placed(studio: Studio) -> None:
    line = studio(faults=_faults(SubmitFaults(late=1, seconds=(20, 20))), speed=100)
    line.pages["/voice"] = document("<Hangup/>")
    line.call()
    assert len(line.application.asked("/voice")) == 1


def test_a_cut_connection_leaves_a_placed_call_behind(studio: Studio) -> None:
    line = studio(faults=_faults(SubmitFaults(drop=1)))
    line.pages["/voice"] = document("<Hangup/>")
    form = {"To": TO, "From": FROM, "Url": line.url("/voice")}
    with pytest.raises(requests.ConnectionError):
        line.http("POST", f"{ACCOUNT.uri}/Calls.json", data=form)
    line.quiet()
    (call,) = line.client.calls.list(to=TO)
    assert call.status == "completed"


def test_the_same_seed_gives_the_same_faults(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("[status]\nlose = 0.3\ndelay = 0.3", encoding="utf-8")

    def thrown(seed: int) -> list[Delivery]:
        faults = load(path, seed)
        return [faults.delivery("status") for _ in range(50)]

    assert thrown(1) == thrown(1)
    assert thrown(1) != thrown(2)


def test_a_kind_that_is_not_named_has_no_faults(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("[status]\nlose = 1", encoding="utf-8")
    assert load(path, 0).delivery("turn") == Delivery()


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
    ],
)
def test_a_broken_file_names_table_and_key(tmp_path: Path, text: str, complaint: Any) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError) as refused:
        load(path, 0)
    assert complaint in str(refused.value)
