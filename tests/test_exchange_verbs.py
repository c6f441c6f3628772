"""TwiML's verbs, one rule each."""

from __future__ import annotations

import io
import wave
from contextlib import suppress
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from aiohttp import web
from exchange_studio import Line, Studio, document, person, rule
from exchange_studio import studio as studio
from hypothesis import given

from exchange.document import Element, parse
from exchange.errors import DocumentError
from exchange.sound.tape import ROBOT
from exchange.verbs.ssml import Run, runs

MACHINE_ERRORS = [
    ("<Response><Say>", 12100),
    ("no xml at all", 12100),
    ("<Answer/>", 12102),
    ("<!DOCTYPE x [<!ENTITY a 'b'>]><Response><Say>&a;</Say></Response>", 12100),
    ("<response/>", 12102),
    ("<Response>" + "<Say>" * 60 + "</Say>" * 60 + "</Response>", 12100),
]


def _seconds(line: Line, *verbs: str) -> float:
    """How long the line was open for these verbs."""
    line.pages["/voice"] = document(*verbs)
    call = line.board.register.call(line.talk().sid)
    assert call is not None
    assert call.ended is not None
    return call.ended - line.application.asked("/voice")[-1].at


def _say(text: str) -> Element:
    return next(parse(f"<Response><Say>{text}</Say></Response>").children())


def test_say_takes_as_long_as_its_words(studio: Studio) -> None:
    line = studio(persona=person(), speed=20)
    expected = line.board.speech.clip("您好，听得到吗？", voice="robot").seconds
    assert expected <= _seconds(line, "<Say>您好，听得到吗？</Say>") < expected + 3


def test_say_is_repeated_as_often_as_loop_says(studio: Studio) -> None:
    line = studio(speed=20)
    once = line.board.speech.clip("您好，听得到吗？", voice="robot").seconds
    assert 3 * once <= _seconds(line, "<Say loop='3'>您好，听得到吗？</Say>") < 3 * once + 4


def test_say_with_loop_0_goes_on_until_somebody_hangs_up(studio: Studio) -> None:
    line = studio(persona=person(hangs_up_after=(60.0, 60.0)), speed=40)
    line.pages["/voice"] = document("<Say loop='0'>您好</Say>")
    assert 60 <= int(line.talk().duration) < 65


def test_ssml_leaves_the_words_and_heeds_pauses_and_rate() -> None:
    say = _say("您<emphasis>好</emphasis><break time='500ms'/><prosody rate='slow'>慢一点</prosody>")
    assert runs(say) == [Run("您好"), Run("", 1.0, 0.5), Run("慢一点", 0.8)]


def test_ssml_reads_the_alias_of_sub_and_the_words_of_amazon_effects() -> None:
    assert runs(
        _say("<sub alias='人民币'>RMB</sub><amazon:effect name='whispered'>轻声</amazon:effect>")
    ) == [Run("人民币轻声")]


def test_ssml_keeps_sentences_apart_and_leaves_out_what_is_not_spoken() -> None:
    say = _say(
        "<p><s>第一句</s><s>第二句</s></p>尾声<audio src='a'><desc>钟声</desc></audio><metadata>x</metadata>"
    )
    assert runs(say) == [Run("第一句"), Run("第二句"), Run("尾声")]


def test_slow_words_take_longer(studio: Studio) -> None:
    line = studio(speed=20)
    plain = _seconds(line, "<Say>这句话没有人录过，所以长度是估计的。</Say>")
    slow = _seconds(line, "<Say><prosody rate='50%'>这句话没有人录过，所以长度是估计的。</prosody></Say>")
    assert slow > plain * 1.4


def test_pause_is_one_second_unless_it_says_more(studio: Studio) -> None:
    line = studio(speed=20)
    assert 1 <= _seconds(line, "<Pause/>") < 2.5
    assert 7 <= _seconds(line, "<Pause length='7'/>") < 8.5


def test_play_plays_keys_and_files(studio: Studio) -> None:
    line = studio(speed=50)
    line.pages["/two.wav"] = lambda _: web.Response(body=_wav(2.0), content_type="audio/x-wav")
    line.pages["/voice"] = document("<Play digits='12'/>", "<Play>/two.wav</Play>")
    call = line.talk(record=True, trim="do-not-trim")
    (seen,) = line.application.asked("/two.wav")
    assert seen.method == "GET"
    tape = next(line.board.register.tapes())
    played = [(one.clip.source, round(one.ends, 1)) for channel, one in tape.heard if channel == ROBOT]
    assert played == [("dtmf", 0.4), ("file", 2.0)]
    assert call.status == "completed"


def test_a_sound_that_cannot_be_had_is_left_out_with_a_warning(studio: Studio) -> None:
    line = studio()
    line.pages["/gone.wav"] = lambda _: web.Response(status=404)
    line.pages["/text.wav"] = "this is no sound"
    line.pages["/end"] = document("<Hangup/>")
    line.pages["/voice"] = document("<Play>/gone.wav</Play><Play>/text.wav</Play><Redirect>/end</Redirect>")
    line.talk()
    assert line.codes() == [11200, 12300]
    assert len(line.application.asked("/end")) == 1


