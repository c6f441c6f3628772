"""`<Enqueue>`: the call waits until somebody takes it. https://www.twilio.com/docs/voice/twiml/enqueue"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.calls.postscript import tell
from exchange.document import Element
from exchange.errors import ExchangeError
from exchange.order import Target
from exchange.rooms.queue import NAME_LIMIT, Queue, Waiter
from exchange.rooms.waiting import wait
from exchange.sound.line import HungUp, Moved
from exchange.verb import End, Goto, Next, Params, Verb, method

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Lines up, hears what `waitUrl` has for those who wait, and tells the action URL how it ended."""
    fault = _fault(element)
    if fault is not None:
        session.notify(*fault)
        return _next(element, session, (("QueueResult", "error"),))
    queue = _queue(element.text(), session)
    if queue.full:
        return _next(element, session, (("QueueResult", "queue-full"),))
    waiter = queue.join(session.leg, session.board.clock.time())
    try:
        return await _wait(element, session, waiter)
    finally:
        queue.leave(waiter, session.board.clock.time())
        if waiter.meeting is not None:
            waiter.meeting.part(session.leg)
        session.leg.life.line.unsummon()


async def _wait(element: Element, session: Session, waiter: Waiter) -> Next:
    action = _action(element, session)
    try:
        ending = await wait(session, waiter, _hold(element, session))
    except HungUp:
        await _report(session, waiter, action, "bridged" if _bridged(waiter) else "hangup")
        raise
    except Moved:
        session.board.tasks.spawn(_report(session, waiter, action, _moved(waiter)))
        raise
    except ExchangeError:  # the session has noted it
        return _next(element, session, _params(session, waiter, "error"))
    if isinstance(ending, End):
        await _report(session, waiter, action, "hangup")
        return ending
    return _next(element, session, _params(session, waiter, ending))


def _fault(element: Element) -> tuple[int, str] | None:
    """What is wrong with the verb: https://www.twilio.com/docs/api/errors/14205 and its neighbours."""
    if "workflowSid" in element.attributes:
        return 14220, "Enqueue: Provided Workflow was not a valid sid: this exchange has no TaskRouter"
    name = element.text()
    if not name:
        return 14204, "Enqueue: Queue name too short"
    if len(name) > NAME_LIMIT:
        return 14205, f"Enqueue: Queue name too long: {NAME_LIMIT} characters are the most"
    return None


def _queue(name: str, session: Session) -> Queue:
    queues = session.board.queues
    return queues.named(name) or queues.add(name, session.board.clock.time())


def _hold(element: Element, session: Session) -> Target | None:
    """Where the hold document is; nothing for the exchange's own music, an empty URL for silence."""
    text = element.attributes.get("waitUrl")
    if text is None:
        return None
    return Target(session.resolve(text) if text.strip() else "", method(element, "waitUrlMethod"))


def _action(element: Element, session: Session) -> Target | None:
    text = element.attributes.get("action", "")
    return Target(session.resolve(text), method(element)) if text else None


def _next(element: Element, session: Session, params: Params) -> Next:
    action = _action(element, session)
    return None if action is None else Goto(action, params)


def _params(session: Session, waiter: Waiter, result: str) -> Params:
    waiter.queue.leave(waiter, session.board.clock.time())
    waited = waiter.seconds(session.board.clock.time())
    return (("QueueResult", result), ("QueueSid", waiter.queue.sid), ("QueueTime", str(waited)))


async def _report(session: Session, waiter: Waiter, action: Target | None, result: str) -> None:
    """Tells the action URL about a call that is gone, or that went elsewhere."""
    if action is not None:
        gone = result in ("hangup", "bridged")
        await tell(session, action, _params(session, waiter, result), gone=gone)


def _bridged(waiter: Waiter) -> bool:
    return waiter.meeting is not None and waiter.meeting.connected


def _moved(waiter: Waiter) -> str:
    if waiter.meeting is None:
        return "redirected"
    return "redirected-from-bridged" if waiter.meeting.connected else "bridging-in-process"


VERB = Verb("Enqueue", perform)
