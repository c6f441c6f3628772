"""The door: name and password, then the code of the second factor; nobody learns which of them was wrong."""

from __future__ import annotations

import sqlite3

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ivr.edge import now, store
from ivr.people import codes, passwords, session, throttle
from ivr.people.rights import ANYONE, EVERYBODY, act, allowed, audit, current, needs_factor, signed_in
from ivr.people.throttle import PERSON, PLACE
from ivr.texts import COOKIE, LANGUAGES, t
from ledger import attempts, people, sessions
from ledger import audit as trail
from ledger.people import User

blueprint = Blueprint("login", __name__)

Page = str | Response | tuple[str, int]


def safe(wanted: str) -> str:
    """A path of ours, or the start page: nobody is sent elsewhere by a link to our door."""
    plain = wanted.isprintable() and "\\" not in wanted
    return wanted if plain and wanted.startswith("/") and not wanted.startswith("//") else "/"


def onward() -> Response:
    """Lead to the page that was asked for before the door."""
    return redirect(request.root_path + safe(request.values.get("next", "/")), 303)


@blueprint.get("/login")
@allowed(ANYONE)
def enter() -> Page:
    """Show the door; `language` changes its language."""
    if (chosen := request.args.get("language", "")) in LANGUAGES:
        answer = redirect(url_for("login.enter", next=request.args.get("next")), 303)
        answer.set_cookie(COOKIE, chosen, max_age=365 * 86400, samesite="Lax", secure=session.secure())
        return answer
    return render_template("login.html", problem="")


@blueprint.post("/login")
@allowed(ANYONE)
def knock() -> Page:
    """Judge name and password: in the same time and with the same words whoever it is."""
    name, password = people.plain(request.form.get("name", "")), request.form.get("password", "")
    with store().read() as conn:
        user = people.by_login(conn, name)
        kept = people.secrets(conn, user.user_id).password if user and user.disabled_at is None else ""
    keys = {throttle.name_key(name, user.user_id if user else None): PERSON, throttle.place_key(): PLACE}
    if minutes := throttle.minutes_locked(keys):
        return _again("login.html", t("login.locked", minutes=minutes), 429)
    if not passwords.fits(password, kept) or user is None:
        _wrong(user)
        return _again("login.html", t("login.wrong"), 403)
    _right(user, tuple(keys), passwords.hashed(password) if passwords.outdated(kept) else "")
    return _let_in(user)


def _wrong(user: User | None) -> None:
    """As much work for an unknown name as for a known one."""
    name, at = user.name if user else "", now()
    store().write(lambda conn: trail.note(conn, name, "login_failed", "door", at))


def _right(user: User, keys: tuple[str, ...], renewed: str) -> None:
    at = now()

    def write(conn: sqlite3.Connection) -> None:
        attempts.forgive(conn, keys[0])
        attempts.give_back(conn, keys[1])
        if renewed:
            people.rehash(conn, user.user_id, renewed)
        if not needs_factor(user):
            trail.note(conn, user.name, "signed_in", f"user:{user.user_id}", at)

    store().write(write)


def _let_in(user: User) -> Response:
    if not needs_factor(user):
        return session.give(onward(), user.user_id, passed=True)
    step = "login.code" if user.second_factor else "login.enrol"
    answer = redirect(url_for(step, next=request.form.get("next")), 303)
    return session.give(answer, user.user_id, passed=False)


@blueprint.route("/login/code", methods=("GET", "POST"))
@allowed(*EVERYBODY)
def code() -> Page:
    """Ask for the code of the second factor; each is good once."""
    if request.method == "GET":
        return render_template("code.html", problem="")
    user = signed_in()
    if minutes := throttle.minutes_locked({throttle.code_key(user.user_id): PERSON}):
        return _again("code.html", t("login.locked", minutes=minutes), 429)
    with store().read() as conn:
        totp = people.secrets(conn, user.user_id).totp
    step = codes.step_of(request.form.get("code", ""), totp, session.WATCH.now())
    if step is None or not store().write(lambda conn: people.use_code(conn, user.user_id, step)):
        audit("code_refused", f"user:{user.user_id}")
        return _again("code.html", t("login.wrong_code"), 403)
    return _through(user)


@blueprint.route("/login/enrol", methods=("GET", "POST"))
@allowed(*EVERYBODY)
def enrol() -> Page:
    """Give a telephone the secret of the second factor, and see by a code that it has it."""
    user, totp = signed_in(), current().totp
    if not totp:
        token, totp = current().token, codes.secret()
        store().write(lambda conn: sessions.enrol(conn, token, totp))
    if request.method == "GET":
        return render_template("enrol.html", problem="", **_shown(user, totp))
    step = codes.step_of(request.form.get("code", ""), totp, session.WATCH.now())
    if step is None:
        return _again("enrol.html", t("login.wrong_code"), 403, **_shown(user, totp))
    by = user.user_id
    act(
        "second_factor_set",
        f"user:{by}",
        lambda conn, at: people.set_second_factor(conn, by, totp, step, at, by=by),
    )
    return _through(user)


def _shown(user: User, totp: str) -> dict[str, str]:
    groups = " ".join(totp[place : place + 4] for place in range(0, len(totp), 4))
    return {"picture": codes.picture(codes.address(totp, user)), "groups": groups}


def _through(user: User) -> Response:
    audit("signed_in", f"user:{user.user_id}")
    store().write(lambda conn: attempts.forgive(conn, throttle.code_key(user.user_id)))
    return session.give(onward(), user.user_id, passed=True)


@blueprint.post("/logout")
@allowed(ANYONE)
def leave() -> Response:
    """End the session."""
    return session.take(redirect(url_for("login.enter"), 303))


def _again(template: str, problem: str, status: int, **values: object) -> tuple[str, int]:
    return render_template(template, problem=problem, **values), status
