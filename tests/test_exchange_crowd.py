"""Conferences in which everything happens at any moment: nothing crashes, nothing is left over."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Any

import pytest
from exchange_studio import FROM, Line, Studio, document, person, rule
from exchange_studio import studio as studio

from exchange.rooms.conference import Conference
from exchange.sound.tape import CUSTOMER, ROBOT

STEPS = 60
PEOPLE = [f"+861380000{number:04}" for number in range(40)]
EVENTS = "start end join leave mute hold modify speaker announcement"
TOLD = f'statusCallback="/events" statusCallbackEvent="{EVENTS}"'
NOUNS = (
    f"<Conference {TOLD}>room</Conference>",
    f'<Conference {TOLD} startConferenceOnEnter="false" participantLabel="one">room</Conference>',
    f'<Conference {TOLD} muted="true" beep="false" waitUrl="">room</Conference>',
    f'<Conference {TOLD} endConferenceOnExit="true" record="true" waitUrl="/wait">room</Conference>',
)
Step = Callable[[Line, random.Random], Any]


def path(line: Line, method: str, rest: str, **form: str) -> None:
    """One REST request, whatever its answer, which must never be a crash."""
    account = f"/2010-04-01/Accounts/{line.board.account.sid}"
    answer = line.http(method, f"{account}{rest}", data=form)
    assert answer.status_code < 500, answer.text


def conferences(line: Line) -> list[Conference]:
    return list(line.board.conferences.newest_first())


def somebody(line: Line, dice: random.Random) -> str:
    """The address of a participant, who may be gone already."""
    found = [one for conference in conferences(line)[:2] for one in tuple(conference.participants.values())]
    if not found:
        return "/Conferences/room/Participants/nobody.json"
    one = dice.choice(found)
    return f"/Conferences/{one.conference.sid}/Participants/{one.sid}.json"


def call(line: Line, dice: random.Random) -> None:
    line.call(f"/join-{dice.randrange(len(NOUNS))}", to=dice.choice(PEOPLE))


def invite(line: Line, dice: random.Random) -> None:
    wanted = {"To": dice.choice(PEOPLE), "From": FROM, "EndConferenceOnExit": dice.choice(("true", "false"))}
    path(line, "POST", "/Conferences/room/Participants.json", **wanted)


def change(line: Line, dice: random.Random) -> None:
    forms: tuple[dict[str, str], ...] = (
        {"Muted": "true"},
        {"Muted": "false", "Hold": "true"},
        {"Hold": "true", "HoldUrl": line.url("/wait")},
        {"Hold": "false"},
        {"AnnounceUrl": line.url("/say")},
        {"WaitUrl": line.url("/wait"), "BeepOnExit": "false", "EndConferenceOnExit": "false"},
        {"CallSidToCoach": somebody(line, dice)[-39:-5]},
    )
    path(line, "POST", somebody(line, dice), **dice.choice(forms))


def kick(line: Line, dice: random.Random) -> None:
    path(line, "DELETE", somebody(line, dice))


def hang_up(line: Line, dice: random.Random) -> None:
    path(line, "POST", f"/Calls/{somebody(line, dice)[-39:-5]}.json", Status="completed")


def redirect(line: Line, dice: random.Random) -> None:
    path(line, "POST", f"/Calls/{somebody(line, dice)[-39:-5]}.json", Url=line.url("/join-0"))


def announce(line: Line, dice: random.Random) -> None:
    for conference in conferences(line)[:1]:
        path(line, "POST", f"/Conferences/{conference.sid}.json", AnnounceUrl=line.url("/say"))


def end(line: Line, dice: random.Random) -> None:
    for conference in conferences(line)[:1]:
        path(line, "POST", f"/Conferences/{conference.sid}.json", Status="completed")


def told(line: Line) -> list[dict[str, str]]:
    return [seen.form for seen in line.application.asked("/events")]


def check_story(story: list[dict[str, str]]) -> None:
    """What is told of one conference is in order: who leaves has come, nothing follows the end."""
    assert [int(form["SequenceNumber"]) for form in story] == list(range(len(story)))
    there: set[str] = set()
    for form in story:
        event, who = form["StatusCallbackEvent"], form.get("CallSid", "")
        if event == "participant-join":
            there.add(who)
        elif event == "participant-leave":
            assert who in there or form["ParticipantCallStatus"] in NEVER_CAME
            there.discard(who)
        elif "speech" in event:
            assert who in there
    assert not story or story[-1]["StatusCallbackEvent"] == "conference-end"
    assert not there


NEVER_CAME = ("canceled", "busy", "no-answer", "failed")
OFTEN: tuple[Step, ...] = (call, call, invite, change, change, change)
RARELY: tuple[Step, ...] = (kick, hang_up, redirect, announce, end)


def at_rest(line: Line) -> bool:
    """Ends every conference; calls that still ring may open another one."""
    for conference in conferences(line):
        if not conference.over:
            path(line, "POST", f"/Conferences/{conference.sid}.json", Status="completed")
    return len(line.board.tasks) == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_crowd_leaves_nothing_behind(studio: Studio, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    answers = (rule("请", say="好的"), rule("好的", say="再见", times=2), rule("再见", keys="*"))
    kinds = [person(*answers, talks=(5.0, 300.0)), person(line=("busy",)), person(line=("no-answer",))]
    line = studio(personas=kinds, seed=seed)
    for number, noun in enumerate(NOUNS):
        line.pages[f"/join-{number}"] = document(
            f'<Dial hangupOnStar="true">{noun}</Dial>', "<Say>后来</Say>"
        )
    line.pages["/wait"] = document("<Say>请稍候</Say>", "<Pause length='5'/>", "<Redirect/>")
    line.pages["/say"] = document("<Say>请注意</Say>")
    dice = random.Random(seed)
    lines = []
    for _ in range(STEPS):
        dice.choice(OFTEN if dice.random() < 0.6 else RARELY)(line, dice)
        lines += [one.leg for found in conferences(line)[:1] for one in tuple(found.participants.values())]
    line.until(lambda: at_rest(line), 30)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert all(one.over and not one.participants and not one.room.members for one in conferences(line))
    assert all(one.over for one in line.board.register.calls())
    for conference in conferences(line):
        check_story([form for form in told(line) if form["ConferenceSid"] == conference.sid])
    for leg in lines:
        assert leg.life.line.running(CUSTOMER) == leg.life.line.running(ROBOT) == []
