"""The page on which the words of a script are changed; its wiring is not to be reached from here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, abort, jsonify, render_template, url_for

from ivr.authoring import shelf
from ivr.authoring.redlining import changes, part_of
from ivr.authoring.shelf import Entry
from ivr.authoring.views import picture, refusal, told
from ivr.bodies import sent, visible
from ivr.people.rights import act, allowed, signed_in
from ivr.texts import language, t, texts
from ledger import script_life
from ledger.errors import ScriptRefused
from ledger.people import COMPLIANCE, QUALITY
from scripts import sample
from scripts.aloud import aloud
from scripts.conditions import title
from scripts.diagram import gist
from scripts.drafting import Passage, changed, objections, passages, place_of, redraft
from scripts.model import COMMON, Script, ScriptError
from scripts.proofs.finding import Finding
from scripts.texts import PLACEHOLDER

AUTHORS = (QUALITY, COMPLIANCE)
"""Who drafts words and submits them."""
LONGEST = 2000
"""Characters of one text."""

Errors = dict[str, str]
PER_SECOND = 4.5
"""Characters of Mandarin that are read in a second."""


@dataclass(frozen=True, slots=True)
class Draft:
    """New words of a script: the script they make, or what is wrong with them by path."""

    script: Script | None
    errors: Errors


@allowed(*AUTHORS)
def page(digest: str) -> str:
    """Every text in a field of its own, in the order of the file."""
    entry = shelf.entry(digest)
    own, shared = _fields(entry.script)
    return render_template(
        "script_words.html",
        entry=entry,
        picture=picture(entry.script),
        groups=_grouped(entry.script, own),
        shared=shared,
        version=_version(entry),
        words=texts("scripts"),
        per_second=PER_SECOND,
    )


def _fields(script: Script) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    names = _names(script)
    found = passages(script)
    own = [_field(script, one, names) for one in found if not one.shared]
    return own, [_field(script, one, names) for one in found if one.shared]


def _names(script: Script) -> Mapping[str, tuple[str, int]]:
    """What each placeholder is called, and how many characters its sample is when it is spoken."""
    facts = sample.facts(script)
    found = {
        name: (title(one.fact, language()), len(aloud(one.say, facts.get(one.fact))))
        for name, one in script.variables.items()
    }
    return {**found, "about": (t("scripts.part_about"), 8), "minutes": (t("scripts.minutes"), 1)}


def _field(script: Script, passage: Passage, names: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    pieces = PLACEHOLDER.split(passage.words)
    return {
        "path": passage.path,
        "step": passage.step,
        "part": part_of(script, passage.step, passage.part),
        "verbatim": passage.verbatim,
        "words": passage.words,
        "pieces": [
            {"text": piece, "name": "", "title": ""}
            if at % 2 == 0
            else {"text": "", "name": piece, "title": names[piece][0], "signs": names[piece][1]}
            for at, piece in enumerate(pieces)
        ],
    }


def _grouped(script: Script, fields: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fields of one step together."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for field in fields:
        groups.setdefault(field["step"], []).append(field)
    return [
        {
            "step": step,
            "title": t("scripts.part_other")
            if step == COMMON
            else gist(script, script.steps[step], language()),
            "fields": found,
        }
        for step, found in groups.items()
    ]


@allowed(*AUTHORS)
def checked(digest: str) -> Response:
    """What new words would change, and what the checker finds in them."""
    entry = shelf.entry(digest)
    draft = _draft(entry, _texts())
    return jsonify(_result(entry, draft))


@allowed(*AUTHORS)
def drafted(digest: str) -> Response | tuple[Response, int]:
    """Keep new words as a draft; the author's own older draft of them is replaced."""
    entry = shelf.entry(digest)
    draft = _draft(entry, _texts())
    script = draft.script
    if script is None or script.digest == digest:
        return jsonify(_result(entry, draft)), 409
    try:
        _keep(entry, script)
    except ScriptRefused as refused:
        return jsonify(error={"code": refused.code, "message": refusal(refused)}), 409
    return jsonify(url=url_for("authoring.life", digest=script.digest))


def _keep(entry: Entry, script: Script) -> None:
    me, replaces = signed_in().user_id, _is_replaced(entry)

    def deed(conn: sqlite3.Connection, at: datetime) -> None:
        if replaces:
            script_life.remove(conn, entry.script.digest, me, at)
        script_life.draft(conn, script, me, at)

    act("script.add", f"script:{script.digest[:12]}", deed)


def _is_replaced(entry: Entry) -> bool:
    """An unsubmitted draft of one's own gives way to its correction."""
    version = entry.version
    return (
        bool(version and version.status == script_life.DRAFT and version.author_id == signed_in().user_id)
        and not entry.calls
    )


def _version(entry: Entry) -> int:
    return entry.script.version if _is_replaced(entry) else shelf.next_version(entry)


def _texts() -> dict[str, str]:
    given = sent().get("texts")
    if not isinstance(given, Mapping):
        abort(400)
    found = {str(path): visible(text) for path, text in given.items() if isinstance(text, str)}
    if len(found) < len(given) or any(len(text) > LONGEST for text in found.values()):
        abort(400)
    return found


def _draft(entry: Entry, texts: dict[str, str]) -> Draft:
    script = entry.script
    if objected := objections(script, texts):
        return Draft(None, {path: _said(script, *why) for path, why in objected.items()})
    if not changed(script, texts):
        return Draft(script, {})
    try:
        return Draft(redraft(script, texts, _version(entry)), {})
    except ScriptError as error:
        path, message = place_of(script, error)
        return Draft(None, {path: message})


def _said(script: Script, code: str, name: str) -> str:
    facts = {name: one.fact for name, one in script.variables.items()}
    called = f"{{{name}}}" if code == "foreign" else title(facts.get(name, name), language())
    return t(f"scripts.problem_{code}", name=called)


def _result(entry: Entry, draft: Draft) -> dict[str, Any]:
    before = shelf.reworded(entry.script, entry.script)
    after = shelf.reworded(entry.script, draft.script) if draft.script else before
    known = {_mark(one) for one in before}
    return {
        "errors": draft.errors,
        "changes": changes(entry.script, draft.script) if draft.script else [],
        "findings": list(_findings(draft.script or entry.script, after, known)),
        "solved": len(known - {_mark(one) for one in after}),
    }


def _findings(
    script: Script, found: Sequence[Finding], known: set[tuple[Any, ...]]
) -> Iterator[dict[str, Any]]:
    """The new ones first."""
    marked = [(_mark(one) not in known, row) for one, row in zip(found, told(script, found), strict=True)]
    yield from ({**row, "isNew": is_new} for is_new, row in sorted(marked, key=lambda pair: not pair[0]))


def _mark(one: Finding) -> tuple[Any, ...]:
    return one.rule, one.step, one.values
