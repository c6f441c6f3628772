"""What the far side of a line does while it hears other people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Never

from exchange import tones
from exchange.customer import TELEPHONE, Simulated, Wants
from exchange.leg import Leg
from exchange.line import Event, HungUp, Key, Words
from exchange.person import Person
from exchange.tape import CUSTOMER

_LONG = 14_400.0  # no call lasts longer: https://www.twilio.com/docs/voice/twiml/dial#timelimit

_UNDERSTOOD = tones.silence(0.3)

OnKey = Callable[[str], None]


def no_key(key: str) -> None:
    """Keys mean nothing here."""


async def mingle(leg: Leg, on_key: OnKey = no_key, *, patience: float | None = None) -> Never:
    """Lets the far side talk, press keys and hang up, until an interruption of the line ends it.

    A simulated person stays as long as its persona talks, or for `patience` seconds.
    """
    while True:
        listener = leg.life.listener
        if isinstance(listener, Person) or listener is None:
            event = await leg.life.line.event(_LONG)
        else:
            seconds = listener.patience() if patience is None else patience
            event = await _act(leg, listener, on_key, seconds)
        if isinstance(event, Key):
            on_key(event.key)
        elif isinstance(event, Words):  # his voice is heard anyway; these are for those who only understand
            leg.life.line.sound(CUSTOMER, _UNDERSTOOD, event.text)


async def _act(leg: Leg, person: Simulated, on_key: OnKey, patience: float) -> Event:
    """Talks until somebody takes the simulated person's place; gives what he did first."""
    line = leg.life.line
    before = line.ends_at
    line.ends_at = min(before, line.clock.time() + patience)
    try:
        while True:
            while not person.prompted:
                event = await line.event(_LONG)
                if isinstance(event, Key | Words):
                    return event
            await _respond(leg, person, on_key)
    finally:
        line.ends_at = before


async def _respond(leg: Leg, person: Simulated, on_key: OnKey) -> None:
    response = person.respond(Wants(keys=True, speech=True))
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
