"""`<Gather>`: keys or words of the person called. https://www.twilio.com/docs/voice/twiml/gather"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.order import Target
from exchange.people.customer import Response, Simulated, Wants
from exchange.people.hearing import Attention, listening
from exchange.people.person import Person
from exchange.sound import tones
from exchange.sound.clip import Clip
from exchange.sound.line import HungUp
from exchange.sound.sounding import Sound
from exchange.verb import Goto, Next, Verb, flag, method, whole
from exchange.verbs import pause, play, say
from exchange.verbs.collecting import Asked, Collected, collect, speech_timeout
from exchange.verbs.listening import go_on, listen
from exchange.verbs.partial import tell

if TYPE_CHECKING:
    from exchange.performance.session import Session

_PROMPTS = {verb.VERB.name: verb.sounds for verb in (say, play, pause)}
_keys = lru_cache(maxsize=4096)(tones.dtmf)  # most answers are one key: recordings share its sound


def read(element: Element) -> Asked:
    """The attributes with their defaults."""
    inputs = {"dtmf", "speech"} & set(element.attributes.get("input", "dtmf").split()) or {"dtmf"}
    timeout = element.attributes.get("timeout", "5")
    digits = whole(element, "numDigits", 0)
    return Asked(
        keys="dtmf" in inputs,
        speech="speech" in inputs,
        timeout=5.0 if timeout == "auto" else float(whole(element, "timeout", 5)),
        speech_timeout=speech_timeout(element.attributes.get("speechTimeout")),
        digits=digits or None,
        finish=element.attributes.get("finishOnKey", "#"),
        barge_in=flag(element, "bargeIn", default=True),
    )


async def perform(element: Element, session: Session) -> Next:
    """Plays the prompt, takes what the person gives, and asks the action URL for the next document."""
    asked = read(element)
    prompt = await _prompt(element, session)
    person = session.listener
    if isinstance(person, Person):
        async with listening(person, session.board.plan.ears, _attention(element, asked)):
            collected = await listen(session, asked, prompt)
        tell(element, session, collected.words, begins=0.0, seconds=0.0)
    else:
        collected = await _simulate(element, session, person, asked, prompt)
    return _next(element, session, asked, collected)


async def _simulate(
    element: Element, session: Session, person: Simulated, asked: Asked, prompt: Sequence[Sound]
) -> Collected:
    """The whole exchange of question and answer is worked out first, then heard."""
    for sound in prompt:
        if sound.words:
            person.hear(sound.words)
    response = person.respond(Wants(asked.keys, asked.speech))
    answer = _clip(response, session)
    collected = collect(asked, sum(sound.clip.seconds for sound in prompt), response, answer.seconds)
    tell(element, session, collected.words, begins=collected.begins or 0.0, seconds=answer.seconds)
    event = await session.converse(prompt, collected, answer)
    if event is not None:
        collected = await go_on(session, asked, event)
        tell(element, session, collected.words, begins=0.0, seconds=0.0)
        return collected
    if collected.hangs_up:
        raise HungUp
    return collected


async def _prompt(element: Element, session: Session) -> list[Sound]:
    prompt: list[Sound] = []
    for nested in element.children():
        if nested.name in _PROMPTS:
            prompt += await _PROMPTS[nested.name](nested, session)
    return prompt


def _attention(element: Element, asked: Asked) -> Attention | None:
    """What is listened for in a live person's voice; nothing where only keys are asked for."""
    if not asked.speech:
        return None
    hints = element.attributes.get("hints", "").split(",")
    return Attention(asked.pause, hints, element.attributes.get("language", "en-US"))


def _clip(response: Response, session: Session) -> Clip:
    if response.keys:
        return _keys(response.keys)
    return session.board.speech.clip(response.words, voice=session.listener.voice)


def _next(element: Element, session: Session, asked: Asked, collected: Collected) -> Next:
    given = bool(collected.digits or collected.words)
    if not given and not flag(element, "actionOnEmptyResult", default=False):
        return None
    action = Target(session.resolve(element.attributes.get("action", "")), method(element))
    return Goto(action, tuple(_result(asked, collected)))


def _result(asked: Asked, collected: Collected) -> list[tuple[str, str]]:
    if collected.words:
        return [("SpeechResult", collected.words), ("Confidence", f"{round(collected.confidence, 3)}")]
    result = [("Digits", collected.digits)] if asked.keys else []
    if asked.speech and not collected.digits:
        result.append(("SpeechResult", ""))
    return [*result, ("FinishedOnKey", collected.finished_on), ("msg", "Gather End")]


VERB = Verb("Gather", perform)
