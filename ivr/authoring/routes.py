"""The pages on which scripts are listed, drawn and tried out; the way to those of their words and lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template

from ivr.authoring import life, shelf, words
from ivr.authoring.showing import shown
from ivr.authoring.views import picture, told
from ivr.bodies import sent
from ivr.people.rights import allowed
from ivr.texts import language, texts
from ledger.people import ADMIN, COMPLIANCE, QUALITY, SUPERVISOR
from scripts import sample
from scripts.conditions import title, value_in_words
from scripts.model import Script
from scripts.playing import Given, NoSuchFact, fact, play, readable
from scripts.sample import Value
from scripts.values import Input

READ = (SUPERVISOR, QUALITY, COMPLIANCE, ADMIN)
"""Who may read and play scripts; nobody's data is in them."""
LONGEST, MOST = 500, 200
"""Characters of an answer or a fact; answers of a play."""
GIVEN = {
    kind.value: kind for kind in Input if kind not in (Input.ERROR, Input.MACHINE, Input.ROBOT, Input.PROBLEM)
}

blueprint = Blueprint("authoring", __name__)


@blueprint.get("/scripts")
@allowed(*READ)
def listing() -> str:
    """List every script."""
    return render_template("scripts.html", entries=shelf.listing())


@blueprint.get("/scripts/<digest>")
@allowed(*READ)
def page(digest: str) -> str:
    """A script with its picture, to be tried out."""
    entry = shelf.entry(digest)
    return render_template(
        "script.html",
        entry=entry,
        picture=picture(entry.script),
        ways=list(_ways(entry.script)),
        more=list(_more(entry.script)),
        words=texts("scripts"),
    )


def _ways(script: Script) -> Iterator[dict[str, Any]]:
    """The facts that conditions read, with one value for each way, and the one of the sample."""
    facts = sample.facts(script)
    for name, values in sample.domain(script).items():
        first = str(facts[name])
        choices = {str(value): value_in_words(value, language()) for value in values}
        choices.setdefault(first, first)
        yield {"name": name, "label": title(name, language()), "choices": choices, "first": first}


def _more(script: Script) -> Iterator[dict[str, Any]]:
    """What else the texts speak and the identity check compares, with its sample."""
    facts, ways = sample.facts(script), sample.domain(script)
    for name in readable(script):
        if name not in ways:
            yield {"name": name, "label": title(name, language()), "value": facts.get(name, "")}


@blueprint.post("/scripts/<digest>/play")
@allowed(*READ)
def played(digest: str) -> Response:
    """A play from its beginning: chosen facts and all answers so far; going back is giving one less."""
    script, body = shelf.entry(digest).script, sent()
    facts = sample.facts(script, dict(_facts(script, body.get("facts"))))
    return jsonify(shown(script, facts, play(script, facts, list(_given(body.get("given"))))))


def _facts(script: Script, chosen: object) -> Iterator[tuple[str, Value | None]]:
    """The chosen facts; null is what nobody knows."""
    if not isinstance(chosen, Mapping):
        abort(400)
    for name, text in chosen.items():
        if text is not None and (not isinstance(text, str) or len(text) > LONGEST):
            abort(400)
        try:
            value = fact(script, name, text or "")
        except NoSuchFact:
            abort(400)
        yield name, None if text is None else value


def _given(answers: object) -> Iterator[Given]:
    if not isinstance(answers, list) or len(answers) > MOST:
        abort(400)
    for one in answers:
        match one:
            case [str(kind), str(text)] if kind in GIVEN and len(text) <= LONGEST:
                yield Given(GIVEN[kind], text)
            case _:
                abort(400)


@blueprint.get("/scripts/<digest>/findings")
@allowed(*READ)
def findings(digest: str) -> Response:
    """What the checker finds."""
    script = shelf.entry(digest).script
    return jsonify(findings=list(told(script, shelf.proven(script))))


ROUTES = (
    ("words", "words", words.page, "GET"),
    ("checked", "check", words.checked, "POST"),
    ("drafted", "draft", words.drafted, "POST"),
    ("life", "life", life.page, "GET"),
    ("authored", "<any(submit, remove):how>", life.authored, "POST"),
    ("decided", "<any(approve, send_back, file, activate, retire):how>", life.decided, "POST"),
)
"""The pages of one script on which its words are changed and its life goes on."""

for name, path, view, method in ROUTES:
    blueprint.add_url_rule(f"/scripts/<digest>/{path}", name, view, methods=(method,))
