"""A request with an Idempotency-Key is done once: said again, it is answered again and nothing happens.

Draft standard: draft-ietf-httpapi-idempotency-key-header. Answers are kept for a day.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from flask import Response, request

from ivr.api.problems import Problem
from ivr.edge import store
from ivr.people.session import WATCH
from ledger import tokens
from ledger.tokens import Reply, Token

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
FORM = re.compile(r"[!-~]{1,200}")
KEPT = ("Location",)
"""Headers that are part of an answer."""


def once(token: Token, act: Callable[[], Response]) -> Response:
    """Do it, unless this token did it under the same key before."""
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not FORM.fullmatch(key):
        raise Problem("bad_request", f"{HEADER} must be 1 to 200 visible ASCII characters")
    asked, now = _digest(), WATCH.now()
    known = store().write(lambda conn: tokens.reserve(conn, token.token_id, key, asked, now))
    if known is not None:
        return _again(known, asked)
    try:
        answer = act()
    except BaseException:
        store().write(lambda conn: tokens.release(conn, token.token_id, key))
        raise
    kept = _kept(answer)
    store().write(lambda conn: tokens.answer(conn, token.token_id, key, answer.status_code, kept))
    return answer


def _again(known: Reply, asked: str) -> Response:
    if known.request != asked:
        raise Problem("key_reused")
    if known.status is None:
        raise Problem("in_progress", headers={"Retry-After": "5"})
    told = json.loads(known.body)
    headers = {**told["headers"], REPLAYED: "true"}
    return Response(told["body"], known.status, headers, content_type=told["type"])


def _kept(answer: Response) -> str:
    headers = {name: answer.headers[name] for name in KEPT if name in answer.headers}
    told = {"body": answer.get_data(as_text=True), "type": answer.content_type, "headers": headers}
    return json.dumps(told, ensure_ascii=False)


def _digest() -> str:
    """What was asked: method, address and body."""
    asked = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(asked + request.get_data(cache=True)).hexdigest()
