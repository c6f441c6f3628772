"""What people change about themselves: password, second factor, language, where they are signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ivr.edge import store
from ivr.people import passwords, session, throttle
from ivr.people.rights import EVERYBODY, act, allowed, signed_in
from ivr.people.throttle import PERSON
from ivr.texts import LANGUAGES, t
from ledger import attempts, certificates, people, sessions, units

blueprint = Blueprint("account", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/account")
@allowed(*EVERYBODY)
def page() -> Page:
    """Show one's own account."""
    return _page("")


def _page(problem: str) -> str:
    user = signed_in()
    with store().read() as conn:
        mine = certificates.listing(conn, user.user_id)
        names = {unit.unit_id: unit.name for unit in units.listing(conn)}
    return render_template("account.html", user=user, certificates=mine, units=names, problem=problem)


@blueprint.route("/account/password", methods=("GET", "POST"))
@allowed(*EVERYBODY)
def password() -> Page:
    """Change one's own password; every other session of the person ends."""
    if request.method == "GET":
        return _new_password("")
    user, new = signed_in(), request.form.get("new", "")
    problem = _proof() or _objection(new)
    if problem:
        return _new_password(problem), 403
    kept, by = passwords.hashed(new), user.user_id
    act(
        "password_changed",
        f"user:{by}",
        lambda conn, at: people.set_password(conn, by, kept, at, by=by, temporary=False),
    )
    return session.give(redirect(url_for("home.start"), 303), user.user_id, passed=True)


def _new_password(problem: str) -> str:
    return render_template("password.html", problem=problem, length=passwords.SHORTEST)


@blueprint.post("/account/factor")
@allowed(*EVERYBODY)
def factor() -> Page:
    """Take the second factor away, to give it to another telephone at the next log-in."""
    if problem := _proof():
        return _page(problem), 403
    by = signed_in().user_id
    act(
        "second_factor_reset",
        f"user:{by}",
        lambda conn, at: people.set_second_factor(conn, by, "", 0, at, by=by),
    )
    return session.take(redirect(url_for("login.enter"), 303))


@blueprint.post("/account/language")
@allowed(*EVERYBODY)
def language() -> Response:
    """Change the language of one's screens."""
    chosen, user_id = request.form.get("language", ""), signed_in().user_id
    if chosen in LANGUAGES:
        store().write(lambda conn: people.speak(conn, user_id, chosen))
    return redirect(url_for("account.page"), 303)


@blueprint.post("/account/everywhere")
@allowed(*EVERYBODY)
def everywhere() -> Response:
    """End all of one's sessions, this one too."""
    user_id = signed_in().user_id
    act("signed_out_everywhere", f"user:{user_id}", lambda conn, at: sessions.end_all(conn, user_id, at))
    return session.take(redirect(url_for("login.enter"), 303))


def _proof() -> str:
    """Why the password of the form does not prove that it is still the same person; '' where it does."""
    user = signed_in()
    key = throttle.name_key(user.name, user.user_id)
    if minutes := throttle.minutes_locked({key: PERSON}):
        return t("login.locked", minutes=minutes)
    with store().read() as conn:
        kept = people.secrets(conn, user.user_id).password
    if not passwords.fits(request.form.get("password", ""), kept):
        return t("account.wrong_password")
    store().write(lambda conn: attempts.forgive(conn, key))
    return ""


def _objection(new: str) -> str:
    if new != request.form.get("again", ""):
        return t("account.differ")
    if new == request.form.get("password", ""):
        return t("account.same")
    key = passwords.objection(new, signed_in())
    return t(key, length=passwords.SHORTEST) if key else ""
