"""The pages of campaigns: all of them, a new one, one with its live figures and what may be done to it."""

from __future__ import annotations

import sqlite3

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from dialer.errors import CampaignError
from dialer.lists.kinds import load_kind
from ivr.bodies import Body, sent, text_of
from ivr.campaigning import asking, errand, making, ordering
from ivr.campaigning.figures import figures
from ivr.campaigning.ordering import Wrong
from ivr.campaigning.picture import Surroundings, document, picture
from ivr.campaigning.seeing import ACT, LOOK, READ, visible
from ivr.campaigning.wording import words
from ivr.edge import edge, now, store
from ivr.people.rights import act, allowed, audit, scope, signed_in
from ivr.texts import t, texts
from ledger import NotAllowed, ScriptRefused, campaigns, lists
from ledger.board import shows_campaign
from ledger.campaigns import Share

REASON = 200
"""Characters of the reason for which a campaign is stopped."""

blueprint = Blueprint("campaigns", __name__)


@blueprint.get("/campaigns")
@allowed(*LOOK)
def listing() -> str:
    """All campaigns that one may see, the newest first, with their coverage."""
    units, at = scope(), now()
    with store().read() as conn:
        seen = [one for one in campaigns.listing(conn) if shows_campaign(conn, units, one.campaign_id)]
        rows = [(figures(conn, one, at), lists.get(conn, one.list_id)) for one in reversed(seen)]
    return render_template("campaigns.html", rows=rows)


@blueprint.get("/campaigns/new")
@allowed(*ACT)
def blank() -> str:
    """The form of a new campaign, of the list that the address names."""
    return _form(request.args.get("list", type=int), "")


@blueprint.post("/campaigns/new")
@allowed(*ACT)
def create() -> AnyResponse | tuple[str, int]:
    """Make a draft campaign in a process of its own; a list may have a million rows."""
    chosen = request.form.get("list", type=int)
    try:
        made = errand.run(*ordering.command(request.form, scope()))
    except Wrong as wrong:
        return _form(chosen, t(wrong.key)), 400
    except errand.Refused as refused:
        return _form(chosen, _why(refused)), 409
    audit("campaign.make", f"campaign:{made['id']}")
    return redirect(url_for("campaigns.page", campaign_id=made["id"]), 303)


def _form(chosen: int | None, problem: str) -> str:
    units = scope()
    with store().read() as conn:
        choices = ordering.choices(conn, units)
    return render_template(
        "campaign_new.html",
        choices=choices,
        callers=edge().company.numbers,
        given=request.form,
        chosen=chosen,
        confined=units is not None,
        problem=problem,
    )


@blueprint.get("/campaigns/<int:campaign_id>")
@allowed(*LOOK)
def page(campaign_id: int) -> str:
    """One campaign; what it shows comes by the stream, or from `/now`."""
    found = visible(campaign_id)
    with store().read() as conn:
        source = lists.get(conn, found.list_id)
    role = signed_in().role
    return render_template(
        "campaign.html",
        campaign=found,
        source=source,
        kind=load_kind(source.kind).title if source else "",
        words=words(),
        live=edge().settings.live_url,
        acts=role in ACT,
        reads=role in READ,
    )


@blueprint.get("/campaigns/<int:campaign_id>/now")
@allowed(*LOOK)
def look(campaign_id: int) -> Response:
    """The figures of this moment, for pages without a stream."""
    found, at = visible(campaign_id), now()
    around = Surroundings(edge().settings.database, edge().book.calendar)
    with store().read() as conn:
        shown = picture(conn, around, found, at)
    return Response(document(shown, at), content_type="application/json")


@blueprint.get("/campaigns/<int:campaign_id>/preview")
@allowed(*LOOK)
def foresee(campaign_id: int) -> Response | tuple[Response, int]:
    """What the gate would do with everything that waits."""
    visible(campaign_id)
    try:
        return jsonify(errand.run("campaign", "preview", str(campaign_id), "--json"))
    except errand.Refused as refused:
        return jsonify(error={"code": refused.code, "message": _why(refused)}), 409


@blueprint.post("/campaigns/<int:campaign_id>/<any(start, pause, resume, stop):how>")
@allowed(*ACT)
def move(campaign_id: int, how: str) -> Response:
    """Start, pause, resume or, with a reason, stop a campaign."""
    found, reason = visible(campaign_id), text_of(sent(), "reason", REASON)
    if how == "stop" and not reason:
        raise NotAllowed("no_reason")
    act(
        f"campaign.{how}",
        f"campaign:{campaign_id}",
        lambda conn, at: making.move(conn, found, how, at, reason),
    )
    return jsonify(ok=True)


@blueprint.post("/campaigns/<int:campaign_id>/share")
@allowed(*ACT)
def share(campaign_id: int) -> Response:
    """Set priority and caps, also while it runs."""
    visible(campaign_id)
    wanted = _share(sent())

    def deed(conn: sqlite3.Connection, at: object) -> None:
        campaigns.set_share(conn, campaign_id, wanted)

    act("campaign.share", f"campaign:{campaign_id}", deed)
    return jsonify(ok=True)


def _share(body: Body) -> Share:
    try:
        return ordering.share({key: str(value if value is not None else "") for key, value in body.items()})
    except Wrong as wrong:
        raise NotAllowed(wrong.key.partition(".")[2]) from None


def _why(refused: errand.Refused) -> str:
    if f"refused_{refused.why}" in texts("campaigns"):
        return t(f"campaigns.refused_{refused.why}", **refused.about)
    return t(f"campaigns.errand_{refused.code}", why=refused.message)


@blueprint.errorhandler(NotAllowed)
def not_allowed(error: NotAllowed) -> tuple[Response, int]:
    """Say why not, in the words of the page."""
    return _refusal(error.code)


@blueprint.errorhandler(CampaignError)
def is_over(error: CampaignError) -> tuple[Response, int]:
    """Somebody else has ended it meanwhile."""
    return _refusal("is_over")


@blueprint.errorhandler(ScriptRefused)
def no_script(error: ScriptRefused) -> tuple[Response, int]:
    """The script may not be spoken, or not any more."""
    return _refusal(f"script_{error.code}")


def _refusal(code: str) -> tuple[Response, int]:
    known = texts("campaigns")
    message = known.get(code) or known.get(f"no_{code}") or known["no_script"]
    return jsonify(error={"code": code, "message": message}), 409


for name, path, view in (("tasks", "tasks", asking.tasks), ("task", "tasks/<int:task_id>", asking.task)):
    blueprint.add_url_rule(f"/campaigns/<int:campaign_id>/{path}", name, view)
