"""Who asks: the token in the `Authorization` header (RFC 6750), and how often a wrong one is looked at."""

from __future__ import annotations

import re
import secrets
import sqlite3
from datetime import datetime, timedelta

from flask import request

from ivr.api.problems import Problem
from ivr.edge import store
from ivr.people.session import WATCH
from ivr.people.throttle import place_key
from ledger import attempts, tokens
from ledger.attempts import Rule
from ledger.tokens import Token

WRONG = Rule(free=10, first=timedelta(seconds=30), longest=timedelta(minutes=15), forget=timedelta(hours=1))
"""A right token is never kept waiting by wrong ones from the same address: nobody guesses 256 bits."""
USED_EVERY = timedelta(minutes=1)
"""How exactly the last use is known: not every request writes."""
FORM = re.compile(r"Bearer hf_([0-9]{1,18})_([A-Za-z0-9_-]{43})")


def new_secret() -> str:
    """A secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def spell(token_id: int, secret: str) -> str:
    """The token as it is given away: number and secret."""
    return f"hf_{token_id}_{secret}"


def bearer() -> Token:
    """The token of this request, which may be proved by nothing but its header."""
    moment = WATCH.now()
    match = FORM.fullmatch(request.headers.get("Authorization", ""))
    if match:
        with store().read() as conn:
            token = tokens.find(conn, int(match[1]), match[2], moment)
        if token:
            _note_use(token, moment)
            return token
    raise _refused(moment)


def _note_use(token: Token, moment: datetime) -> None:
    if token.last_used_at is None or moment - token.last_used_at >= USED_EVERY:
        store().write(lambda conn: tokens.used(conn, token.token_id, moment))


def _refused(moment: datetime) -> Problem:
    """Count the failure; the header may be missing, malformed, wrong, expired or revoked: all are one."""
    key = f"api:{place_key()}"

    def write(conn: sqlite3.Connection) -> datetime | None:
        return attempts.begin(conn, key, WRONG, moment)

    locked = store().write(write)
    if locked is None:
        return Problem("unauthorized", headers={"WWW-Authenticate": 'Bearer realm="huifang"'})
    wait = max(1, -(-int((locked - moment).total_seconds()) // 1))
    return Problem("too_many_failures", headers={"Retry-After": str(wait)})
