"""What the far side of a line does while it hears other people."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Never

from exchange.calls.leg import Leg
from exchange.order import LONGEST
from exchange.people.customer import TELEPHONE, Simulated
from exchange.people.hearing import Attention, listening
from exchange.people.person import Person
from exchange.sound import tones
from exchange.sound.line import Event, HungUp, Key, Words
from exchange.sound.tape import CUSTOMER
from exchange.speaking.endpointer import AUTO_SECONDS

_ATTENTION = Attention(AUTO_SECONDS, language="zh-CN")

OnKey = Callable[[str], None]


def no_key(key: str) -> None:
    """Keys mean nothing here."""


async def mingle(leg: Leg, on_key: OnKey = no_key, *, patience: float | None = None) -> Never:
    """Lets the far side talk, press keys and hang up, until an interruption of the line ends it.

    A simulated person stays as long as its persona talks, or for `patience` seconds.
    """
    while True:
        listener = leg.life.listener
        if isinstance(listener, Person):
            await _talk(leg, listener, on_key)
        if listener is None:
            event = await leg.life.line.event(LONGEST)
        else:
            seconds = listener.patience() if patience is None else patience
            event = await _act(leg, listener, on_key, seconds)
        if isinstance(event, Key):
            on_key(event.key)


async def _talk(leg: Leg, person: Person, on_key: OnKey) -> Never:
    """Others hear his voice anyway; simulated people and captions need its words as well."""
    ears = leg.board.plan.ears
    async with listening(person, ears, _ATTENTION) if ears is not None else nullcontext():
        while True:
            event = await leg.life.line.event(LONGEST)
            if isinstance(event, Key):
                on_key(event.key)


async def _act(leg: Leg, person: Simulated, on_key: OnKey, patience: float) -> Event:
    """Talks until somebody takes the simulated person's place; gives what he did first."""
    line = leg.life.line
    before = line.ends_at
    line.ends_at = hangs_up = min(before, line.clock.time() + patience)
    try:
        while True:
            while not person.prompted:
                event = await line.event(LONGEST)
                if isinstance(event, Key | Words):
                    return event
            await _respond(leg, person, on_key)
    finally:
        if line.ends_at == hangs_up:  # nobody set another limit meanwhile
            line.ends_at = before


async def _respond(leg: Leg, person: Simulated, on_key: OnKey) -> None:
    response = person.chat()
    await leg.life.line.wait(response.after)
    if response.hangs_up:
        raise HungUp
    if response.keys or response.words:
        await _do(leg, response.keys, response.words, person.voice, on_key)


async def _do(leg: Leg, keys: str, words: str, voice: str, on_key: OnKey) -> None:
    line = leg.life.line
    clip = tones.dtmf(keys) if keys else leg.board.speech.clip(words, voice=voice)
    sounding = line.sound(CUSTOMER, clip, words)
    for key in keys:
        if key in TELEPHONE:
            on_key(key)
    try:
        await line.wait(clip.seconds)
    finally:
        sounding.cut(line.clock.time())
