"""The desk's page and its routes: each answer is the document of the whole desk as it is then."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, jsonify, render_template, request

from ivr.bodies import Body, sent, text_of
from ivr.desk import view
from ivr.desk.performing import TRANSFERS, NotYours, TooSoon
from ivr.desk.token import NoSoftphone, issue
from ivr.edge import edge, now, store
from ivr.people.rights import allowed, signed_in
from ivr.texts import language, texts
from ledger import NotAllowed, audit, desks
from ledger.people import AGENT, SUPERVISOR, User
from scripts.choices import VALUE
from scripts.model import NotOffered
from scripts.problems import PROBLEMS
from scripts.values import Heard, Input

blueprint = Blueprint("desk", __name__)

LONGEST = 1000
"""Characters of a note or of what a customer said."""
CARD = "card_read"
"""The action of the audit: whoever saw the card of a customer."""
SEEN_EVERY = timedelta(seconds=20)
"""A page that looks more often is noted only so often."""


@blueprint.get("/desk")
@allowed(AGENT, SUPERVISOR)
def page() -> str:
    """The page; everything that changes comes with its documents."""
    settings = edge().settings
    return render_template(
        "desk.html",
        words=texts("desk"),
        problems=[[code, problem.title] for code, problem in PROBLEMS.items()],
        live=settings.live_url,
        softphone=not settings.softphone_lacks,
        exchange=settings.api_base,
    )


@blueprint.get("/desk/now")
@allowed(AGENT, SUPERVISOR)
def look() -> Response:
    """The desk as it is; it also says that the page is open."""
    return _document()


@blueprint.post("/desk/state")
@allowed(AGENT, SUPERVISOR)
def move() -> Response:
    """Sign on or off, be ready, pause, or have completed a record."""
    body = sent()
    reason = text_of(body, "reason", 40)
    if reason and reason not in view.PAUSES:
        raise NotAllowed("no_such_pause")
    return _after(lambda user_id: edge().performing.state(user_id, text_of(body, "to", 20), reason))


@blueprint.post("/desk/dial")
@allowed(AGENT, SUPERVISOR)
def dial() -> Response:
    """Call the contact that is offered."""
    return _after(edge().performing.dial)


@blueprint.post("/desk/calls/<int:call_id>/turns/<int:n>")
@allowed(AGENT, SUPERVISOR)
def turn(call_id: int, n: int) -> Response:
    """What the customer answered; the turn that was given before stays as it is."""
    heard = _heard(sent())
    return _after(lambda user_id: edge().performing.turn(user_id, call_id, n, heard))


@blueprint.post("/desk/calls/<int:call_id>/notes")
@allowed(AGENT, SUPERVISOR)
def note(call_id: int) -> Response:
    """Keep a note with the call."""
    text = text_of(sent(), "text", LONGEST)
    if not text:
        abort(400)
    return _after(lambda user_id: edge().performing.note(user_id, call_id, text))


@blueprint.post("/desk/calls/<int:call_id>/problem")
@allowed(AGENT, SUPERVISOR)
def problem(call_id: int) -> Response:
    """Open a problem case."""
    body = sent()
    code, words = text_of(body, "code", 3), text_of(body, "note", LONGEST)
    if code not in PROBLEMS:
        abort(400)
    return _after(lambda user_id: edge().performing.problem(user_id, call_id, code, words))


@blueprint.post("/desk/calls/<int:call_id>/hold")
@allowed(AGENT, SUPERVISOR)
def hold(call_id: int) -> Response:
    """Let the customer wait with music, or come back."""
    on = sent().get("on") is True
    return _after(lambda user_id: edge().performing.hold(user_id, call_id, on))


@blueprint.post("/desk/calls/<int:call_id>/hangup")
@allowed(AGENT, SUPERVISOR)
def hang_up(call_id: int) -> Response:
    """End the customer's call."""
    return _after(lambda user_id: edge().performing.hangup(user_id, call_id))


