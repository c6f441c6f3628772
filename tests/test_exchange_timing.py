"""Time as Twilio documents it, all on the exchange's clock; and one seed, one run."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

import pytest
from exchange_studio import EVENTS, FROM, Line, Studio, document, person, rule
from exchange_studio import studio as studio

from exchange.chance import Chance
from exchange.faults import Faults, WebhookFaults

NUMBERS = [f"+86138000000{place:02d}" for place in range(6)]
SIDS = re.compile(r"(?:CA|RE)[0-9a-f]{32}|http://127\.0\.0\.1:\d+")
OF_THE_RUN = {"Timestamp", "CallDuration", "Duration"}


Sent = dict[tuple[str, str], list[list[tuple[str, str]]]]
"""The webhooks of each kind for each number, in order."""


def _webhooks(line: Line) -> Sent:
    """What the application was sent, without what depends on its own speed."""
    found: Sent = {}
    for seen in line.application.seen:
        fields = [(name, SIDS.sub("…", value)) for name, value in seen.fields if name not in OF_THE_RUN]
        found.setdefault((seen.query["number"], seen.path), []).append(sorted(fields))
    return found


def _run(studio: Studio, seed: int) -> Sent:
    faults = Faults({"status": WebhookFaults(lose=0.3, double=0.3)}, None, None, Chance(seed))
    persona = person(
        rule("您好", keys=("1", "2", "3"), chance=0.7), rings=(1.0, 9.0), line=("answers", "busy")
    )
    line = studio(persona=persona, faults=faults, seed=seed, speed=60, cps=5.0)
    line.pages["/voice"] = lambda seen: document(
        f"<Gather numDigits='1' action='/next?number={seen.query['number']}'><Say>您好</Say></Gather>"
    )
    line.pages["/next"] = document("<Hangup/>")
    for numbers in (NUMBERS, NUMBERS[:2]):
        for number in numbers:
            _call(line, number)
        line.quiet(30)
    return _webhooks(line)


def _call(line: Line, number: str) -> None:
    mark = f"?number={number[1:]}"
    line.call(
        to=number,
        url=line.url("/voice") + mark,
        status_callback=line.url("/status") + mark,
        status_callback_event=EVENTS,
    )


def test_one_seed_gives_one_run(studio: Studio) -> None:
    first = _run(studio, 7)
    assert {number for number, _ in first} == {number[1:] for number in NUMBERS}
    assert _run(studio, 7) == first


def test_another_seed_gives_another_run(studio: Studio) -> None:
    assert _run(studio, 8) != _run(studio, 7)


@pytest.mark.parametrize(("cps", "apart"), [(1.0, 1.0), (5.0, 0.2)])
def test_calls_beyond_the_rate_get_their_turn_one_after_the_other(
    studio: Studio, cps: float, apart: float
) -> None:
    board = studio(cps=cps).board
    assert [board.slot(1000.0) for _ in range(4)] == pytest.approx(
        [1000 + place * apart for place in range(4)]
    )
    assert board.slot(2000.0) == 2000.0  # whoever did not use the rate has not saved it up
    assert board.slot(2000.0) == pytest.approx(2000 + apart)


def test_incoming_calls_do_not_wait_for_the_rate(studio: Studio) -> None:
    line = studio(cps=0.01)
    line.pages["/voice"] = document("<Hangup/>")
    for _ in range(3):
        order = {"to": FROM, "from": NUMBERS[0], "url": line.url("/voice")}
        assert line.http("POST", "/control/calls", json=order).json()["queue_time"] == "0"
    line.quiet()
    assert len(line.application.seen) == 3


def test_timestamps_are_the_exchanges_clock(studio: Studio) -> None:
    line = studio(speed=100)
    line.pages["/voice"] = document("<Pause length='30'/>")
    line.talk(status_callback=line.url("/status"), status_callback_event=["answered", "completed"])
    first, last = (
        parsedate_to_datetime(seen.form["Timestamp"]) for seen in line.application.asked("/status")
    )
    assert 29 <= (last - first).total_seconds() <= 36
