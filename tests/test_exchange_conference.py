"""Conferences: who waits, who hears whom, how they start and end, and what the application is told.

https://www.twilio.com/docs/voice/twiml/conference
"""

from __future__ import annotations

from typing import Any

import pytest
from exchange_studio import Line, Studio, document, person

A, B, C = "+8613800000001", "+8613800000002", "+8613800000003"
EVENTS = "start end join leave mute hold modify speaker announcement"
TALKS = (100_000.0, 100_000.0)


def conference(**attributes: str) -> str:
    given = {"statusCallback": "/events", "statusCallbackEvent": EVENTS} | attributes
    dial = {name: given.pop(name) for name in ("action", "hangupOnStar", "timeLimit") if name in given}
    return document(
        f"<Dial{_written(dial)}><Conference{_written(given)}>room</Conference></Dial>", "<Say>后来</Say>"
    )


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in attributes.items())


@pytest.fixture
def line(studio: Studio) -> Line:
    return studio(persona=person(talks=TALKS))


def join(line: Line, to: str, **attributes: str) -> Any:
    """Calls somebody into the conference and waits until he is there."""
    path = f"/join-{to[-1]}"
    line.pages[path] = conference(**attributes)
    call = line.call(path, to=to)
    line.until(lambda: "participant-join" in events(line, call.sid))
    return call


def events(line: Line, call_sid: str = "") -> list[str]:
    told = [seen.form for seen in line.application.asked("/events")]
    return [one["StatusCallbackEvent"] for one in told if call_sid in ("", one.get("CallSid"))]


def test_one_alone_waits(line: Line) -> None:
    join(line, A)
    (found,) = line.client.conferences.list()
    assert found.status == "init"
    assert events(line) == ["participant-join"]
