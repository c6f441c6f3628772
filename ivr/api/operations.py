"""One operation of the API: what it takes, who may ask for it, and what it answers.

The same declaration validates the request and describes it in openapi.json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g
from pydantic import TypeAdapter

from ivr.api import once, reading
from ivr.api.bearer import bearer
from ivr.api.problems import Problem
from ivr.people.rights import BEARER, allowed
from ledger.tokens import Token

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """A declaration; `scopes`: any one of them is enough, none: every token in force may.

    `upload` takes a file as it is, without a JSON body. `refusals` are the codes beside the usual ones.
    """

    method: str
    path: str
    summary: str
    answer: type
    scopes: tuple[str, ...] = ()
    body: type | None = None
    query: type | None = None
    upload: bool = False
    status: int = 200
    refusals: tuple[str, ...] = ()

    @property
    def replays(self) -> bool:
        """Whether an Idempotency-Key is honoured: an upload is known by its content without one."""
        return self.method == "POST" and not self.upload


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view returns where status or headers are not those of its declaration."""

    body: object
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """The operations of one subject, in their order."""

    blueprint: Blueprint
    operations: dict[str, Operation]

    def operation(self, asked: Operation) -> Callable[[Callable[..., object]], Callable[..., Response]]:
        """Declare a view; it is called with its path parameters, and `body` and `query` where it has them."""

        def declare(view: Callable[..., object]) -> Callable[..., Response]:
            served = allowed(BEARER)(_served(asked, view))
            self.blueprint.add_url_rule(asked.path, view.__name__, served, methods=[asked.method])
            self.operations[view.__name__] = asked
            return served

        return declare


def part(name: str) -> Part:
    """A subject of the API below /api/v1."""
    return Part(Blueprint(f"api_{name}", __name__, url_prefix="/api/v1"), {})


def token() -> Token:
    """The token of this request."""
    found: Token = g.token
    return found


def who() -> str:
    """Whom the audit names for this request."""
    return f"token:{token().name}"


def _served(asked: Operation, view: Callable[..., object]) -> Callable[..., Response]:
    adapter: TypeAdapter[Any] = TypeAdapter(asked.answer)

    @wraps(view)
    def serve(**path: Any) -> Response:
        try:
            g.token = bearer()
            _check_scope(asked, g.token)
            given = path | reading.given(asked.body, asked.query)
            if asked.replays:
                return once.once(g.token, lambda: _answer(asked, adapter, view(**given)))
            return _answer(asked, adapter, view(**given))
        except Problem as problem:
            return problem.answer()

    return serve


def _check_scope(asked: Operation, held: Token) -> None:
    if asked.scopes and not set(asked.scopes) & set(held.scopes):
        raise Problem("forbidden", f"this needs the scope {' or '.join(asked.scopes)}")


def _answer(asked: Operation, adapter: TypeAdapter[Any], result: object) -> Response:
    whole = result if isinstance(result, Answer) else Answer(result, asked.status)
    return Response(adapter.dump_json(whole.body), whole.status, dict(whole.headers), content_type=JSON)
