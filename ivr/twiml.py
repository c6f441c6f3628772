"""Speak a reply as TwiML. Each text is compiled once with Twilio's library and cut at its placeholders.

A mandatory statement is spoken outside the Gather, so that no key can cut it short; only the question
that follows is inside it. Source: https://www.twilio.com/docs/voice/twiml/gather
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.sax.saxutils import escape

from twilio.twiml.voice_response import Gather, Play, Record, Say, Start, VoiceResponse

from dialer.carrier import RETRIED
from ivr import label_tone
from scripts.model import Script
from scripts.packs import NATIONAL, Label, pack
from scripts.texts import Text
from scripts.values import Said, Wait

VOICE = "Polly.Zhiyu-Neural"
LANGUAGE = "cmn-CN"
HEARING = "cmn-Hans-CN"
SLOW = "80%"
RECORDING_EVENTS = "completed absent"
SILENCE = 5
"""Seconds without a word that end a message."""
MARK = "\ue000"
UNLAWFUL = re.compile("[^\t\n\r\x20-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, escaped or not."""
HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
END = "</Response>"
HANG_UP = "<Hangup /></Response>"
CLOSE = "</Gather></Response>"


def render(script: Script, say: tuple[Said, ...], wait: Wait | None, action: str) -> str:
    """Return the document that says this and then posts what it hears to `action`, or hangs up."""
    parts = [HEAD, _marked(script, say, action)]
    for said in say[:-1] if wait else say:
        parts.append(_spoken(script, said))
    if wait is None:
        return "".join((*parts, HANG_UP))
    if wait.record:
        return "".join((*parts, _spoken(script, say[-1]), _message(wait.record, action), END))
    before, after = _gather(wait)
    if script.step(say[-1].step).mandatory:
        statement, question = _halves(script, say[-1])
    else:
        statement, question = "", _spoken(script, say[-1])
    return "".join((*parts, statement, before, escape(action, {'"': "&quot;"}), after, question, CLOSE))


def lead_on(script: Script, say: tuple[Said, ...], url: str) -> str:
    """Return the document that says this and then goes on with the document at `url`."""
    words = (_spoken(script, said) for said in say)
    return "".join((HEAD, _marked(script, say, url), *words, _elsewhere(url), END))


def recorded(document: str, callback: str) -> str:
    """Return the document with the recording of the call begun before its first word."""
    return document.replace(HEAD, HEAD + _recording(callback), 1)


def prepare(script: Script) -> None:
    """Compile every text of a script beforehand, so that no customer waits for it."""
    for step, part in script.texts:
        text = script.text(step, part)
        for words in (text, text.statement, text.question):
            if words:
                _compiled(words, False)


def sentence(text: str) -> str:
    """Return a document that speaks one sentence and hangs up, for when no script can be asked."""
    response = VoiceResponse()
    response.append(_say(text, slow=False))
    response.hangup()
    return str(response)


def question(text: str, action: str) -> str:
    """Return a document that speaks outside of any script, and posts a key or words to `action`."""
    before, after = _gather(Wait())
    said = _inside(_say(text, slow=False))
    return "".join((HEAD, before, escape(action, {'"': "&quot;"}), after, said, CLOSE))


def elsewhere(url: str) -> str:
    """Return the document that only goes on at `url`."""
    return HEAD + _elsewhere(url) + END


def nothing() -> str:
    """Return the document that only hangs up."""
    return HEAD + HANG_UP


def _marked(script: Script, say: tuple[Said, ...], url: str) -> str:
    """The tone of a synthetic voice before a later turn, where the rule pack asks for it (B26)."""
    if not say or say[0].step in script.opening[:1]:
        return ""
    if pack(script.region or NATIONAL).label is not Label.EVERY_TURN:
        return ""
    return _tone(url.rpartition("/calls/")[0])


@lru_cache(maxsize=8)
def _tone(base: str) -> str:
    return _inside(Play(base + label_tone.URL))


def _spoken(script: Script, said: Said) -> str:
    return _woven(_compiled(script.text(said.step, said.part), said.slow), said.values)


def _halves(script: Script, said: Said) -> tuple[str, str]:
    """The statement and the question that follows it; either may be empty."""
    text = script.text(said.step, said.part)
    told, asked = text.statement, text.question
    cut = len(told.names) if told else 0
    return (
        _woven(_compiled(told, said.slow), said.values[:cut]) if told else "",
        _woven(_compiled(asked, said.slow), said.values[cut:]) if asked else "",
    )


def _woven(pieces: tuple[str, ...], values: tuple[str, ...]) -> str:
    if len(pieces) == 1:
        return pieces[0]
    woven = [pieces[0]]
    for value, piece in zip(values, pieces[1:], strict=True):
        woven += (escape(UNLAWFUL.sub("", value)), piece)
    return "".join(woven)


@lru_cache(maxsize=4096)
def _compiled(text: Text, slow: bool) -> tuple[str, ...]:
    """The Say of a text, cut at its placeholders."""
    document = _inside(_say(MARK.join(text.pieces), slow=slow))
    return tuple(document.split(MARK))


def _say(words: str, *, slow: bool) -> Say:
    if not slow:
        return Say(words, voice=VOICE, language=LANGUAGE)
    say = Say(voice=VOICE, language=LANGUAGE)
    say.prosody(words, rate=SLOW)
    return say


@lru_cache(maxsize=256)
def _gather(wait: Wait) -> tuple[str, str]:
    """The opening tag of a Gather, cut at its action."""
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
    before, _, after = _inside(gather).removesuffix(" />").partition(MARK)
    return before, after + ">"


def _elsewhere(url: str) -> str:
    response = VoiceResponse()
    response.redirect(url, method="POST")
    document = str(response)
    return document[document.index("<Redirect") : document.rindex(END)]


def _message(seconds: int, action: str) -> str:
    """A message after the beep; who leaves none goes on at the same address, without a recording."""
    callback = f"{action.rpartition('/turns/')[0]}/recording{RETRIED}"
    record = Record(
        action=action,
        method="POST",
        timeout=SILENCE,
        finish_on_key="#",
        max_length=seconds,
        play_beep=True,
        recording_status_callback=callback,
        recording_status_callback_event=RECORDING_EVENTS,
    )
    return _inside(record) + _elsewhere(action)


def _recording(callback: str) -> str:
    start = Start()
    start.recording(
        channels="dual",
        track="both",
        recording_status_callback=callback,
        recording_status_callback_event=RECORDING_EVENTS,
    )
    return _inside(start)


def _inside(verb: Say | Gather | Play | Record | Start) -> str:
    """The XML of one verb, without the document around it."""
    response = VoiceResponse()
    response.append(verb)
    document = str(response)
    return document[document.index("<Response>") + len("<Response>") : document.rindex(END)]
