"""`<Dial>`: the call is connected with somebody else. https://www.twilio.com/docs/voice/twiml/dial"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.order import LONGEST, Target
from exchange.rooms.bridge import Bridge, Callee, Outcome
from exchange.rooms.dequeuing import dequeue
from exchange.rooms.terms import Terms
from exchange.verb import Goto, Next, Params, Verb, flag, method, whole
from exchange.verbs.dial_conference import confer
from exchange.verbs.nouns import callees
from exchange.verbs.taping import DialTape

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Rings whom it names, connects the first who answers, and tells the action URL how it went."""
    if conference := _noun(element, "Conference"):
        return await _confer(conference, element, session)
    tape = DialTape(element, session)
    try:
        outcome, params = await _reach(element, session, tape)
    finally:
        recorded = tape.ends()
    return _next(element, session, _result(outcome) + params + recorded)


async def _reach(element: Element, session: Session, tape: DialTape) -> tuple[Outcome, Params]:
    if queue := _noun(element, "Queue"):
        seconds, terms = whole(element, "timeout", 30), _terms(element)
        dequeued = await dequeue(queue, session, seconds=seconds, terms=terms, tape=tape)
        return dequeued.outcome, dequeued.params
    caller = _caller_id(element, session)
    named = callees(element, session, caller) if caller is not None else []
    return await _connect(element, session, named, tape), ()


def _noun(element: Element, name: str) -> Element | None:
    return next((noun for noun in element.children() if noun.name == name), None)


async def _confer(conference: Element, element: Element, session: Session) -> Next:
    status = await confer(conference, session, _terms(element))
    if status is None:
        return None
    bridged = ("DialBridged", "true" if status == "answered" else "false")
    return _next(element, session, (("DialCallStatus", status), bridged))


async def _connect(element: Element, session: Session, named: Sequence[Callee], tape: DialTape) -> Outcome:
    groups = [[one] for one in named] if flag(element, "sequential", default=False) else [named]
    outcome = Outcome("failed")
    for group in groups:
        outcome = await Bridge(session, _terms(element), tape).connect(group)
        if outcome.bridged:
            break
    return outcome


def _terms(element: Element) -> Terms:
    return Terms(
        time_limit=whole(element, "timeLimit", LONGEST, least=1),
        hangs_up_on_star=flag(element, "hangupOnStar", default=False),
    )


def _caller_id(element: Element, session: Session) -> str | None:
    """What the called party sees; error 13214 and nobody is called when the account may not show it."""
    given = element.attributes.get("callerId")
    order, board = session.call.order, session.board
    caller = given or order.caller
    from_client = order.caller.startswith("client:")
    shown_anyway = not from_client and caller in (order.caller, order.to)
    if shown_anyway or (given and board.directory.may_call_from(given)) or not _needs_number(element):
        return caller
    session.notify(13214, "callerId: the calling, the called or a verified number is wanted", level="warning")
    return None


def _needs_number(element: Element) -> bool:
    """Clients may show any caller; telephones show numbers only."""
    return any(child.name == "Number" for child in element.children()) or not any(element.children())


def _result(outcome: Outcome) -> Params:
    params = [("DialCallStatus", outcome.status), ("DialBridged", str(outcome.bridged).lower())]
    if outcome.call is not None:
        params.append(("DialCallSid", outcome.call.sid))
    if outcome.seconds is not None:
        params.append(("DialCallDuration", str(outcome.seconds)))
    return tuple(params)


def _next(element: Element, session: Session, params: Params) -> Next:
    if "action" not in element.attributes:
        return None
    return Goto(Target(session.resolve(element.attributes["action"]), method(element)), params)


VERB = Verb("Dial", perform, answers=lambda element: not flag(element, "answerOnBridge", default=False))
