"""Rights: each view names the roles that may open it, and what names none stays closed to everybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ivr.edge import edge, store
from ivr.people import session
from ivr.people.session import SignedIn
from ledger import audit as trail
from ledger import units
from ledger.people import AGENT, ROLES, User
from ledger.sessions import Session

ANYONE = "anyone"
"""Also who is not signed in."""
BEARER = "bearer"
"""Other systems, by a token in the header; the view looks at it itself, and at no cookie."""
EVERYBODY = ROLES
"""Whoever is signed in, whatever the role."""
View = TypeVar("View", bound=Callable[..., Any])
Result = TypeVar("Result")

FACTOR = frozenset({"login.code", "login.enrol"})
NOBODYS = frozenset({"assets.file", "health"})
"""Views that are the same for everybody; who asks is not looked up."""


def allowed(*roles: str) -> Callable[[View], View]:
    """Declare who may open a view."""
    unknown = set(roles) - {ANYONE, BEARER, *ROLES}
    if unknown or not roles:
        raise ValueError(f"{', '.join(unknown) or 'nobody'}: name roles of {', '.join(ROLES)}")

    def declare(view: View) -> View:
        view.allowed = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def allowed_at(app: Flask, endpoint: str) -> frozenset[str]:
    """The roles that a view declares; none where it declares nothing."""
    return getattr(app.view_functions.get(endpoint), "allowed", frozenset())


def may(endpoint: str) -> bool:
    """Whether the person of this request may open a page, for navigation."""
    who: User | None = g.get("user")
    return who is not None and not stage() and who.role in allowed_at(current_app, endpoint)


def signed_in() -> User:
    """The person of this request."""
    return cast(User, g.user)


def current() -> Session:
    """The session of this request."""
    return cast(Session, g.session)


def scope() -> frozenset[int] | None:
    """The units whose rows the person of this request may see; None for all."""
    with store().read() as conn:
        return units.scope(conn, signed_in())


def audit(action: str, subject: str) -> None:
    """Note that the person of this request read or changed something, like `call:5`, before it is shown."""
    name, at = signed_in().name, edge().clock.now()
    store().write(lambda conn: trail.note(conn, name, action, subject, at))


def act(action: str, subject: str, deed: Callable[[sqlite3.Connection, datetime], Result]) -> Result:
    """Do something as the person of this request and note it, in one transaction; `{}` is what was returned.

    The deed runs in the writer's thread, where there is no request.
    """
    name, at = signed_in().name, edge().clock.now()

    def write(conn: sqlite3.Connection) -> Result:
        result = deed(conn, at)
        trail.note(conn, name, action, subject.format(result), at)
        return result

    return store().write(write)


def guard() -> AnyResponse | None:
    """Before each request: find out who sends it, and whether they may."""
    g.user = g.session = None
    endpoint = request.endpoint
    roles = allowed_at(current_app, endpoint or "")
    if BEARER in roles:
        return None
    if endpoint not in NOBODYS and (who := session.find()) is not None:
        _remember(who)
    if endpoint is None:
        return None
    if ANYONE in roles:
        return None
    if g.user is None:
        return _to_the_door()
    step = stage()
    if endpoint == step:
        return None
    if step or endpoint in FACTOR:
        return _to(step or "home.start")
    if g.user.role not in roles:
        abort(403)
    return None


def _remember(who: SignedIn) -> None:
    g.user, g.session = who.user, who.session
    session.stay(who)


def stage() -> str:
    """The page that stands between this person and all others: a second factor, a new password, or none."""
    user = signed_in()
    if not current().passed:
        return "login.code" if user.second_factor else "login.enrol"
    return "account.password" if user.must_change else ""


def needs_factor(user: User) -> bool:
    """All but agents prove themselves twice."""
    return user.role != AGENT or user.second_factor


def _to(endpoint: str) -> AnyResponse:
    if asks_for_json():
        abort(403)
    return redirect(url_for(endpoint), 303)


def _to_the_door() -> AnyResponse:
    if request.method != "GET" or asks_for_json():
        abort(401)
    wanted = request.full_path if request.query_string else request.path
    return redirect(url_for("login.enter", next=None if wanted == "/" else wanted), 303)


def asks_for_json() -> bool:
    """Whether a script sends this request, which can follow no page."""
    best = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return best == "application/json" or request.is_json or "X-CSRF-Token" in request.headers
