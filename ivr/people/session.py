"""The session of a request: a random cookie whose digest is a row of the ledger.

Sessions, codes and locks run on the wall clock, also where the application's clock runs fast: people do not.
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import timedelta

from flask import g, request
from flask import session as csrf_session
from werkzeug.wrappers import Response

from ivr.clock import wall
from ivr.edge import edge, store
from ivr.settings import Settings
from ledger import people, sessions
from ledger.people import User
from ledger.sessions import Limits, Session

LIMITS = Limits(idle=timedelta(minutes=30), pending=timedelta(minutes=10), longest=timedelta(hours=12))
"""An unattended screen, a log-in without its second factor, and a shift with its overtime."""
NOTED_EVERY = timedelta(minutes=1)
WATCH = wall()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with an open session."""

    user: User
    session: Session


def secure() -> bool:
    """Whether browsers reach us by https only."""
    return edge().settings.public_url.startswith("https://")


def cookie_name() -> str:
    """The prefix binds the cookie to this host and to https (RFC 6265bis 4.1.3.2)."""
    return cookie_for(edge().settings)


def cookie_for(settings: Settings) -> str:
    """The name of the cookie where these are the settings."""
    return "__Host-huifang" if settings.public_url.startswith("https://") else "huifang"


def find() -> SignedIn | None:
    """Who sends this request; role and rights are as they are now, not as they were at the log-in."""
    cookie = request.cookies.get(cookie_name())
    if not cookie:
        return None
    with store().read() as conn:
        session = sessions.find(conn, cookie, LIMITS, WATCH.now())
        user = None if session is None else people.get(conn, session.user_id)
    if session is None or user is None or user.disabled_at is not None:
        return None
    return SignedIn(user, session)


def stay(who: SignedIn) -> None:
    """Note a sign of life; what a page asks by itself is one only for agents, who wait for calls."""
    now = WATCH.now()
    by_itself = request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    if now - who.session.seen_at < NOTED_EVERY or (by_itself and who.user.role != people.AGENT):
        return
    store().write(lambda conn: sessions.seen(conn, who.session.token, now))


def give(answer: Response, user_id: int, *, passed: bool) -> Response:
    """Open a new session in place of the one this request came with, and send its cookie."""
    cookie, now, old = secrets.token_urlsafe(32), WATCH.now(), g.get("session")

    def write(conn: sqlite3.Connection) -> None:
        if old is not None:
            sessions.end(conn, old.token, now)
        sessions.begin(conn, cookie, user_id, passed=passed, now=now)

    store().write(write)
    csrf_session.clear()
    answer.set_cookie(cookie_name(), cookie, httponly=True, samesite="Lax", secure=secure(), path="/")
    return answer


def take(answer: Response) -> Response:
    """End the session of this request and take its cookie back."""
    if (old := g.get("session")) is not None:
        now = WATCH.now()
        store().write(lambda conn: sessions.end(conn, old.token, now))
    csrf_session.clear()
    answer.delete_cookie(cookie_name(), path="/", secure=secure(), httponly=True, samesite="Lax")
    return answer
