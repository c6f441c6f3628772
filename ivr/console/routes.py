"""The console's page, the board for pages without a stream, and the acts of supervisors."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from flask import Blueprint, Response, abort, jsonify, render_template

from dialer.refusals import CarrierError
from dialer.rooms import Listening
from dialer.versions import words
from ivr.bodies import sent
from ivr.console import acts
from ivr.console.acts import Supervisor
from ivr.console.picture import Finished, day_began, document, picture
from ivr.desk import origins
from ivr.edge import edge, now, store
from ivr.people.rights import allowed, audit, scope, signed_in
from ivr.texts import t, texts
from ivr.transcript import transcript
from ledger import NotAllowed
from ledger.board import board, finished, shows
from ledger.listens import Listen
from ledger.people import ADMIN, COMPLIANCE, QUALITY, SUPERVISOR
from ledger.story import conversation

ACT = (SUPERVISOR,)
READ = (SUPERVISOR, QUALITY, COMPLIANCE)
LOOK = (*READ, ADMIN)
"""Who may act, read what is said in a call, and see the board, on which nobody's data is."""

Result = TypeVar("Result")
blueprint = Blueprint("console", __name__)
counted = Finished()


@blueprint.get("/console")
@allowed(*LOOK)
def page() -> str:
    """The page; what it shows comes by the stream, or from `/console/now`."""
    role = signed_in().role
    return render_template(
        "console.html",
        words=texts("console"),
        live=edge().settings.live_url,
        acts=role in ACT,
        reads=role in READ,
        exchange=origins.exchange(edge().settings),
    )


@blueprint.get("/console/now")
@allowed(*LOOK)
def look() -> Response:
    """The whole board."""
    at, units = now(), scope()
    with store().read() as conn:
        seen = board(conn, units, at, day_began(at))
        ids = [one.campaign_id for one in seen.campaigns]
        over = counted.of(ids, lambda campaign_id: finished(conn, campaign_id))
        rows = picture(seen, over, partial(words, conn))
    return Response(document(rows, at), content_type="application/json")


@blueprint.get("/console/calls/<int:call_id>")
@allowed(*READ)
def story(call_id: int) -> Response:
    """What was said in a call so far, like `huifang call show`."""
    units = scope()
    with store().read() as conn:
        if not shows(conn, units, call_id):
            abort(404)
        told = conversation(conn, call_id)
        lines = list(transcript(told, partial(words, conn)))
    audit("call.read", f"call:{call_id}")
    return jsonify(call=call_id, lines=lines)


@blueprint.post("/console/campaigns/<int:campaign_id>/<any(start, pause):how>")
@allowed(*ACT)
def move(campaign_id: int, how: str) -> Response:
    """Start or pause a campaign."""
    _act(lambda conn, by: acts.move(conn, by, campaign_id, how))
    return jsonify(ok=True)


@blueprint.post("/console/calls/<int:call_id>/end")
@allowed(*ACT)
def end(call_id: int) -> Response:
    """End a call."""
    sid = _act(lambda conn, by: acts.end(conn, by, call_id))
    edge().errands.end(call_id, sid)
    return jsonify(ok=True)


@blueprint.post("/console/calls/<int:call_id>/human")
@allowed(*ACT)
def to_person(call_id: int) -> Response:
    """Take a call from the robot and let it wait for a person."""
    sid = _act(lambda conn, by: acts.to_person(conn, by, call_id))
    edge().errands.redirect(call_id, sid)
    return jsonify(ok=True)


@blueprint.post("/console/listen")
@allowed(*ACT)
def listen() -> Response:
    """Note how the supervisor takes part; a line that is in the room already changes at once."""
    body = sent()
    call_id, mode = body.get("call_id"), body.get("mode")
    if not isinstance(call_id, int) or not isinstance(mode, str):
        abort(400)
    noted, left = _act(lambda conn, by: acts.listen(conn, by, call_id, mode))
    if left:
        edge().errands.drop(left)
    return jsonify(desk=noted.agent_id, mode=noted.mode, joined=_changed(noted))


@blueprint.errorhandler(NotAllowed)
def refused(error: NotAllowed) -> tuple[Response, int]:
    """Say why not, in the words of the page."""
    known = texts("console")
    message = known.get(f"no_{error.code}") or t("errors.failed")
    return jsonify(error={"code": error.code, "message": message}), 409


def _act(act: Callable[[sqlite3.Connection, Supervisor], Result]) -> Result:
    by = Supervisor(signed_in(), scope(), now())
    return store().write(lambda conn: act(conn, by))


def _changed(noted: Listen) -> bool:
    """Whether the supervisor's line is in the room, and was told how it takes part from now on."""
    if not (noted.leg_sid and noted.agent_leg and noted.room_sid):
        return False
    rooms = edge().errands.rooms
    try:
        return rooms.supervise(noted.room_sid, noted.leg_sid, Listening(noted.mode), noted.agent_leg)
    except CarrierError:
        return False
