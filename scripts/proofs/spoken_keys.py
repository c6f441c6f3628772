"""The keys and answers that the words offer are there, mean what is said of them, and are all named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.answers import NO_MATCH, REFUSES
from scripts.listening import EVERYWHERE
from scripts.model import COMMON, Kind, Script, Step
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.replies import Hearing
from scripts.proofs.speech import QUEUE_KEEP, comes_to, written
from scripts.values import Performer

_KEYS = dict(zip("零一二三四五六七八九", "0123456789", strict=True))
_KEY = r"按(?:数字)?([零一二三四五六七八九])(?![零一二三四五六七八九到项个点样分])"
_NAMED = re.compile(rf"{_KEY}|按([一二三四五])到([一二三四五])")
_OFFER = re.compile(rf"([^，。；！？：]*?)，?(?:请|就)?{_KEY}")
_EITHER = re.compile(r"([^。？！]*)还是([^。？！]*)？")
_BEFORE_AN_OFFER = re.compile(r"^(?:是|您?(?:是)?(?:要|想|选)|如果|若是?)|(?:的|的话|，)$")

ANSWERED_BY_KEYS = (Kind.CHOICE, Kind.CONFIRM, Kind.DISCLOSE, Kind.ASK, Kind.RATE, Kind.TRANSFER)
"""Kinds with keys of their own that stand for answers."""


TOP_MARK = "五分"
"""What a question for a mark names, so that its scale is known."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """What a robot says of keys and answers at each step that it comes to, against what the step hears."""
    hearing = Hearing(script)
    for step in comes_to(script, Performer.ROBOT).values():
        if step.kind in ANSWERED_BY_KEYS:
            words = _words(script, step)
            yield from _keys(script, step, words)
            for offer, wanted in _offers(step, words):
                heard = hearing.category(step, offer)
                if not _comes_to_the_same(script, step, wanted, heard):
                    values = (("offer", offer), ("wanted", wanted), ("heard", heard))
                    talk = hearing.talk(step, offer, heard)
                    yield Finding("offer_misheard", step.file, step.name, values, talk)


def _words(script: Script, step: Step) -> str:
    """What the robot says of the step; who waits for a person also hears how to keep the place."""
    words = written(script.text(step.name, "say"))
    if step.kind is not Kind.TRANSFER:
        return words
    keeps = bool(step.answers) and (COMMON, QUEUE_KEEP) in script.texts
    return words + (written(script.text(COMMON, QUEUE_KEEP)) if keeps else "")


def _keys(script: Script, step: Step, words: str) -> Iterator[Finding]:
    keys = step.listening.keys if step.listening else {}
    named = set(_named(words))
    for key in sorted(named - keys.keys()):
        yield Finding("key_without_answer", step.file, step.name, (("key", key), ("words", words)))
    if missing := sorted(_to_be_named(script, step) - named):
        answers = "、".join(f"{key} {keys[key]}" for key in missing)
        yield Finding("key_unnamed", step.file, step.name, (("keys", answers), ("words", words)))


def _to_be_named(script: Script, step: Step) -> set[str]:
    """The keys that only the words of the step can tell of; the scale of marks is told once."""
    if step.kind is Kind.RATE and any(TOP_MARK in words for words in _marks(script, step)):
        return set()
    told = step.kind in (Kind.CHOICE, Kind.RATE, Kind.TRANSFER)
    return {key for key in step.listening.keys if key not in EVERYWHERE} if told and step.listening else set()


def _marks(script: Script, step: Step) -> Iterator[str]:
    """What is said where marks are asked for, up to this step."""
    for one in script.steps.values():
        if one.kind is Kind.RATE:
            yield written(script.text(one.name, "say"))
        if one is step:
            return


def _named(words: str) -> Iterator[str]:
    for found in _NAMED.finditer(words):
        if found[1]:
            yield _KEYS[found[1]]
        else:
            yield from map(str, range(int(_KEYS[found[2]]), int(_KEYS[found[3]]) + 1))


def _offers(step: Step, words: str) -> Iterator[tuple[str, str]]:
    """What a customer may repeat of an offer, and the answer that it is to be heard as, if that is told."""
    keys = step.listening.keys if step.listening else {}
    for found in _OFFER.finditer(words):
        offer, key = _bare(found[1]), _KEYS[found[2]]
        if offer and key in keys:
            yield offer, keys[key]
    for offer in _alternatives(words):
        yield offer, ""


def _comes_to_the_same(script: Script, step: Step, wanted: str, heard: str) -> bool:
    if not wanted:
        return heard != NO_MATCH
    if heard == REFUSES and script.branch(step, wanted).block:
        return True
    elsewhere = heard != NO_MATCH and heard not in (step.answers or ())
    return heard == wanted or (elsewhere and script.branch(step, heard) == script.branch(step, wanted))


def _alternatives(words: str) -> Iterator[str]:
    """What stands on both sides of 还是 in a question, as a customer would repeat it."""
    for found in _EITHER.finditer(words):
        left = re.split(r"(?<![但可])是(?=[^是]*$)", found[1].rstrip("，"))[-1]
        for offer in (*re.split(r"[，、]", left), found[2]):
            if bare := _bare(offer):
                yield bare


def _bare(offer: str) -> str:
    bare = _BEFORE_AN_OFFER.sub("", offer)
    return (bare if bare == offer else _bare(bare)).replace("您", "我")
