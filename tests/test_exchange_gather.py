"""`<Gather>`, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_person import Caller
from exchange_studio import Line, Studio, document, person, rule
from exchange_studio import studio as studio

from exchange.people.customer import Response
from exchange.verbs.collecting import Asked, Collected, collect

PROMPT = 4.0
KEYS = Asked(keys=True, speech=False)


def _gather(line: Line, attributes: str = "", *, prompt: str = "<Say>请按键</Say>") -> list[dict[str, str]]:
    """What the action is asked with; `/next` stands for the verb after the Gather."""
    line.pages["/voice"] = document(
        f"<Gather action='/action' {attributes}>{prompt}</Gather>", "<Redirect>/next</Redirect>"
    )
    line.pages["/action"] = line.pages["/next"] = document("<Hangup/>")
    line.talk(record=True, trim="do-not-trim")
    return [seen.form for seen in line.application.asked("/action")]


def _passed(line: Line) -> float:
    """Seconds of the clock from the document to its action or next verb."""
    first, second = line.application.seen[:2]
    return second.at - first.at


def test_keys_go_to_the_action_without_the_finishing_one(studio: Studio) -> None:
    (form,) = _gather(studio(rule(keys="1234#")))
    assert (form["Digits"], form["FinishedOnKey"], form["msg"]) == ("1234", "#", "Gather End")
    assert "SpeechResult" not in form


def test_the_action_is_the_document_itself_unless_named(studio: Studio) -> None:
    line = studio(rule(keys="7#", times=1))
    line.pages["/voice"] = document("<Gather><Say>请按键</Say></Gather>")
    line.talk()
    assert [seen.form.get("Digits") for seen in line.application.asked("/voice")] == [None, "7"]


def test_silence_goes_on_with_the_next_verb(studio: Studio) -> None:
    line = studio()
    assert _gather(line) == []
    assert len(line.application.asked("/next")) == 1


def test_the_finishing_key_alone_is_empty(studio: Studio) -> None:
    line = studio(rule(keys="#"))
    assert _gather(line) == []
    assert len(line.application.asked("/next")) == 1


def test_an_empty_result_goes_to_the_action_when_asked_for(studio: Studio) -> None:
    (form,) = _gather(studio(), "actionOnEmptyResult='true'")
    assert form["Digits"] == ""


def test_the_number_of_digits_ends_it(studio: Studio) -> None:
    (form,) = _gather(studio(rule(keys="123456")), "numDigits='4'")
    assert (form["Digits"], form["FinishedOnKey"]) == ("1234", "")


def test_five_seconds_of_silence_end_it(studio: Studio) -> None:
    line = studio(speed=20)
    prompt = line.board.speech.clip("请按键", voice="robot").seconds
    _gather(line)
    assert prompt + 5 <= _passed(line) < prompt + 7


def test_timeout_counts_after_the_prompt_has_ended(studio: Studio) -> None:
    line = studio(rule(keys="1#", after=(2.0, 2.0)), speed=20)
    (form,) = _gather(line, "timeout='3'", prompt="<Pause length='10'/>")
    assert form["Digits"] == "1"
    assert 12 <= _passed(line) < 14


def test_an_answer_after_the_timeout_is_not_heard(studio: Studio) -> None:
    assert _gather(studio(rule(keys="1#", after=(4.0, 4.0))), "timeout='3'") == []


def test_the_first_key_stops_the_prompt(studio: Studio) -> None:
    line = studio(rule(keys="1", interrupts=0.5), speed=50)
    _gather(line, "numDigits='1'", prompt="<Say>您好，听得到吗？</Say><Pause length='30'/>")
    assert _passed(line) < 20


def test_keys_are_not_taken_where_only_speech_is_wanted(studio: Studio) -> None:
    assert _gather(studio(rule(keys="1#")), "input='speech'") == []


def test_words_go_to_the_action_with_their_confidence(studio: Studio) -> None:
    (form,) = _gather(studio(rule(say="是的")), "input='speech' hints='是,不是' language='cmn-Hans-CN'")
    assert form["SpeechResult"] == "是的"
    assert 0 < float(form["Confidence"]) <= 1
    assert "Digits" not in form


def test_words_are_not_taken_by_default(studio: Studio) -> None:
    assert _gather(studio(rule(say="是的"))) == []


@pytest.mark.parametrize(("speaks", "key"), [(0.0, "Digits"), (1.0, "SpeechResult")])
def test_the_person_chooses_where_both_are_taken(studio: Studio, speaks: float, key: str) -> None:
    line = studio(persona=person(rule(keys="1", say="是的"), speaks=speaks))
    (form,) = _gather(line, "input='dtmf speech' numDigits='1'")
    assert key in form


def test_only_sounds_and_pauses_may_be_inside(studio: Studio) -> None:
    line = studio(rule(keys="1#"))
    (form,) = _gather(line, prompt="<Redirect>/never</Redirect><Say>请按键</Say>")
    assert form["Digits"] == "1"
    assert line.codes() == [13320]


def test_hanging_up_in_a_gather_ends_the_call(studio: Studio) -> None:
    line = studio(rule(hang_up=True))
    assert _gather(line) == []
    assert line.application.asked("/next") == []
    assert next(line.board.register.calls()).status == "completed"


def test_a_get_action_has_its_parameters_in_the_query(studio: Studio) -> None:
    line = studio(rule(keys="1#"))
    _gather(line, "method='GET'")
    (seen,) = line.application.asked("/action")
    assert (seen.method, seen.query["Digits"]) == ("GET", "1")


def test_an_inline_document_needs_an_absolute_action(studio: Studio) -> None:
    line = studio(rule(keys="1#"))
    call = line.talk(url=None, twiml=document("<Gather action='/action'><Say>请按键</Say></Gather>"))
    assert line.codes() == [11100]
    assert call.status == "completed"


@pytest.mark.parametrize(
    ("asked", "response", "expected"),
    [
        (KEYS, Response(), Collected(9.0, PROMPT)),
        (KEYS, Response(keys="12#", after=1.0), Collected(5.4, PROMPT, 5.0, "12", finished_on="#")),
        (KEYS, Response(keys="12", after=1.0), Collected(10.4, PROMPT, 5.0, "12")),
        (KEYS, Response(keys="1w2#", after=1.0), Collected(5.9, PROMPT, 5.0, "12", finished_on="#")),
        (KEYS, Response(keys="1#", interrupts=0.5), Collected(2.2, 2.0, 2.0, "1", finished_on="#")),
        (KEYS, Response(keys="1", after=6.0), Collected(9.0, PROMPT)),
        (KEYS, Response(after=2.0, hangs_up=True), Collected(6.0, PROMPT, hangs_up=True)),
        (KEYS, Response(after=60.0, hangs_up=True), Collected(9.0, PROMPT, hangs_up=True)),
        (KEYS, Response(words="是"), Collected(9.0, PROMPT, 5.0)),
        (Asked(keys=False, speech=True), Response(words="是"), Collected(12.0, PROMPT, 5.0, words="是")),
        (
            Asked(keys=False, speech=True, speech_timeout=1.0),
            Response(words="是", interrupts=0.25),
            Collected(4.0, 1.0, 1.0, words="是"),
        ),
        (
            Asked(keys=True, speech=False, digits=1, barge_in=False),
            Response(keys="1", interrupts=0.5),
            Collected(2.2, 2.0, 2.0, "1"),
        ),
        (
            Asked(keys=True, speech=True, speech_timeout=1.0, barge_in=False),
            Response(words="是", interrupts=0.5),
            Collected(8.0, PROMPT, 5.0, words="是"),
        ),
        (Asked(keys=True, speech=False, finish=""), Response(keys="1#"), Collected(10.4, PROMPT, 5.0, "1#")),
    ],
)
def test_what_is_collected_follows_from_what_was_asked(
    asked: Asked, response: Response, expected: Any
) -> None:
    found = collect(asked, PROMPT, response, 2.0)
    assert found.ends == pytest.approx(expected.ends)
    assert found.stops == pytest.approx(expected.stops)
    assert (found.begins, found.digits, found.words) == (expected.begins, expected.digits, expected.words)
    assert (found.finished_on, found.hangs_up) == (expected.finished_on, expected.hangs_up)


def test_words_are_told_while_they_are_spoken_and_the_answers_are_ignored(studio: Studio) -> None:
    line = studio(rule(say="我没有收到合同"), speed=50)
    line.pages["/voice"] = document(
        "<Gather input='speech' action='/done' partialResultCallback='/partial'><Say>请讲。</Say></Gather>"
    )
    line.pages["/partial"] = document("<Hangup/>")
    line.pages["/done"] = document("<Pause length='5'/>")
    line.talk()
    first, last = [seen.form for seen in line.application.asked("/partial")]
    assert "我没有收到合同".startswith(first["UnstableSpeechResult"])
    assert (last["StableSpeechResult"], last["SequenceNumber"]) == ("我没有收到合同", "1")
    assert line.application.asked("/done")[0].form["SpeechResult"] == "我没有收到合同"


def test_words_of_who_takes_a_simulated_person_s_place_are_told_as_well(studio: Studio) -> None:
    line = studio(speed=20)
    line.pages["/voice"] = document(
        "<Gather input='speech' timeout='60' action='/done' partialResultCallback='/partial'/>"
    )
    line.pages["/done"] = document("<Pause length='2'/>")
    call = line.call()
    line.until(lambda: (line.board.register.call(call.sid).status) == "in-progress")
    line.until(lambda: line.application.asked("/voice"))
    assert line.http("POST", f"/control/calls/{call.sid}/words", json={"say": "我没有收到"}).ok
    line.quiet()
    told = [seen.form["StableSpeechResult"] for seen in line.application.asked("/partial")]
    assert sorted(told) == ["", "我没有收到"]


def test_a_key_stops_the_prompt_of_a_live_person_whom_words_would_not(studio: Studio) -> None:
    line = studio(speed=20)
    line.pages["/voice"] = document(
        "<Gather bargeIn='false' numDigits='2' action='/done'><Pause length='60'/></Gather>"
    )
    line.pages["/done"] = document("<Hangup/>")
    caller = Caller(line)
    caller.until_answered()
    caller.press("1")
    caller.press("2")
    line.quiet()
    (done,) = line.application.asked("/done")
    assert done.form["Digits"] == "12"
    assert caller.call.ended - caller.call.answered < 50
