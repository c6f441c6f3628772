"""What a customer heard in a call: word for word, at which moment, and who answers for the words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialer import versions
from dialer.notes import reply_from_json
from ivr.transcript import local, restricted, second, speaker
from ledger import script_life
from ledger.script_life import ACTIVE, APPROVED, FILED, Step, named
from ledger.story import Conversation
from ledger.times import to_text
from scripts.model import Script

ANSWERS_FOR = (APPROVED, FILED, ACTIVE)
"""The steps of a life that say who answers for the words."""
NOBODY = "  nobody's approval was kept of it"
UNKNOWN = "（原文不在 the words are neither shipped nor in the ledger: {}）"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text as it was said; `script` is the digest of its script, `place` its second since the answer."""

    at: datetime
    place: str
    speaker: str
    step: str
    words: str
    script: str


def heard(conn: sqlite3.Connection, story: Conversation) -> Iterator[Spoken]:
    """Every text of a call in its order, with the values that were said."""
    parts = {part.turn: part.script_digest for part in story.parts}
    digest = parts.get(0, story.call.script_digest)
    for turn in story.turns:
        digest = parts.get(turn.n, digest)
        script = versions.words(conn, digest)
        for said in reply_from_json(turn.reply).say:
            words = script.text(said.step, said.part).spoken(said.values) if script else _lost(said.values)
            yield Spoken(turn.at, second(story, turn.at), speaker(turn), said.step, words, digest)


def lines(conn: sqlite3.Connection, story: Conversation) -> Iterator[str]:
    """The head of each script that was spoken, and below it the words."""
    if story.call.restricted:
        yield from restricted(story)
        return
    call = story.call
    yield f"call {call.call_id} · {call.direction} · {local(call.answered_at or call.claimed_at)}"
    digest = ""
    for one in heard(conn, story):
        if one.script != digest:
            digest = one.script
            yield from _head(conn, digest, one.at)
        yield f"{one.place}  {one.speaker}  {one.words}  [{one.step}]"
    yield from _told(conn, story)


def as_rows(conn: sqlite3.Connection, story: Conversation) -> dict[str, Any]:
    """The same as values for JSON."""
    if story.call.restricted:
        return {"call": story.call.call_id, "restricted": True, "outcome": story.call.outcome}
    spoken = list(heard(conn, story))
    digests = dict.fromkeys(one.script for one in spoken)
    return {
        "call": story.call.call_id,
        "scripts": [_script(conn, digest) for digest in digests],
        "heard": [
            {
                "at": to_text(one.at),
                "place": one.place,
                "speaker": one.speaker,
                "step": one.step,
                "words": one.words,
                "script": one.script,
            }
            for one in spoken
        ],
    }


def step_line(step: Step) -> str:
    """One step of a life in one line."""
    filing = f" {step.reference} ({step.filed_on})" if step.reference else ""
    findings = f", {step.findings} findings" if step.findings is not None else ""
    return f"{local(step.at)} {step.status}{filing} by {step.user}{findings}"


def _head(conn: sqlite3.Connection, digest: str, at: datetime) -> Iterator[str]:
    """Which script it is, and who answered for it when it was spoken."""
    kept = script_life.get(conn, digest)
    yield f"—— {kept.title} · {named(kept)} · {digest}" if kept else f"—— {digest}"
    steps = [step for step in script_life.steps(conn, digest) if step.at <= at]
    answering = [step for step in steps if step.status in ANSWERS_FOR and step.findings is None]
    if not answering:
        yield NOBODY
    for step in answering:
        yield f"  {step_line(step)}"


def _script(conn: sqlite3.Connection, digest: str) -> dict[str, Any]:
    kept = script_life.get(conn, digest)
    steps = [
        {
            "status": step.status,
            "by": step.user,
            "at": to_text(step.at),
            "reference": step.reference,
            "filed_on": step.filed_on,
        }
        for step in script_life.steps(conn, digest)
        if step.findings is None
    ]
    return {
        "digest": digest,
        "script": named(kept) if kept else None,
        "title": kept.title if kept else None,
        "life": steps,
    }


def _told(conn: sqlite3.Connection, story: Conversation) -> Iterator[str]:
    """The mandatory texts that were told to their end, and whether these are the words of the script."""
    digests = dict.fromkeys((story.call.script_digest, *(part.script_digest for part in story.parts)))
    found = [script for digest in digests if (script := versions.words(conn, digest))]
    texts = {text.digest for script in found for text in _texts(script)}
    for told in story.disclosures:
        same = "its words are the script's" if told.text_digest in texts else "ITS WORDS ARE NO SCRIPT'S"
        yield f"told to its end: {told.step} at {told.offset_ms / 1000:.1f} s, {same}"


def _texts(script: Script) -> Iterator[Any]:
    for text in script.texts.values():
        yield from filter(None, (text, text.statement, text.question))


def _lost(values: tuple[str, ...]) -> str:
    return UNKNOWN.format("、".join(values))
