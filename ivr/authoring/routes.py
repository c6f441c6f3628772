"""The pages on which scripts are listed, tried out and drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template

from ivr.authoring import shelf
from ivr.authoring.showing import shown
from ivr.bodies import sent
from ivr.people.rights import allowed
from ivr.texts import language, texts
from ledger.people import ADMIN, COMPLIANCE, QUALITY, SUPERVISOR
from scripts import sample
from scripts.conditions import title
from scripts.drawing import svg
from scripts.model import Script
from scripts.playing import Given, NoSuchFact, fact, play, readable
from scripts.proofs.finding import Finding
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


def picture(script: Script) -> str:
    """The diagram as markup, which is built of escaped pieces."""
    return svg(script, language())


def _ways(script: Script) -> Iterator[dict[str, Any]]:
    """The facts that conditions read, with one value for each way."""
    for name, values in sample.domain(script).items():
        yield {"name": name, "label": title(name, language()), "values": [str(value) for value in values]}


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


def _facts(script: Script, chosen: object) -> Iterator[tuple[str, Value]]:
    if not isinstance(chosen, Mapping):
        abort(400)
    for name, text in chosen.items():
        if not isinstance(text, str) or len(text) > LONGEST:
            abort(400)
        try:
            yield name, fact(script, name, text)
        except NoSuchFact:
            abort(400)


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
    return jsonify(findings=list(told(shelf.proven(shelf.entry(digest).script))))


def told(found: Iterable[Finding]) -> Iterator[dict[str, Any]]:
    """Findings as the page gets them."""
    for one in found:
        yield {
            "rule": one.rule,
            "step": one.step,
            "message": one.message(language()),
            "basis": list(one.basis),
            "talk": [[line.who, line.words] for line in one.talk],
        }
