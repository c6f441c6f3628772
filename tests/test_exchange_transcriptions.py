"""What was said on a recording becomes text, is told to the application and kept as a resource."""

from __future__ import annotations

import asyncio

import pytest
from exchange_studio import Line, Studio, document, person, rule
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

from exchange.sound.clip import joined, pause
from exchange.sound.sounding import Sounding
from exchange.sound.tape import CUSTOMER, Tape
from exchange.speaking.transcripts import transcribe


def recorded(line: Line, record: str) -> None:
    line.pages["/voice"] = document(record)
    line.pages["/next"] = document("<Hangup/>")
    line.talk()


def test_the_words_of_a_simulated_person_are_told_exactly(studio: Studio) -> None:
    line = studio(persona=person(rule(say="我要投诉"), greeting=()))
    recorded(line, "<Record action='/next' transcribeCallback='/text'/>")
    (told,) = line.application.asked("/text")
    (made,) = line.client.transcriptions.list()
    (recording,) = line.client.recordings.list()
    assert told.form["TranscriptionText"] == made.transcription_text == "我要投诉"
    assert told.form["TranscriptionStatus"] == made.status == "completed"
    assert told.form["TranscriptionSid"] == made.sid
    assert told.form["RecordingSid"] == made.recording_sid == recording.sid
    assert told.form["TranscriptionUrl"].endswith(f"/Recordings/{recording.sid}/Transcriptions/{made.sid}")
    assert told.form["RecordingUrl"].endswith(recording.sid)
    assert {"CallSid", "AccountSid", "From", "To", "CallStatus", "ApiVersion", "Direction"} <= set(told.form)
    assert made.duration == recording.duration


def test_transcribe_without_a_callback_makes_the_resource(studio: Studio) -> None:
    line = studio(persona=person(rule(say="是的"), greeting=()))
    recorded(line, "<Record action='/next' transcribe='true'/>")
    assert [made.transcription_text for made in line.client.transcriptions.list()] == ["是的"]
    assert line.application.asked("/text") == []


def test_a_recording_nobody_wants_transcribed_is_not(studio: Studio) -> None:
    line = studio(persona=person(rule(say="是的"), greeting=()))
    recorded(line, "<Record action='/next'/>")
    assert line.client.transcriptions.list() == []
    assert line.client.recordings.list()[0].status == "completed"


def test_an_empty_recording_has_no_transcription(studio: Studio) -> None:
    line = studio(persona=person(greeting=()))
    recorded(line, "<Record timeout='2' transcribeCallback='/text'/>")
    assert line.client.transcriptions.list() == []
    assert line.application.asked("/text") == []


def test_the_resource_is_found_below_its_recording_too_and_deleted(studio: Studio) -> None:
    line = studio(persona=person(rule(say="是的"), greeting=()))
    recorded(line, "<Record action='/next' transcribe='true'/>")
    (recording,) = line.client.recordings.list()
    below = line.client.recordings(recording.sid).transcriptions
    (made,) = below.list()
    assert line.client.recordings(recording.sid).transcriptions(made.sid).fetch().sid == made.sid
    assert line.client.transcriptions(made.sid).fetch().type == "fast"
    text = line.http("GET", made.uri.replace(".json", ".txt"))
    assert text.text == "是的"
    assert line.client.transcriptions(made.sid).delete()
    assert below.list() == []
    with pytest.raises(TwilioRestException) as refused:
        line.client.transcriptions(made.sid).fetch()
    assert refused.value.code == 20404


def test_a_recording_that_is_transcribed_is_two_minutes_long_at_most(studio: Studio) -> None:
    line = studio(persona=person(rule(say="是的"), greeting=()))
    recorded(line, "<Record timeout='0' transcribe='true' trim='do-not-trim' action='/next'/>")
    assert line.client.recordings.list()[0].duration in ("120", "121")


async def _text(*soundings: Sounding) -> str:
    tape = Tape("RE", "CA", 0.0, "RecordVerb", 1, trims=False)
    for sounding in soundings:
        tape.start(CUSTOMER, sounding)
    tape.stop(10.0)
    return await transcribe(tape, None)


def test_words_that_were_cut_off_are_not_told() -> None:
    clip = joined([pause(4.0, missing=True)], "speech:customer-f")
    whole, cut = Sounding(0.0, clip, "我要投诉"), Sounding(5.0, clip, "我要投诉", ends=2.0)
    assert asyncio.run(_text(whole, cut)) == "我要投诉我要"


def test_sound_without_known_words_and_without_ears_has_no_text() -> None:
    assert asyncio.run(_text(Sounding(0.0, joined([pause(4.0)], "live")))) == ""
