"""`<Dial record>`, `<Start>` and `<Stop>`."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import soundfile
from exchange_person import Caller
from exchange_studio import ACCOUNT, TO, Line, Studio, document, person
from exchange_studio import studio as studio

OTHER = "+8613900000001"


def _dialled(studio: Studio, dial: str) -> tuple[Line, dict[str, str]]:
    """A call that dials somebody who talks for ten seconds; what the action URL was told."""
    talks = person(talks=(10.0, 10.0), rings=(6.0, 6.0), greeting=("喂，您好。",))
    stays = replace(talks, name="stays", talks=(1e5, 1e5))  # else either of them might hang up first
    line = studio(
        personas=(talks, stays), people={TO[1:]: {"persona": "stays"}, OTHER[1:]: {"persona": "somebody"}}
    )
    line.pages["/voice"], line.pages["/done"] = document(dial), document("<Hangup/>")
    line.talk()
    return line, line.application.asked("/done")[0].form


def _only(line: Line) -> Any:
    (recording,) = line.client.recordings.list()
    return recording


@pytest.mark.parametrize("record", ["", " record='do-not-record'", " record='false'"])
def test_a_dial_that_shall_not_be_recorded_is_not(studio: Studio, record: str) -> None:
    line, told = _dialled(studio, f"<Dial action='/done'{record}>{OTHER}</Dial>")
    assert "RecordingUrl" not in told
    assert line.client.recordings.list() == []


@pytest.mark.parametrize(
    ("record", "channels", "rings"),
    [
        ("true", 1, False),
        ("record-from-answer", 1, False),
        ("record-from-answer-dual", 2, False),
        ("record-from-ringing", 1, True),
        ("record-from-ringing-dual", 2, True),
    ],
)
def test_a_dial_is_recorded_from_the_moment_it_says(
    studio: Studio, record: str, channels: int, rings: bool
) -> None:
    line, told = _dialled(studio, f"<Dial action='/done' record='{record}'>{OTHER}</Dial>")
    recording = _only(line)
    assert (recording.source, recording.channels) == ("DialVerb", channels)
    tape, callee = next(line.board.register.tapes()), line.board.register.call(told["DialCallSid"])
    assert callee is not None
    assert callee.answered is not None
    assert (tape.started < callee.answered) == rings
    assert int(recording.duration) >= (15 if rings else 9)
    assert told["RecordingUrl"] == recording.media_url
    assert told["RecordingDuration"] == recording.duration
    assert recording.call_sid == told["CallSid"]


def test_the_ringing_is_on_the_second_channel(studio: Studio) -> None:
    line, told = _dialled(studio, f"<Dial action='/done' record='record-from-ringing-dual'>{OTHER}</Dial>")
    answer = line.http("GET", f"{ACCOUNT.uri}/Recordings/{told['RecordingSid']}.wav")
    samples, rate = soundfile.read(io.BytesIO(answer.content), always_2d=True)
    ring = samples[:rate, 1]
    assert abs(int(np.abs(np.fft.rfft(ring)).argmax()) - 450) < 5


def test_nobody_who_answers_leaves_no_recording_from_the_answer(studio: Studio) -> None:
    line = studio(persona=person(line=("answers",)), personas=())
    line.pages["/voice"] = document("<Dial action='/done' timeout='1' record='true'>client:nobody</Dial>")
    line.pages["/done"] = document("<Hangup/>")
    line.talk()
    assert "RecordingUrl" not in line.application.asked("/done")[0].form
    assert line.client.recordings.list() == []


def test_the_callback_of_a_dials_recording_comes(studio: Studio) -> None:
    dial = f"<Dial action='/done' record='true' recordingStatusCallback='/kept'>{OTHER}</Dial>"
    line, _ = _dialled(studio, dial)
    (seen,) = line.application.asked("/kept")
    assert seen.form["RecordingSource"] == "DialVerb"
    assert seen.form["RecordingStatus"] == "completed"


def test_a_talk_from_a_queue_is_recorded_on_the_agents_call(studio: Studio) -> None:
    line = studio(persona=person(talks=(10.0, 10.0)))
    line.pages["/voice"] = document("<Enqueue waitUrl=''>desk</Enqueue>")
    line.call()
    line.until(lambda: any(queue.waiting for queue in line.board.queues.newest()))
    dial = "<Dial action='/done' record='record-from-answer-dual'><Queue>desk</Queue></Dial>"
    line.pages["/agent"], line.pages["/done"] = document(dial), document("<Hangup/>")
    agent = line.call("/agent", to=OTHER)
    line.quiet()
    told = line.application.asked("/done")[0].form
    assert told["RecordingSid"] == _only(line).sid
    assert _only(line).call_sid == agent.sid
    assert int(told["RecordingDuration"]) >= 9


def test_start_records_beside_the_verbs_and_stop_ends_it(studio: Studio) -> None:
    line = studio(speed=10)
    start = "<Start><Recording name='one' trim='do-not-trim' recordingStatusCallback='/kept'/></Start>"
    stop = "<Stop><Recording name='one'/></Stop>"
    line.pages["/voice"] = document(start, "<Pause length='4'/>", stop, "<Pause length='6'/>")
    caller = Caller(line)
    caller.until_answered()
    caller.speak(500, 3.0)
    line.until(lambda: line.application.asked("/kept"))
    told = line.application.asked("/kept")[0].form
    assert caller.call.status == "in-progress"
    assert (told["RecordingSource"], told["RecordingChannels"]) == ("StartCallRecordingTwiML", "2")
    assert int(told["RecordingDuration"]) in (4, 5)
    assert _only(line).source == "StartCallRecordingAPI"
    line.quiet()
    assert len(line.client.recordings.list()) == 1


def test_a_started_recording_without_a_name_runs_to_the_end(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document(
        "<Start><Recording channels='mono' trim='do-not-trim'/></Start>",
        "<Stop><Recording name=''/></Stop><Pause length='10'/><Redirect>/more</Redirect>",
    )
    line.pages["/more"] = document("<Start><Recording/></Start><Pause length='10'/>")
    line.talk()
    recording = _only(line)
    assert recording.channels == 1
    assert int(recording.duration) >= 20


def test_what_start_cannot_do_is_said(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Start><Stream url='wss://a/b'/></Start>")
    assert line.talk().status == "completed"
    assert 13750 in line.codes()
