"""What the page shows, as JSON; times are unix seconds of the exchange's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

from exchange.board import Board
from exchange.calls.call import Call
from exchange.phone import numbers
from exchange.phone.talk import Caption, Talk

Shown = Mapping[str, Any]

_CALLS = 12


def state(board: Board, number: str, talk: Talk | None) -> Shown:
    """Everything there is to show."""
    return {
        "now": board.clock.time(),
        "speed": board.clock.speed,
        "number": number,
        "facts": dict(board.plan.town.facts(number)) if number else {},
        "customers": numbers.customers(board),
        "reachable": [
            {"address": one, "name": numbers.caller_name(board, one)}
            for one in numbers.reachable(board)
            if one != number
        ],
        "calls": [past(board, call) for call in islice(_over(board, number), _CALLS)],
        "call": None if talk is None else _present(board, talk),
    }


def caption(one: Caption) -> Shown:
    """A line of what was said."""
    return asdict(one)


def past(board: Board, call: Call) -> Shown:
    """A call as it is seen from the telephone at its end."""
    outgoing = call.direction == "inbound"  # to the exchange
    return {
        "sid": call.sid,
        "outgoing": outgoing,
        "other": call.order.to if outgoing else call.order.caller,
        "status": _status(board, call),
        "at": call.created,
        "seconds": _talked(call),
    }


def _present(board: Board, talk: Talk) -> Shown:
    seen = past(board, talk.call)
    return {
        **seen,
        "name": numbers.caller_name(board, seen["other"]),
        "stage": talk.stage,
        "answered": talk.call.answered,
        "parameters": dict(talk.parameters),
        "captions": [caption(one) for one in talk.captions],
    }


def _over(board: Board, number: str) -> list[Call]:
    return [call for call in numbers.calls_at(board, number) if call.over] if number else []


def _status(board: Board, call: Call) -> str:
    """A call that was to be connected with somebody ends as it did at that end."""
    if call.status != "no-answer" or not isinstance(call.order.document, str):
        return call.status
    return next((half.status for half in numbers.last(board) if half.parent is call), call.status)


def _talked(call: Call) -> float:
    if call.answered is None or call.ended is None:
        return 0.0
    return call.ended - call.answered
