"""Who works here: admins add, change and disable people; supervisors enter certificates of their unit's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dialer.calendar import LOCAL
from ivr.edge import now, store
from ivr.people import entries, passwords
from ivr.people.entries import Wrong
from ivr.people.rights import act, allowed, audit, scope, signed_in
from ivr.texts import t
from ledger import certificates, people, units
from ledger.people import ADMIN, ROLES, SUPERVISOR, NameTaken, User

blueprint = Blueprint("people", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/people")
@allowed(SUPERVISOR, ADMIN)
def listing() -> Page:
    """List the people one may see."""
    return _list("")


def _list(problem: str) -> str:
    audit("people_read", "people")
    mine = scope()
    with store().read() as conn:
        found, tree, until = people.listing(conn, mine), units.listing(conn), certificates.until(conn)
    names = {unit.unit_id: unit.name for unit in tree}
    today = now().astimezone(LOCAL).date().isoformat()
    return render_template(
        "people.html", people=found, tree=tree, units=names, until=until, today=today, problem=problem
    )


@blueprint.route("/people/new", methods=("GET", "POST"))
@allowed(ADMIN)
def new() -> Page:
    """Add somebody; the first password is shown this once."""
    if request.method == "GET":
        return _form("")
    try:
        name = entries.login_name(request.form.get("name", ""))
        who = entries.particulars(request.form, _unit_ids())
    except Wrong as wrong:
        return _form(t(wrong.key)), 400
    password, by = passwords.temporary(), signed_in().user_id
    kept = passwords.hashed(password)
    try:
        user_id = act("user_added", "user:{}", lambda conn, at: people.add(conn, name, who, kept, at, by=by))
    except NameTaken:
        return _form(t("people.name_taken")), 409
    return _person(_visible(user_id), password=password)


def _form(problem: str) -> str:
    with store().read() as conn:
        tree = units.listing(conn)
    return render_template("person_new.html", tree=tree, roles=ROLES, problem=problem)


@blueprint.get("/people/<int:user_id>")
@allowed(SUPERVISOR, ADMIN)
def person(user_id: int) -> Page:
    """Show one person."""
    user = _visible(user_id)
    audit("person_read", f"user:{user_id}")
    return _person(user)


def _person(user: User, problem: str = "", password: str = "") -> str:
    with store().read() as conn:
        theirs, tree = certificates.listing(conn, user.user_id), units.listing(conn)
    names = {unit.unit_id: unit.name for unit in tree}
    today = now().astimezone(LOCAL).date().isoformat()
    return render_template(
        "person.html",
        user=user,
        certificates=theirs,
        tree=tree,
        units=names,
        roles=ROLES,
        today=today,
        problem=problem,
        password=password,
    )


@blueprint.post("/people/<int:user_id>")
@allowed(ADMIN)
def change(user_id: int) -> Page:
    """Change what is known about a person; nobody changes the own role."""
    user, by = _visible(user_id), signed_in().user_id
    try:
        who = entries.particulars(request.form, _unit_ids())
        if user_id == by and who.role != user.role:
            raise Wrong("people.not_oneself")
        act("user_changed", f"user:{user_id}", lambda conn, at: people.change(conn, user_id, who, at, by=by))
    except Wrong as wrong:
        return _person(user, t(wrong.key)), 400
    except NameTaken:
        return _person(user, t("people.name_taken")), 409
    return _back(user_id)


@blueprint.post("/people/<int:user_id>/disable")
@allowed(ADMIN)
def disable(user_id: int) -> Page:
    """Let somebody in no more."""
    return _done_to(user_id, "user_disabled", lambda conn, at, by: people.disable(conn, user_id, at, by=by))


@blueprint.post("/people/<int:user_id>/enable")
@allowed(ADMIN)
def enable(user_id: int) -> Page:
    """Let somebody in again."""
    return _done_to(user_id, "user_enabled", lambda conn, at, by: people.enable(conn, user_id, at, by=by))


@blueprint.post("/people/<int:user_id>/factor")
@allowed(ADMIN)
def factor(user_id: int) -> Page:
    """Take somebody's second factor away, who lost the telephone; the old password alone enrols no other."""

    def deed(conn: sqlite3.Connection, kept: str, at: datetime, by: int) -> None:
        people.set_second_factor(conn, user_id, "", 0, at, by=by)
        people.set_password(conn, user_id, kept, at, by=by, temporary=True)

    return _anew(user_id, "second_factor_reset", deed)


