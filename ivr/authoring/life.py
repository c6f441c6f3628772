"""The page of a script's life: its words against those in force, its findings, and what may be done now."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dialer import release
from ivr.authoring import shelf
from ivr.authoring.redlining import changes
from ivr.authoring.shelf import Entry
from ivr.authoring.views import picture, refusal, told
from ivr.authoring.words import AUTHORS
from ivr.edge import store
from ivr.people.rights import act, allowed, signed_in
from ivr.texts import t, texts
from ledger import script_life
from ledger.errors import ScriptRefused
from ledger.people import ADMIN, COMPLIANCE, QUALITY, SUPERVISOR

READ = (SUPERVISOR, QUALITY, COMPLIANCE, ADMIN)
APPROVERS = (COMPLIANCE, ADMIN)
LONGEST = 120
"""Characters of a reference or a reason."""

Deed = Callable[[sqlite3.Connection, datetime], None]
Page = str | Response | tuple[str, int]

NEXT = {
    script_life.DRAFT: (("submit", AUTHORS), ("remove", AUTHORS)),
    script_life.CHECKED: (("approve", APPROVERS), ("send_back", APPROVERS), ("remove", AUTHORS)),
    script_life.APPROVED: (("file", APPROVERS), ("activate", APPROVERS), ("retire", APPROVERS)),
    script_life.FILED: (("activate", APPROVERS), ("retire", APPROVERS)),
    script_life.ACTIVE: (("retire", APPROVERS),),
    script_life.SUPERSEDED: (("activate", APPROVERS), ("retire", APPROVERS)),
}
"""What may be done in each status, and by whom."""
NOT_BY_THE_AUTHOR = ("approve", "send_back")


@allowed(*READ)
def page(digest: str) -> str:
    """The life of one version."""
    return _page(shelf.entry(digest), "")


def _page(entry: Entry, problem: str) -> str:
    with store().read() as conn:
        steps = script_life.steps(conn, entry.script.digest)
    before = shelf.in_force(entry)
    script = entry.script
    return render_template(
        "script_life.html",
        entry=entry,
        picture=picture(script),
        steps=steps,
        before=before,
        changes=changes(before, script) if before and before.digest != script.digest else [],
        findings=list(told(script, shelf.proven(script))),
        acts=open_to(entry),
        problem=problem,
        words=texts("scripts"),
    )


def open_to(entry: Entry) -> list[str]:
    """What the person of this request may do with it now."""
    user, version = signed_in(), entry.version
    if version is None:
        return []
    own = version.author_id == user.user_id
    return [
        name
        for name, roles in NEXT.get(version.status, ())
        if user.role in roles and not (own and name in NOT_BY_THE_AUTHOR)
    ]


@allowed(*AUTHORS)
def authored(digest: str, how: str) -> Page:
    """Submit a draft, which is checked with it, or take it away."""
    entry, by = shelf.entry(digest), signed_in().user_id
    if how == "remove":
        return _done(entry, how, lambda conn, at: script_life.remove(conn, digest, by, at), gone=True)
    proven = release.proof(entry.script)
    done = _done(entry, how, lambda conn, at: release.keep(conn, proven, at))
    return (_page(shelf.entry(digest), t("scripts.refused_findings")), 409) if proven.findings else done


@allowed(*APPROVERS)
def decided(digest: str, how: str) -> Page:
    """Approve, send back, file, activate or retire."""
    entry, by, form = shelf.entry(digest), signed_in().user_id, request.form
    words = form.get("words", "").strip()[:LONGEST]
    match how:
        case "approve" | "activate":
            step = release.approve if how == "approve" else release.activate
            proven = release.proof(entry.script)
            return _done(entry, how, lambda conn, at: step(conn, proven, by, at))
        case "send_back":
            return _done(entry, how, lambda conn, at: script_life.send_back(conn, digest, words, by, at))
        case "file":
            on = _day(form.get("on", ""))
            return _done(entry, how, lambda conn, at: script_life.file(conn, digest, words, on, by, at))
        case _:
            return _done(entry, how, lambda conn, at: script_life.retire(conn, digest, by, at))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(400)


def _done(entry: Entry, how: str, deed: Deed, *, gone: bool = False) -> Page:
    """Do it and note it in one transaction; what is refused is said on the page."""
    digest = entry.script.digest
    try:
        act(f"script.{how}", f"script:{digest[:12]}", deed)
    except ScriptRefused as refused:
        return _page(shelf.entry(digest), refusal(refused)), 409
    if gone:
        return redirect(url_for("authoring.listing"), 303)
    return redirect(url_for("authoring.life", digest=digest), 303)
