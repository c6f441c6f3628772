"""An incoming call, made by somebody who follows a script."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from exchange.board import Board
from exchange.control.body import body_of, keys_in, method_in, words_in
from exchange.control.character import persona_in
from exchange.directory import arriving
from exchange.errors import RestError
from exchange.order import Order, Target
from exchange.people.customer import Puppet, Response
from exchange.performance.dialling import arrive
from exchange.rest import bodies
from exchange.rest.door import BOARD

_KNOWN = ("forwarded_from", "caller_name")
_ANSWER = {"keys", "say", "after", "hang_up"}


async def create(request: web.Request) -> web.StreamResponse:
    """`{"to", "from", "url"?, "answers": [{"keys" | "say" | "hang_up", "after"}]}` becomes a call.

    Without a URL the number's own answers; a persona may be named instead of answers.
    """
    board = request.app[BOARD]
    data = await body_of(request)
    order = _order(board, data)
    caller = persona_in(board, data, order.caller) or Puppet(_answers(data.get("answers", [])))
    call = arrive(board, order, lambda _: caller)
    return web.json_response(bodies.call(call, board.account), status=201)


def _order(board: Board, data: dict[str, Any]) -> Order:
    to, caller = words_in(data.get("to"), "to"), words_in(data.get("from"), "from")
    order = Order(to, caller, "")
    if data.get("url") is not None:
        document = Target(words_in(data["url"], "url"), method_in(data.get("method", "POST"), "method"))
        fallback, status = _target(data, "fallback_url"), _target(data, "status_callback")
        order = replace(order, document=document, fallback=fallback, status=status)
        return _known(order, data, with_name=True)
    voice = board.directory.voice_of(to)
    answered = arriving(voice, to, caller) if voice else None
    if answered is None:
        raise RestError(400, 21205, f"url: missing, and {to} is no number of the account with a voice URL")
    return _known(answered, data, with_name=voice is not None and voice.looks_up_names)


def _known(order: Order, data: dict[str, Any], *, with_name: bool) -> Order:
    """The order with what else is known of the caller; his name only where it is looked up."""
    known: dict[str, Any] = {
        name: words_in(data[name], name) for name in _KNOWN if data.get(name) is not None
    }
    if not with_name:
        known.pop("caller_name", None)
    return replace(order, **known)


def _target(data: dict[str, Any], name: str) -> Target | None:
    return Target(words_in(data[name], name)) if data.get(name) is not None else None


def _answers(answers: Any) -> list[Response]:
    if not isinstance(answers, list):
        raise RestError(400, 20001, "answers: a list is wanted")
    return [_response(answer) for answer in answers]


def _response(answer: Any) -> Response:
    if not isinstance(answer, dict) or set(answer) - _ANSWER:
        raise RestError(400, 20001, "answers: a list of objects with keys, say, after or hang_up is wanted")
    return Response(
        keys=keys_in(answer.get("keys", ""), "answers"),
        words=words_in(answer.get("say", ""), "answers: say"),
        after=_seconds(answer.get("after", 1.0)),
        hangs_up=bool(answer.get("hang_up", False)),
    )


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise RestError(400, 20001, "answers: after must be seconds")
    return float(value)