def _done_to(user_id: int, action: str, deed: Callable[[sqlite3.Connection, datetime, int], object]) -> Page:
    """Nobody does these things to themselves, so that an admin is always left."""
    user, by = _visible(user_id), signed_in().user_id
    if user_id == by:
        return _person(user, t("people.not_oneself")), 409
    act(action, f"user:{user_id}", lambda conn, at: deed(conn, at, by))
    return _back(user_id)


@blueprint.post("/people/<int:user_id>/password")
@allowed(ADMIN)
def password(user_id: int) -> Page:
    """Give somebody a temporary password, shown this once."""
    return _anew(
        user_id,
        "password_reset",
        lambda conn, kept, at, by: people.set_password(conn, user_id, kept, at, by=by, temporary=True),
    )


def _anew(user_id: int, action: str, deed: Callable[[sqlite3.Connection, str, datetime, int], None]) -> Page:
    """Do what leaves somebody else with a temporary password, and show it this once."""
    user, by, fresh = _visible(user_id), signed_in().user_id, passwords.temporary()
    if user_id == by:
        return _person(user, t("people.not_oneself")), 409
    kept = passwords.hashed(fresh)
    act(action, f"user:{user_id}", lambda conn, at: deed(conn, kept, at, by))
    return _person(_visible(user_id), password=fresh)


@blueprint.post("/people/<int:user_id>/certificates")
@allowed(SUPERVISOR, ADMIN)
def certify(user_id: int) -> Page:
    """Enter a certificate; nobody certifies themselves."""
    user, by = _visible(user_id), signed_in().user_id
    if user_id == by:
        return _person(user, t("people.not_oneself")), 409
    try:
        reference = entries.words(request.form.get("reference", ""))
        if not reference:
            raise Wrong("people.bad_text")
        days = entries.days(request.form.get("from", ""), request.form.get("until", ""))
    except Wrong as wrong:
        return _person(user, t(wrong.key)), 400
    act(
        "certified",
        f"user:{user_id}",
        lambda conn, at: certificates.add(conn, user_id, reference, days, at, by=by),
    )
    return _back(user_id)


@blueprint.post("/units")
@allowed(ADMIN)
def add_unit() -> Page:
    """Add an organisation unit."""
    parent = request.form.get("parent", "")
    try:
        name = entries.words(request.form.get("name", ""))
        if not name or (parent and parent not in map(str, _unit_ids())):
            raise Wrong("people.bad_text")
    except Wrong as wrong:
        return _list(t(wrong.key)), 400
    above, by = int(parent) if parent else None, signed_in().user_id
    try:
        act("unit_added", "unit:{}", lambda conn, at: units.add(conn, name, above, at, by=by))
    except NameTaken:
        return _list(t("people.unit_taken")), 409
    return redirect(url_for("people.listing"), 303)


def _visible(user_id: int) -> User:
    """The person, if there is one among those that one may see."""
    mine = scope()
    with store().read() as conn:
        user = people.get(conn, user_id)
    if user is None or (mine is not None and user.unit_id not in mine):
        abort(404)
    return user


def _unit_ids() -> list[int]:
    with store().read() as conn:
        return [unit.unit_id for unit in units.listing(conn)]


def _back(user_id: int) -> Response:
    return redirect(url_for("people.person", user_id=user_id), 303)
