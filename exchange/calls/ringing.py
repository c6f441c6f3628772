"""What happens at a dialled address: a browser rings, a simulated person decides, or nobody is there."""

from __future__ import annotations

import random

from exchange.calls.amd import Greeting
from exchange.calls.leg import Leg
from exchange.calls.progress import answer, change, report
from exchange.people.customer import Customer
from exchange.people.handset import Handset, first_to_answer
from exchange.people.person import Person
from exchange.people.persona import Persona
from exchange.sound.clip import Clip
from exchange.sound.sounding import Sounding
from exchange.sound.tape import CUSTOMER

BUFFER_SECONDS = 5
"""Twilio rings this much longer than `Timeout` says."""

_CONNECTING_SECONDS = 1.0
_BUSY_SECONDS = 1.5
_HELLO = Greeting(0.5, 0.6)  # what a detector makes of a person who picks up


async def ring(leg: Leg) -> str | Greeting:
    """Rings until somebody answers; the call is answered then. Else the status the call ends with."""
    handsets = leg.board.handsets.at(leg.call.order.to)
    if handsets:
        return await _ring_handsets(leg, handsets)
    return await _ring_persona(leg)


async def _ring_handsets(leg: Leg, handsets: list[Handset]) -> str | Greeting:
    change(leg, "ringing")
    report(leg, "ringing", "ringing")
    person = Person(leg.life.line)

    def won(handset: Handset) -> None:
        """Whoever picked up is told of the end, even when the caller gives up at the same moment."""
        leg.life.handset = handset

    work = first_to_answer(handsets, leg.call, person, leg.call.order.custom, won)
    ending = await leg.life.line.during(work, leg.call.order.timeout + BUFFER_SECONDS)
    if ending != "answered":
        return ending or "no-answer"
    leg.life.listener = person
    answer(leg)
    return _HELLO


async def _ring_persona(leg: Leg) -> str | Greeting:
    number, town = leg.call.order.to, leg.board.plan.town
    persona, attempt = town.at(number), leg.board.register.next_attempt(number)
    leg.call.persona = persona.name
    dice = random.Random(town.dice_seed(number, attempt))
    await leg.life.line.wait(_CONNECTING_SECONDS)
    does = persona.line_at(attempt) if number.startswith("+") else "failed"
    if not number.startswith("+"):
        _explain(leg)
    rings = await _wait(leg, does, dice.uniform(*persona.rings))
    if rings != "answered":
        return rings
    answer(leg)
    if persona.hangs_up_after:
        leg.life.line.ends_at = min(
            leg.life.line.ends_at, leg.board.clock.time() + dice.uniform(*persona.hangs_up_after)
        )
    customer = leg.life.listener = Customer(persona, town.facts(number), dice, town.voice(number), attempt)
    greeting = _greet(leg, customer, attempt)
    return _heard(persona, greeting)


def _explain(leg: Leg) -> None:
    """Why somebody who has no telephone number cannot be reached."""
    if leg.call.order.to.startswith("client:"):
        leg.board.notify(leg.call.sid, 31480, "nobody is signed in under this client's name", level="warning")
    else:
        leg.board.notify(leg.call.sid, 13224, "only numbers and clients can be reached here", level="warning")


async def _wait(leg: Leg, does: str, seconds: float) -> str:
    """Lets it ring; returns `answered` or the status the call ends with."""
    if does in ("busy", "failed"):
        await leg.life.line.wait(_BUSY_SECONDS)
        return does
    change(leg, "ringing")
    report(leg, "ringing", "ringing")
    patience = leg.call.order.timeout + BUFFER_SECONDS
    if does == "no-answer" or seconds > patience:
        await leg.life.line.wait(patience)
        return "no-answer"
    await leg.life.line.wait(seconds)
    return "answered"


def _greet(leg: Leg, customer: Customer, attempt: int) -> Clip | None:
    persona = customer.persona
    if not persona.greeting:
        return None
    words = persona.greeting[min(attempt, len(persona.greeting) - 1)]
    clip = leg.board.speech.clip(words, voice=customer.voice)
    moment = leg.board.clock.time() + persona.greeting_after
    leg.life.line.begin(CUSTOMER, Sounding(moment, clip, words))
    return clip


def _heard(persona: Persona, greeting: Clip | None) -> Greeting:
    return Greeting(persona.greeting_after, greeting.seconds if greeting else 0.0, persona.beep, persona.fax)
