"""A play as a conversation: who said what, from one performer's side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scripts.labels import label
from scripts.model import Script
from scripts.playing import Given, Moment
from scripts.proofs.finding import Line
from scripts.values import Input, Performer, Said

CUSTOMER, NOTE = "customer", "note"

_HAPPENS = {
    Input.SILENCE: ("（没有声音）", "(no sound)"),
    Input.HANGUP: ("（挂断）", "(hangs up)"),
    Input.MESSAGE: ("（留言）", "(leaves a message)"),
}
_TRANSFERS = {
    Input.AGENT: ("坐席接起", "An agent takes the call"),
    Input.NO_AGENT: ("没有坐席接听", "No agent is free"),
}


def lines(
    script: Script, moments: Iterable[Moment], performer: Performer, language: str = "zh"
) -> Iterator[Line]:
    """The talk on the side that this performer began, until it is over."""
    at = ""
    for moment in moments:
        side = moment.side(performer)
        if side is None or not (side.took or moment.given is None):
            continue
        if moment.given:
            yield given_line(script, at, moment.given, language)
        progress = side.turn.progress
        at = progress.step
        yield from (Line(progress.performer.value, words(script, said)) for said in side.turn.say)


def words(script: Script, said: Said) -> str:
    """A text as it is heard."""
    return script.text(said.step, said.part).spoken(said.values)


def given_line(script: Script, step: str, given: Given, language: str = "zh") -> Line:
    """An answer as a line of the conversation."""
    way = 0 if language == "zh" else 1
    if given.kind in _TRANSFERS:
        return Line(NOTE, _TRANSFERS[given.kind][way])
    if given.kind in _HAPPENS:
        return Line(CUSTOMER, _HAPPENS[given.kind][way])
    if given.kind is Input.KEYS:
        return Line(CUSTOMER, f"{('按', 'presses')[way]} {given.text}")
    if given.kind is Input.CHOICE:
        return Line(CUSTOMER, label(script, step, given.text, language))
    return Line(CUSTOMER, given.text)
