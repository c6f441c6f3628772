"""`<Record>` of a live person."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import soundfile
from exchange_person import Caller
from exchange_studio import ACCOUNT, Line, Studio, document
from exchange_studio import studio as studio

SPEED = 10.0  # fast, and slow enough that 20 ms of a busy machine are no words


def _line(studio: Studio, record: str) -> Line:
    line = studio(speed=SPEED)
    line.pages["/voice"] = document(record, "<Redirect>/empty</Redirect>")
    line.pages["/kept"] = line.pages["/empty"] = document("<Pause length='2'/><Hangup/>")
    return line


def _caller(line: Line) -> Caller:
    caller = Caller(line)
    caller.until_answered()
    line.until(lambda: line.board.tapes.running(caller.call.sid))
    return caller


def _told(line: Line) -> dict[str, str]:
    line.until(lambda: line.application.asked("/kept"))
    return line.application.asked("/kept")[0].form


def _sound(line: Line, sid: str) -> Any:
    answer = line.http("GET", f"{ACCOUNT.uri}/Recordings/{sid}.wav")
    samples, _ = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    return samples


def test_silence_ends_the_recording_of_what_was_said(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' timeout='3'/>")
    caller = _caller(line)
    caller.speak(400, 4.0)
    told = _told(line)
    assert told["Digits"] == ""
    assert int(told["RecordingDuration"]) in (4, 5)
    line.quiet()
    samples = _sound(line, told["RecordingSid"])
    assert abs(len(samples) / 8000 - 4.0) < 0.7
    spectrum = np.abs(np.fft.rfft(samples[4000:20000].astype(float)))
    assert abs(int(spectrum.argmax()) * 8000 / 16000 - 400) < 5


def test_a_key_ends_the_recording(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' timeout='30' finishOnKey='#'/>")
    caller = _caller(line)
    caller.speak(400, 2.0)
    caller.press("5")
    caller.speak(400, 1.0)
    caller.press("#")
    told = _told(line)
    assert told["Digits"] == "#"
    assert int(told["RecordingDuration"]) in (3, 4)


def test_the_longest_recording_ends_by_itself(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' maxLength='3' timeout='0' trim='do-not-trim'/>")
    caller = _caller(line)
    caller.speak(400, 6.0)
    assert _told(line)["RecordingDuration"] == "3"


def test_who_hangs_up_has_still_left_his_message(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept'/>")
    caller = _caller(line)
    caller.speak(400, 2.0)
    caller.hang_up()
    told = _told(line)
    assert (told["Digits"], told["CallStatus"]) == ("hangup", "completed")
    assert int(told["RecordingDuration"]) == 2
    line.quiet()
    assert line.client.recordings(told["RecordingSid"]).fetch().status == "completed"


def test_the_timer_of_the_line_hangs_up_as_well(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept'/>")
    caller = _caller(line)
    caller.speak(400, 1.0)
    caller.ends_after(1.0)
    assert _told(line)["Digits"] == "hangup"


def test_nothing_said_goes_on_with_the_next_verb(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' timeout='2'/>")
    _caller(line)
    line.until(lambda: line.application.asked("/empty"))
    line.quiet()
    assert line.application.asked("/kept") == []
    (recording,) = line.client.recordings.list()
    assert (recording.status, recording.error_code) == ("absent", 16101)


def test_typed_words_are_no_silence(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' timeout='3' trim='do-not-trim'/>")
    caller = _caller(line)
    for words in ("你好", "还有一件事", "说完了"):
        caller.wait(1.5)
        caller.say(words)
    assert int(_told(line)["RecordingDuration"]) >= 6


def test_the_sound_of_the_call_is_let_go_when_the_recording_is_finished(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' timeout='1'/>")
    caller = _caller(line)
    caller.speak(400, 2.0)
    told = _told(line)
    line.quiet()
    tape = line.board.register.tape(told["RecordingSid"])
    assert tape is not None
    assert {sounding.clip.source for _, sounding in tape.heard} == {"kept"}
    assert tape.heard[0][1].clip.seconds < 5


def test_a_microphone_that_is_switched_off_in_the_middle_of_a_word_is_silent(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' timeout='3'/>")
    caller = _caller(line)
    caller.speak(400, 2.0)
    caller.switch_off()
    assert int(_told(line)["RecordingDuration"]) in (2, 3)


def test_who_takes_a_simulated_person_s_place_is_recorded(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' trim='do-not-trim' finishOnKey='#'/>")
    call = line.call()
    line.until(lambda: line.board.tapes.running(call.sid))
    said = line.board.clock.time()
    assert line.http("POST", f"/control/calls/{call.sid}/words", json={"say": "请回电"}).ok
    line.until(lambda: line.board.clock.time() > said + 1)
    assert line.http("POST", f"/control/calls/{call.sid}/keys", json={"keys": "1#"}).ok
    told = _told(line)
    line.quiet()
    assert told["Digits"] == "#"
    assert line.client.recordings(told["RecordingSid"]).fetch().status == "completed"


def test_words_sent_from_outside_are_a_message_as_long_as_they_take(studio: Studio) -> None:
    line = _line(studio, "<Record action='/kept' timeout='2' transcribe='true' transcribeCallback='/text'/>")
    call = line.call()
    line.until(lambda: line.board.tapes.running(call.sid))
    words = "请给我回电话，我要问一问上个月的保单。"
    assert line.http("POST", f"/control/calls/{call.sid}/words", json={"say": words}).ok
    told = _told(line)
    line.quiet()
    assert (
        abs(int(told["RecordingDuration"]) - line.board.speech.clip(words, voice="customer-f").seconds) < 1.5
    )
    (text,) = line.application.asked("/text")
    assert text.form["TranscriptionText"].endswith(words)
