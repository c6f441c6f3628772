"""A live person is heard: his words while a Gather waits, keys that come as tones, and what he records."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from exchange_studio import FROM, TO, Studio, document
from exchange_studio import Line as Exchange
from exchange_studio import studio as studio

from exchange.clock import running
from exchange.order import Order, Target
from exchange.people.hearing import Attention, listening
from exchange.people.person import Person
from exchange.performance.dialling import arrive
from exchange.sound.clip import Samples
from exchange.sound.line import Event, Key, Line, Stirred, Words
from exchange.sound.tones import dtmf
from exchange.speaking.ears import Ears, Heard
from exchange.speaking.endpointer import FRAME
from exchange.speaking.speech import PACK, SUFFIX, digest

SPEED = 2.0
SILENCE = np.zeros(FRAME, np.int16)


class Parrot:
    """Understands every utterance as what it was told, and remembers what it was asked."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.asked = list[tuple[float, tuple[str, ...], str]]()

    def understand(self, samples: Samples, hints: Sequence[str], language: str) -> Heard:
        """The words, half sure."""
        self.asked.append((len(samples) / 8000, tuple(hints), language))
        return Heard(self.words, 0.5)


def spoken(words: str) -> Samples:
    """A shipped sentence as a microphone hears it."""
    path: Path = PACK / f"{digest(words, 'customer-f', 1.0)}{SUFFIX}"
    return np.asarray(soundfile.read(path, dtype="int16")[0])


def pressed(keys: str) -> Samples:
    return np.concatenate([part.load() if part.load else SILENCE for part in dtmf(keys).parts])


async def speak(person: Person, *sounds: Samples) -> None:
    """Speaks into the microphone as fast as the clock runs, then is quiet."""
    sound, clock = np.concatenate([np.zeros(2400, np.int16), *sounds]), person.line.clock
    began = clock.time()
    for at in range(0, 10**6, FRAME):
        frame = sound[at : at + FRAME]
        person.push(frame if len(frame) == FRAME else SILENCE)
        await clock.sleep(began + (at + FRAME) / 8000 - clock.time())


async def events(
    parrot: Parrot | None, attention: Attention | None, *sounds: Samples, keys: str = ""
) -> list[Event]:
    """What happens on the line of somebody who speaks for a while."""
    person = Person(Line(running(SPEED)))
    speaking = asyncio.create_task(speak(person, *sounds))
    found: list[Event] = []
    async with listening(person, Ears(lambda: parrot, ThreadPoolExecutor(1)) if parrot else None, attention):
        if keys:
            person.press(keys)
        until = person.line.clock.time() + 3.5
        while (left := until - person.line.clock.time()) > 0:
            if (event := await person.line.event(left)) is not None:
                found.append(event)
    speaking.cancel()
    return found


def test_what_is_said_comes_as_words_after_the_pause_with_what_was_expected() -> None:
    parrot = Parrot("我要投诉")
    found = asyncio.run(events(parrot, Attention(0.8, ("我要投诉",), "zh-CN"), spoken("我要投诉")))
    assert isinstance(found[0], Stirred)
    assert [event for event in found if not isinstance(event, Stirred)] == [Words("我要投诉", 0.5)]
    ((seconds, hints, language),) = parrot.asked
    assert seconds == pytest.approx(len(spoken("我要投诉")) / 8000 + 1.2, abs=0.8)
    assert (hints, language) == (("我要投诉",), "zh-CN")


def test_what_nobody_understands_is_no_words() -> None:
    found = asyncio.run(events(Parrot(""), Attention(0.8), spoken("是的")))
    assert {type(event) for event in found} == {Stirred}


def test_who_asks_for_keys_only_is_not_told_of_words() -> None:
    assert asyncio.run(events(Parrot("是的"), None, spoken("是的"))) == []


def test_without_ears_nobody_is_disturbed_by_speech() -> None:
    assert asyncio.run(events(None, Attention(0.8), spoken("是的"))) == []


def test_keys_are_heard_as_tones() -> None:
    assert asyncio.run(events(None, None, pressed("12#"))) == [Key("1"), Key("2"), Key("#")]


def test_a_key_that_comes_back_through_the_microphone_counts_once() -> None:
    assert asyncio.run(events(None, None, pressed("5"), keys="5")) == [Key("5")]


def live(line: Exchange, *sounds: Samples, document: str = "/voice") -> None:
    """A live person calls and speaks; returns when the call is over."""
    people: list[Person] = []

    def far(far_line: Line) -> Person:
        people.append(Person(far_line))
        return people[0]

    async def ring() -> None:
        arrive(line.board, Order(to=TO, caller=FROM, document=Target(line.url(document))), far)
        speaking = asyncio.create_task(speak(people[0], *sounds))
        while len(line.board.tasks):
            await asyncio.sleep(0.01)
        speaking.cancel()

    asyncio.run_coroutine_threadsafe(ring(), line.loop).result(20)


def test_a_gather_takes_what_a_live_person_says(studio: Studio) -> None:
    parrot = Parrot("我要投诉")
    line = studio(speed=SPEED, ears=Ears(lambda: parrot, ThreadPoolExecutor(1)))
    line.pages["/voice"] = document(
        "<Gather input='speech' timeout='2' speechTimeout='1' hints='是的,我要投诉' language='zh-CN'"
        " action='/next'/>"
    )
    line.pages["/next"] = document("<Hangup/>")
    live(line, spoken("我要投诉"))
    (told,) = line.application.asked("/next")
    assert (told.form["SpeechResult"], told.form["Confidence"]) == ("我要投诉", "0.5")
    assert parrot.asked[0][1:] == (("是的", "我要投诉"), "zh-CN")


def test_a_live_person_is_recorded_until_he_pauses_and_transcribed(studio: Studio) -> None:
    line = studio(speed=SPEED, ears=Ears(lambda: Parrot("我要投诉"), ThreadPoolExecutor(1)))
    line.pages["/voice"] = document(
        "<Record playBeep='false' timeout='1' action='/next' transcribeCallback='/text'/>"
    )
    line.pages["/next"] = document("<Hangup/>")
    live(line, spoken("我要投诉"))
    (told,) = line.application.asked("/next")
    assert int(told.form["RecordingDuration"]) in (1, 2, 3)
    assert line.application.asked("/text")[0].form["TranscriptionText"] == "我要投诉"


def test_a_live_person_who_says_nothing_leaves_no_recording(studio: Studio) -> None:
    line = studio(speed=10.0)
    line.pages["/voice"] = document(
        "<Record playBeep='false' timeout='1' action='/next'/><Redirect>/on</Redirect>"
    )
    line.pages["/on"] = document("<Hangup/>")
    live(line)
    assert (len(line.application.asked("/next")), len(line.application.asked("/on"))) == (0, 1)
    assert [tape.status for tape in line.board.register.tapes()] == ["absent"]


def test_a_live_caller_reads_each_sentence_when_it_is_heard_and_hears_sound(studio: Studio) -> None:
    line = studio(speed=50.0)
    line.pages["/voice"] = document("<Say loop='2'>龘龘。Hello, world! 再见</Say>")
    captions: list[str] = []

    def far(far_line: Line) -> Person:
        person = Person(far_line)
        person.on_caption = captions.append
        return person

    async def ring() -> None:
        arrive(line.board, Order(to=TO, caller=FROM, document=Target(line.url("/voice"))), far)

    asyncio.run_coroutine_threadsafe(ring(), line.loop).result(5)
    line.quiet()
    assert captions == ["龘龘。", "Hello, world!", "再见"] * 2
