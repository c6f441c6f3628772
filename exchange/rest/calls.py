"""The Call resource: https://www.twilio.com/docs/voice/api/call-resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aiohttp import web
from multidict import MultiMapping

from exchange.board import Board
from exchange.calls.call import Call
from exchange.calls.parameters import call_token
from exchange.errors import RestError
from exchange.performance.dialling import place
from exchange.rest import bodies, forms
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import Form, form_of
from exchange.rest.paging import page
from exchange.rest.times import between
from exchange.sound.line import HungUp, Moved


async def create(request: web.Request) -> web.StreamResponse:
    """Places a call."""
    board = request.app[BOARD]
    form = await form_of(request)
    order = forms.order(form, board.directory, vouched(board, form))
    call = place(board, order)
    if unknown := forms.unknown_events(form):
        board.notify(call.sid, 21626, f"Invalid 'StatusCallbackEvent': {unknown[0]}", level="warning")
    return web.json_response(bodies.call(call, board.account), status=201)


async def fetch(request: web.Request) -> web.StreamResponse:
    """One call."""
    return web.json_response(bodies.call(call_of(request), request.app[BOARD].account))


async def listing(request: web.Request) -> web.StreamResponse:
    """Calls, newest first, filtered and in pages."""
    board = request.app[BOARD]
    found = page(
        "calls",
        _matching(board, request.query),
        lambda call: bodies.call(call, board.account),
        path=request.path,
        query=request.query,
    )
    return web.json_response(found)


async def update(request: web.Request) -> web.StreamResponse:
    """Ends a call, sends it to another document, or changes how long it may last."""
    board, call, form = request.app[BOARD], call_of(request), await form_of(request)
    if call.over:
        raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
    status = form.get("Status", "")
    if status not in ("", "canceled", "completed"):
        raise RestError(400, 21220, "Status may become canceled or completed")
    _change_callbacks(call, form)
    if form.get("TimeLimit"):
        _limit(call, forms.time_limit(form))
    if status:
        _hang_up(call, status)
    elif (document := forms.document(form, board.directory, wanted=False)) is not None:
        _move(call, Moved(document))
    return web.json_response(bodies.call(call, board.account))


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets a finished call."""
    call = call_of(request)
    if not call.over:
        raise RestError(409, 20009, "Cannot delete this resource before it is complete")
    request.app[BOARD].register.remove_call(call.sid)
    request.app[BOARD].journal.forget(call.sid)
    return web.Response(status=204)


def call_of(request: web.Request) -> Call:
    """The call the path names."""
    call = request.app[BOARD].register.call(request.match_info["call"])
    if call is None:
        raise missing(request)
    return call


def vouched(board: Board, form: Form) -> str:
    """The caller whom the form's call token names: it came with his call, and nobody else knows it."""
    if not (token := form.get("CallToken")):
        return ""
    came = (call for call in board.register.calls() if call.direction == "inbound")
    return next((call.order.caller for call in came if call_token(call) == token), "")


def _change_callbacks(call: Call, form: MultiMapping[str]) -> None:
    fallback = forms.target(form, "FallbackUrl", "FallbackMethod")
    status = forms.target(form, "StatusCallback", "StatusCallbackMethod", code=21609)
    call.order = replace(
        call.order, fallback=fallback or call.order.fallback, status=status or call.order.status
    )


def _limit(call: Call, seconds: int) -> None:
    """Changes how long the call may last from its answer on; a far side that hangs up sooner still does."""
    before, call.order = call.order.time_limit, replace(call.order, time_limit=seconds)
    if call.life is not None and call.answered is not None:
        line, ends_at = call.life.line, call.answered + seconds
        limited = line.ends_at >= call.answered + before
        line.limit(ends_at if limited else min(line.ends_at, ends_at))


def _hang_up(call: Call, status: str) -> None:
    """Twilio: `canceled` leaves a call in progress alone; a call nobody answered ends as canceled."""
    if call.life is None or (status == "canceled" and call.answered is not None):
        return
    call.life.line.interrupt(HungUp("completed" if call.answered is not None else "canceled"))


def _move(call: Call, moved: Moved) -> None:
    if call.status != "in-progress" or call.life is None:
        raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
    call.life.line.interrupt(moved)


def _matching(board: Board, query: MultiMapping[str]) -> Iterator[Call]:
    started, ended = between(query, "StartTime"), between(query, "EndTime")
    wanted = {name: query[name] for name in ("To", "From", "Status", "ParentCallSid") if query.get(name)}
    for call in board.register.calls():
        shown = {
            "To": call.order.to,
            "From": call.order.caller,
            "Status": call.status,
            "ParentCallSid": call.parent.sid if call.parent else None,
        }
        if (
            all(shown[name] == value for name, value in wanted.items())
            and started(call.started)
            and ended(call.ended)
        ):
            yield call
