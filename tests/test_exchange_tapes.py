"""Recordings of a running call: begun, paused, resumed and stopped through the REST API."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import soundfile
from exchange_person import Caller
from exchange_studio import ACCOUNT, Line, Studio, document
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

SPEED = 10.0


def _caller(studio: Studio) -> tuple[Line, Caller]:
    line = studio(speed=SPEED)
    line.pages["/voice"] = document("<Pause length='600'/>")
    caller = Caller(line)
    caller.until_answered()
    return line, caller


def _recordings(line: Line, caller: Caller) -> Any:
    return line.client.calls(caller.call.sid).recordings


def _samples(line: Line, sid: str) -> Any:
    answer = line.http("GET", f"{ACCOUNT.uri}/Recordings/{sid}.wav")
    assert answer.status_code == 200
    return soundfile.read(io.BytesIO(answer.content), always_2d=True)[0]


def _pitch(samples: Any) -> float:
    """The loudest frequency."""
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum.argmax()) * 8000 / len(samples)


def test_a_running_call_is_recorded_from_the_request_on(studio: Studio) -> None:
    line, caller = _caller(studio)
    caller.speak(300, 2.0)
    recording = _recordings(line, caller).create(recording_channels="dual")
    assert (recording.status, recording.source) == ("in-progress", "StartCallRecordingAPI")
    assert (recording.channels, recording.track, recording.duration) == (2, "both", None)
    caller.speak(600, 3.0)
    caller.hang_up()
    line.quiet()
    done = recording.fetch()
    assert done.status == "completed"
    samples = _samples(line, recording.sid)
    assert abs(len(samples) / 8000 - float(done.duration)) <= 0.5
    assert abs(samples[:, 1]).max() == 0
    assert _pitch(samples[8000:16000, 0]) == pytest.approx(600, abs=5)


def test_a_recording_begun_twice_is_one(studio: Studio) -> None:
    line, caller = _caller(studio)
    first, second = _recordings(line, caller).create(), _recordings(line, caller).create()
    assert first.sid == second.sid
    assert line.client.http_client.last[0] == 200  # type: ignore[attr-defined]


def test_a_call_that_is_over_or_rings_cannot_be_recorded(studio: Studio) -> None:
    line, caller = _caller(studio)
    caller.hang_up()
    line.quiet()
    with pytest.raises(TwilioRestException) as refused:
        _recordings(line, caller).create()
    assert refused.value.code == 21220


def test_one_track_alone_is_recorded(studio: Studio) -> None:
    line, caller = _caller(studio)
    recording = _recordings(line, caller).create(recording_track="outbound", recording_channels="dual")
    assert (recording.track, recording.channels) == ("outbound", 1)
    caller.speak(500, 2.0)
    caller.hang_up()
    line.quiet()
    assert abs(_samples(line, recording.sid)).max() == 0


def test_what_is_said_in_a_pause_is_left_out(studio: Studio) -> None:
    line, caller = _caller(studio)
    recording = _recordings(line, caller).create()
    caller.speak(300, 2.0)
    assert recording.update(status="paused", pause_behavior="skip").status == "paused"
    caller.speak(1000, 3.0)
    assert recording.update(status="in-progress").status == "in-progress"
    caller.speak(600, 2.0)
    caller.hang_up()
    line.quiet()
    samples = _samples(line, recording.sid)[:, 0]
    assert 3.5 < len(samples) / 8000 < 5.5
    loud = np.abs(np.fft.rfft(samples))
    at = {hertz: loud[round(hertz * len(samples) / 8000) - 20 :][:40].max() for hertz in (300, 600, 1000)}
    assert at[300] > 10 * at[1000]
    assert at[600] > 10 * at[1000]


def test_what_is_said_in_a_pause_becomes_silence(studio: Studio) -> None:
    line, caller = _caller(studio)
    recording = _recordings(line, caller).create()
    caller.speak(300, 2.0)
    _recordings(line, caller)("Twilio.CURRENT").update(status="paused")
    caller.speak(1000, 3.0)
    _recordings(line, caller)("Twilio.CURRENT").update(status="in-progress")
    caller.speak(600, 2.0)
    caller.hang_up()
    line.quiet()
    samples = _samples(line, recording.sid)[:, 0]
    assert 6.5 < len(samples) / 8000 < 9.0
    assert abs(samples[8000 * 3 : 8000 * 4]).max() == 0


def test_a_stopped_recording_is_stopped_then_completed_though_the_call_goes_on(studio: Studio) -> None:
    line, caller = _caller(studio)
    recording = _recordings(line, caller).create(
        recording_status_callback=line.url("/kept"),
        recording_status_callback_event=["in-progress", "completed"],
    )
    caller.speak(300, 2.0)
    assert recording.update(status="stopped").status == "stopped"
    line.until(lambda: len(line.application.asked("/kept")) == 2)
    assert recording.fetch().status == "completed"
    assert caller.call.status == "in-progress"
    begun, done = (seen.form for seen in line.application.asked("/kept"))
    assert (begun["RecordingStatus"], "RecordingDuration" in begun) == ("in-progress", False)
    assert (done["RecordingStatus"], done["RecordingSource"]) == ("completed", "StartCallRecordingAPI")
    assert (done["RecordingDuration"], done["RecordingChannels"]) == (recording.fetch().duration, "1")
    with pytest.raises(TwilioRestException) as refused:
        recording.update(status="paused")
    assert refused.value.code == 21220


def test_a_recording_is_processed_before_it_is_completed(studio: Studio) -> None:
    line, caller = _caller(studio)
    recording = _recordings(line, caller).create()
    caller.speak(300, 1.0)
    caller.hang_up()
    line.until(lambda: caller.call.over)
    tape = line.board.register.tape(recording.sid)
    assert tape is not None
    line.quiet()
    assert tape.updated > (tape.ended or 0.0)
    assert recording.fetch().status == "completed"


def test_a_recording_too_short_to_hold_anything_is_absent(studio: Studio) -> None:
    line, caller = _caller(studio)
    wanted = {
        "recording_status_callback": line.url("/kept"),
        "recording_status_callback_event": ["absent", "completed"],
    }
    recording = _recordings(line, caller).create(**wanted)
    tape = line.board.register.tape(recording.sid)
    assert tape is not None
    line.loop.call_soon_threadsafe(_stop_at_once, line, tape)
    line.until(lambda: line.application.asked("/kept"))
    told = line.application.asked("/kept")[0].form
    assert (told["RecordingStatus"], told["ErrorCode"]) == ("absent", "16101")
    assert (recording.fetch().status, recording.fetch().error_code) == ("absent", 16101)
    assert line.http("GET", f"{ACCOUNT.uri}/Recordings/{recording.sid}.wav").status_code == 404


def _stop_at_once(line: Line, tape: Any) -> None:
    tape.stretches[0] = type(tape.stretches[0])(line.board.clock.time(), 0.0)
    line.board.tapes.stop(tape)


def test_a_recording_deleted_while_it_runs_is_gone(studio: Studio) -> None:
    line, caller = _caller(studio)
    recording = _recordings(line, caller).create()
    assert recording.delete()
    assert line.client.recordings.list() == []
    with pytest.raises(TwilioRestException) as refused:
        _recordings(line, caller)("Twilio.CURRENT").update(status="paused")
    assert refused.value.code == 20404
    caller.hang_up()
    line.quiet()


@pytest.mark.parametrize("wanted", [{"status": "completed"}, {"status": "paused", "pause_behavior": "x"}])
def test_a_change_nobody_knows_is_refused(studio: Studio, wanted: dict[str, str]) -> None:
    line, caller = _caller(studio)
    recording = _recordings(line, caller).create()
    with pytest.raises(TwilioRestException) as refused:
        recording.update(**wanted)
    assert refused.value.code == 20001


def test_a_recording_of_the_whole_call_goes_on_beside_one_begun_later(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Pause length='60'/>")
    call = line.call(record=True)
    line.until(lambda: call.fetch().status == "in-progress")
    call.recordings.create()
    call.update(status="completed")
    line.quiet()
    assert {one.source for one in call.recordings.list()} == {"OutboundAPI", "StartCallRecordingAPI"}


def test_recordings_are_listed_by_call_and_by_conference_in_pages(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Dial><Conference record='record-from-start'>r</Conference></Dial>")
    calls = [line.call(record=True) for _ in range(2)]
    line.until(lambda: line.client.conferences.list(status="in-progress"))
    (conference,) = line.client.conferences.list()
    (mixed,) = line.client.recordings.list(conference_sid=conference.sid)
    assert (mixed.source, mixed.conference_sid) == ("Conference", conference.sid)
    assert {one.source for one in line.client.recordings.list(page_size=1)} == {"Conference", "OutboundAPI"}
    assert len(line.client.recordings.list(page_size=1)) == 3
    (own,) = [one for one in calls[1].recordings.list() if one.source == "OutboundAPI"]
    assert own.conference_sid is None
    conference.update(status="completed")
    line.quiet()