def test_redirect_goes_to_the_url_read_against_the_document(studio: Studio) -> None:
    line = studio()
    line.pages["/a/voice"] = document("<Redirect method='GET'>next?x=1</Redirect><Say>never</Say>")
    line.pages["/a/next"] = document("<Hangup/>")
    call = line.talk("/a/voice")
    (seen,) = line.application.asked("/a/next")
    assert (seen.method, seen.query["x"], seen.query["CallSid"]) == ("GET", "1", call.sid)


def test_hangup_ends_the_call_at_once(studio: Studio) -> None:
    line = studio(speed=20)
    assert _seconds(line, "<Hangup/>", "<Pause length='100'/>") < 5


def test_the_end_of_a_document_ends_the_call(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document()
    assert line.talk().status == "completed"


@pytest.mark.parametrize(
    ("verb", "status"), [("<Reject/>", "no-answer"), ("<Reject reason='busy'/>", "busy")]
)
def test_an_incoming_call_can_be_rejected(studio: Studio, verb: str, status: str) -> None:
    line = studio()
    line.pages["/voice"] = document(verb, "<Say>never</Say>")
    assert _incoming(line)["status"] == status


def test_an_incoming_call_is_ringing_when_its_document_is_asked_for(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Say>您好</Say>")
    assert _incoming(line)["status"] == "completed"
    form = line.application.asked("/voice")[0].form
    assert (form["CallStatus"], form["Direction"]) == ("ringing", "inbound")


def test_an_unknown_verb_or_attribute_is_a_warning_and_the_call_goes_on(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Sing/>", "<Say colour='red'>您好</Say>", "<Redirect>/end</Redirect>")
    line.pages["/end"] = document("<Hangup/>")
    line.talk()
    assert line.codes() == [12200, 12200]
    assert {one.level for one in line.board.log.notifications} == {"warning"}
    assert len(line.application.asked("/end")) == 1


@pytest.mark.parametrize(("body", "code"), MACHINE_ERRORS)
def test_a_document_that_is_none_has_its_code(body: str, code: int) -> None:
    with pytest.raises(DocumentError) as refused:
        parse(body)
    assert refused.value.code == code


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_whatever_is_sent_is_a_document_or_refused(body: str | bytes) -> None:
    with suppress(DocumentError):
        assert parse(body).name == "Response"


def test_a_loop_without_end_or_sense_costs_nothing(studio: Studio) -> None:
    line = studio(persona=person(hangs_up_after=(20.0, 20.0)))
    line.pages["/voice"] = document("<Say loop='999999999'>好</Say><Pause length='99999999999'/>")
    assert line.talk().status == "completed"


def test_comments_and_space_are_nothing() -> None:
    response = parse("  <?xml version='1.0'?><!-- a --><Response> <!-- b --> <Say> 您好 </Say></Response>")
    assert [child.text() for child in response.children()] == ["您好"]


def test_a_record_verb_keeps_the_words_and_asks_its_action(studio: Studio) -> None:
    line = studio(rule(say="我要投诉"))
    line.pages["/voice"] = document(
        "<Record action='/kept' recordingStatusCallback='/recording' timeout='3'/>"
    )
    line.pages["/kept"] = document("<Hangup/>")
    line.talk()
    form = line.application.asked("/kept")[0].form
    assert form["Digits"] == ""
    recording = line.client.recordings(form["RecordingSid"]).fetch()
    assert (recording.source, recording.channels) == ("RecordVerb", 1)
    assert line.application.asked("/recording")[0].form["RecordingSid"] == recording.sid
    assert (
        line.http("GET", form["RecordingUrl"].removeprefix(line.board.base_url) + ".mp3").status_code == 200
    )


def test_an_empty_recording_goes_on_with_the_next_verb(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Record action='/kept'/><Redirect>/next</Redirect>")
    line.pages["/next"] = document("<Hangup/>")
    line.talk()
    assert line.application.asked("/kept") == []
    assert len(line.application.asked("/next")) == 1


def test_hanging_up_ends_a_recording_and_its_action_is_told(studio: Studio) -> None:
    line = studio(rule(hang_up=True))
    line.pages["/voice"] = document("<Record action='/kept'/>")
    line.pages["/kept"] = document("<Say>nobody hears this</Say>")
    line.talk()
    assert [seen.form["Digits"] for seen in line.application.asked("/kept")] == ["hangup"]


def _incoming(line: Line, **wanted: Any) -> Any:
    order = {"to": "+861095511000", "from": "+8613800138000", "url": line.url("/voice")}
    placed = line.http("POST", "/control/calls", json=order | wanted)
    assert placed.status_code == 201, placed.text
    line.quiet()
    return line.http("GET", f"/control/calls/{placed.json()['sid']}").json()


def _wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(b"\x00\x10" * round(seconds * 16_000))
    return file.getvalue()


def test_incoming_calls_give_prepared_answers(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Gather numDigits='1' action='/digits'><Say>请按键</Say></Gather>")
    line.pages["/digits"] = document("<Gather input='speech' action='/words'><Say>请说</Say></Gather>")
    line.pages["/words"] = document("<Say>再见。</Say>")
    ended = _incoming(line, answers=[{"keys": "4"}, {"say": "你好", "after": 2}])
    assert line.application.asked("/digits")[0].form["Digits"] == "4"
    assert line.application.asked("/words")[0].form["SpeechResult"] == "你好"
    assert ended["direction"] == "inbound"
    assert timedelta(seconds=int(ended["duration"])) > timedelta(seconds=3)