@blueprint.post("/desk/calls/<int:call_id>/robot")
@allowed(AGENT, SUPERVISOR)
def hand_to_robot(call_id: int) -> Response:
    """Let the robot say the rest."""
    return _after(lambda user_id: edge().performing.robot(user_id, call_id))


@blueprint.post("/desk/calls/<int:call_id>/transfer")
@allowed(AGENT, SUPERVISOR)
def transfer(call_id: int) -> Response:
    """Pass the customer on to another agent or to the supervisor."""
    to = text_of(sent(), "to", 20)
    if to not in TRANSFERS:
        abort(400)
    return _after(lambda user_id: edge().performing.transfer(user_id, call_id, to))


@blueprint.get("/desk/token")
@allowed(AGENT, SUPERVISOR)
def token() -> Response:
    """An access token for the telephone in the page; none where another place has taken the line over."""
    leg = request.args.get("leg", "")
    if leg and edge().lines.elsewhere(signed_in().user_id, leg):
        return _refused("replaced", 409)
    try:
        return jsonify(issue(edge().settings, signed_in().user_id))
    except NoSoftphone:
        return _refused("no_softphone", 409)


@blueprint.post("/desk/standing")
@allowed(AGENT, SUPERVISOR)
def standing() -> Response:
    """The page says that its line stands, for the case that the carrier's word is lost."""
    leg = text_of(sent(), "leg", 34)
    return _after(lambda user_id: edge().lines.confirm(user_id, leg))


@blueprint.post("/desk/phone")
@allowed(AGENT, SUPERVISOR)
def ring() -> Response:
    """Ring the agent's own desk phone."""
    return _after(edge().lines.ring)


@blueprint.errorhandler(NotAllowed)
def not_allowed(error: NotAllowed) -> Response:
    """What the desk may not do now."""
    return _refused(error.code, 409)


@blueprint.errorhandler(NotOffered)
def not_offered(error: NotOffered) -> Response:
    """The step does not offer that answer."""
    return _refused("not_offered", 409)


@blueprint.errorhandler(TooSoon)
def too_soon(error: TooSoon) -> Response:
    """Say that the words cannot have been said in full."""
    return _refused("too_soon", 409)


@blueprint.errorhandler(NotYours)
def not_yours(error: NotYours) -> Response:
    """Another agent's call is nobody else's business: it is as if there were none."""
    return _refused("not_yours", 404)


def _refused(code: str, status: int) -> Response:
    words = texts("desk")
    message = words.get(f"refused_{code}", words["refused"])
    answer = jsonify(error={"code": code, "message": message})
    answer.status_code = status
    return answer


def _after(act: Callable[[int], None]) -> Response:
    """Do something, then answer with the desk as it is after it."""
    act(signed_in().user_id)
    return _document()


def _document() -> Response:
    user, at = signed_in(), now()
    with store().read() as conn:
        found = view.look(conn, user, at, view.Tongue(language(), texts("desk")))
        subject = found.subject
        if subject is not None and audit.is_noted(conn, user.name, CARD, subject):
            subject = None
    if subject is not None or found.desk.seen_at is None or at - found.desk.seen_at >= SEEN_EVERY:
        store().write(lambda conn: _note(conn, user, subject, at))
    if found.desk.seen_at is not None and at - found.desk.seen_at >= desks.PAGE_SEEN:
        edge().conversation.serve()
    return jsonify(found.document)


def _note(conn: sqlite3.Connection, user: User, subject: str | None, at: datetime) -> None:
    """The page is open; and, once for each customer, whose card it shows."""
    desks.seen(conn, user.user_id, at)
    if subject is not None and not audit.is_noted(conn, user.name, CARD, subject):
        audit.note(conn, user.name, CARD, subject, at)


def _heard(body: Body) -> Heard:
    """What the agent heard: digits, a chosen answer, or free words."""
    words, digits = text_of(body, "words", LONGEST), text_of(body, "digits", 20)
    whole = body.get("whole") is not False
    if digits:
        return Heard(Input.KEYS, digits, whole=whole)
    return Heard(Input.CHOICE, text_of(body, "choice", 40) or VALUE, words, whole=whole)
