"""Speak a reply as TwiML. Each text is compiled once with Twilio's library and cut at its placeholders.

A mandatory statement is spoken outside the Gather, so that no key can cut it short; only the question
that follows is inside it. Source: https://www.twilio.com/docs/voice/twiml/gather
"""

from __future__ import annotations

from functools import lru_cache
from xml.sax.saxutils import escape

from scripts.model import Script, Text
from twilio.twiml.voice_response import Gather, Say, VoiceResponse

from scripts.values import Said, Wait

VOICE = "Polly.Zhiyu-Neural"
LANGUAGE = "cmn-CN"
HEARING = "cmn-Hans-CN"
SLOW = "80%"
MARK = "\ue000"
HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
HANG_UP = "<Hangup /></Response>"


def render(script: Script, say: tuple[Said, ...], wait: Wait | None, action: str) -> str:
    """Return the document that says this and then posts what it hears to `action`, or hangs up."""
    parts = [HEAD]
    for said in say[:-1] if wait else say:
        parts.append(_spoken(script, said, "whole"))
    if wait is None:
        return "".join((*parts, HANG_UP))
    last = say[-1]
    opening, closing = _gather(wait)
    parts.append(_spoken(script, last, "statement"))
    parts.append(opening[0] + action + opening[1])
    parts.append(_spoken(script, last, "question"))
    parts.append(closing)
    return "".join(parts)


def sentence(text: str) -> str:
    """Return a document that speaks one sentence and hangs up, for when no script can be asked."""
    response = VoiceResponse()
    response.append(_say(text, slow=False))
    response.hangup()
    return str(response)


def nothing() -> str:
    """Return the document that only hangs up."""
    return HEAD + HANG_UP


def _spoken(script: Script, said: Said, which: str) -> str:
    text = script.text(said.step, said.part)
    pieces = _compiled(text, which, said.slow)
    first = 0 if which != "question" else len(text.statement.names)
    values = said.values[first : first + len(pieces) - 1] if pieces else ()
    if len(pieces) <= 1:
        return "".join(pieces)
    woven = [pieces[0]]
    for value, piece in zip(values, pieces[1:], strict=True):
        woven.append(escape(value))
        woven.append(piece)
    return "".join(woven)


@lru_cache(maxsize=4096)
def _compiled(text: Text, which: str, slow: bool) -> tuple[str, ...]:
    pieces = {"whole": text, "statement": text.statement, "question": text.question}[which].pieces
    words = MARK.join(pieces)
    if not words:
        return ()
    response = VoiceResponse()
    response.append(_say(words, slow=slow))
    document = str(response)
    start = document.index("<Say")
    return tuple(document[start : document.rindex("</Response>")].split(MARK))


def _say(words: str, *, slow: bool) -> Say:
    if not slow:
        return Say(words, voice=VOICE, language=LANGUAGE)
    say = Say(voice=VOICE, language=LANGUAGE)
    say.prosody(words, rate=SLOW)
    return say


@lru_cache(maxsize=256)
def _gather(wait: Wait) -> tuple[tuple[str, str], str]:
    """Return the Gather cut at its action, and what closes the document."""
    gather = Gather(
        input="dtmf speech",
        action=MARK,
        method="POST",
        timeout=wait.timeout,
        speech_timeout="auto",
        language=HEARING,
        action_on_empty_result=True,
        hints=",".join(wait.hints) or None,
        num_digits=wait.digits,
        finish_on_key="" if wait.digits else "#",
    )
    response = VoiceResponse()
    response.append(gather)
    document = str(response)
    tag = document[document.index("<Gather") : document.rindex("</Response>")]
    before, _, after = tag.removesuffix(" />").removesuffix("</Gather>").removesuffix(">").partition(MARK)
    return (before, after + ">"), "</Gather></Response>"
