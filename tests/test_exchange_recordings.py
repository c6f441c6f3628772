"""The Recording resource: what is on it, how it is announced and fetched."""

from __future__ import annotations

import io
from typing import Any

import pytest
import soundfile
from exchange_studio import ACCOUNT, Line, Studio, document, person, rule
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

from exchange.sound.tape import CUSTOMER, ROBOT

ASK = document("<Gather timeout='5' numDigits='1' action='/end'><Say>您现在方便吗？</Say></Gather>")


def _recorded(line: Line, **wanted: Any) -> Any:
    line.pages["/voice"], line.pages["/end"] = ASK, document("<Hangup/>")
    options = {
        "record": True,
        "recording_channels": "dual",
        "recording_status_callback": line.url("/recording"),
    }
    call = line.talk(**(options | wanted))
    (recording,) = line.client.recordings.list(call_sid=call.sid)
    return recording


def _samples(line: Line, path: str) -> Any:
    answer = line.http("GET", path)
    assert answer.status_code == 200
    return soundfile.read(io.BytesIO(answer.content), always_2d=True)


def test_a_recorded_call_has_one_recording_as_described(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    recording = _recorded(line)
    assert (recording.status, recording.source, recording.channels) == ("completed", "OutboundAPI", 2)
    assert recording.fetch().sid == recording.sid
    assert recording.media_url == line.board.base_url + f"{ACCOUNT.uri}/Recordings/{recording.sid}"
    (below,) = line.client.calls(recording.call_sid).recordings.list()
    assert (below.sid, below.track) == (recording.sid, "both")
    assert below.fetch().duration == recording.duration


def test_a_call_that_is_not_to_be_recorded_is_not(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Say>您好</Say>")
    line.talk()
    assert line.client.recordings.list() == []


def test_the_callback_tells_where_the_recording_is(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    recording = _recorded(line)
    (seen,) = line.application.asked("/recording")
    wanted = {
        "AccountSid": ACCOUNT.sid,
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": recording.media_url,
        "RecordingStatus": "completed",
        "RecordingChannels": "2",
        "RecordingDuration": recording.duration,
        "RecordingSource": "OutboundAPI",
    }
    assert wanted.items() <= seen.form.items()


def test_the_callback_comes_for_the_events_asked_for(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    _recorded(line, recording_status_callback_event=["in-progress", "completed"])
    statuses = [seen.form["RecordingStatus"] for seen in line.application.asked("/recording")]
    assert statuses == ["in-progress", "completed"]


def test_the_final_status_callback_names_the_recording(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    recording = _recorded(line, status_callback=line.url("/status"))
    form = line.application.asked("/status")[0].form
    assert (form["RecordingSid"], form["RecordingDuration"]) == (recording.sid, recording.duration)


def test_the_length_of_the_sound_is_that_of_the_resource(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    recording = _recorded(line)
    samples, rate = _samples(line, f"{recording.uri.removesuffix('.json')}.wav")
    assert rate == 8000
    assert abs(len(samples) / rate - float(recording.duration)) <= 0.5
    mp3, _ = _samples(line, f"{recording.uri.removesuffix('.json')}.mp3")
    assert abs(len(mp3) - len(samples)) / rate < 0.3


def test_robot_and_customer_are_on_channels_of_their_own(studio: Studio) -> None:
    line = studio(rule(keys="5"), persona=None)
    recording = _recorded(line, trim="do-not-trim")
    samples, _ = _samples(line, recording.uri.removesuffix(".json"))
    tape = line.board.register.tape(recording.sid)
    assert tape is not None
    channel, keys = next(heard for heard in tape.heard if heard[1].clip.source == "dtmf")
    assert channel == CUSTOMER
    pressed = keys.moment - tape.started
    tone = slice(round(pressed * 8000), round((pressed + 0.1) * 8000))
    assert abs(samples[tone, CUSTOMER]).max() > 0.2
    assert abs(samples[tone, ROBOT]).max() < 0.01
    asked = next(sounding for channel, sounding in tape.heard if channel == ROBOT)
    began = asked.moment - tape.started
    speech = slice(round(began * 8000), round((began + asked.ends) * 8000))
    assert abs(samples[speech, ROBOT]).max() > 0.05


def test_two_channels_are_mixed_on_request(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    recording = _recorded(line)
    samples, _ = _samples(line, f"{recording.uri.removesuffix('.json')}.wav?RequestedChannels=1")
    assert samples.shape[1] == 1


def test_silence_at_both_ends_is_cut_unless_it_shall_stay(studio: Studio) -> None:
    line = studio(persona=person(greeting=()))
    line.pages["/voice"] = document("<Pause length='20'/><Say>您好，听得到吗？</Say><Pause length='20'/>")
    whole = line.talk(record=True, trim="do-not-trim")
    cut = line.talk(record=True)
    lengths = {one.call_sid: int(one.duration) for one in line.client.recordings.list()}
    assert lengths[whole.sid] >= 40
    assert lengths[cut.sid] < 5
    tape = next(line.board.register.tapes())
    samples, _ = _samples(line, f"{ACCOUNT.uri}/Recordings/{tape.sid}.wav")
    assert abs(samples[:4000]).max() > 0.05


def test_a_deleted_recording_is_gone_with_its_sound(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    recording = _recorded(line)
    assert recording.delete()
    with pytest.raises(TwilioRestException) as refused:
        recording.fetch()
    assert refused.value.code == 20404
    assert line.http("GET", f"{ACCOUNT.uri}/Recordings/{recording.sid}.wav").status_code == 404


def test_a_recording_is_not_found_below_another_call(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    recording = _recorded(line)
    other = line.talk()
    with pytest.raises(TwilioRestException) as refused:
        line.client.calls(other.sid).recordings(recording.sid).fetch()
    assert refused.value.code == 20404


def test_sounds_are_open_to_who_knows_the_address_but_not_to_wrong_credentials(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    recording = _recorded(line)
    path = f"{ACCOUNT.uri}/Recordings/{recording.sid}"
    assert line.http("GET", f"{path}.wav", auth=None).status_code == 200
    assert line.http("GET", f"{path}.wav", auth=("x", "y")).status_code == 401
    assert line.http("GET", f"{path}.json", auth=None).status_code == 401


def test_the_control_api_says_how_much_speech_is_missing(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Say>这句话没有人录过。</Say>")
    call = line.talk(record=True)
    (recording,) = line.client.recordings.list(call_sid=call.sid)
    facts = line.http("GET", f"/control/recordings/{recording.sid}").json()
    assert facts["silent_seconds"] > 1
    assert facts["sid"] == recording.sid
