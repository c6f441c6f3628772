"""The statuses a call goes through, each told to whoever asked for it."""

from __future__ import annotations

from exchange.calls import parameters
from exchange.calls.leg import Leg


def answer(leg: Leg) -> None:
    """The parties are connected; does nothing when they were."""
    if leg.call.answered is not None:
        return
    leg.call.answered = leg.board.clock.time()
    leg.life.line.ends_at = leg.call.answered + leg.call.order.time_limit
    change(leg, "in-progress")
    if leg.call.order.recording is not None:
        leg.call.tape = leg.board.tapes.start(leg.call, "OutboundAPI", leg.call.order.recording)
    report(leg, "answered", "in-progress")
    if leg.life.handset is not None:
        leg.life.handset.connected(leg.call)


def end(leg: Leg, ending: str) -> None:
    """Stops what runs for the call, tells the application, and keeps only what is listed."""
    dialled = leg.call.started is not None
    leg.call.ended = leg.board.clock.time()
    change(leg, ending)
    for task in leg.life.side_tasks:
        task.cancel()
    leg.board.tapes.stop_all(leg.call.sid)
    if dialled:  # Twilio: a call canceled in the queue fires no callback
        report(leg, "completed", ending)
    if leg.life.handset is not None:
        leg.life.handset.over(leg.call)
    leg.call.life = None
    leg.board.log.counts[f"call {ending}"] += 1


def change(leg: Leg, status: str) -> None:
    """The call has this status now."""
    leg.call.status = status
    leg.call.updated = leg.board.clock.time()
    leg.board.journal.note(leg.call.sid, "status", status=status)
    if status == "ringing" and leg.life.on_ringing is not None:
        leg.life.on_ringing()


def report(leg: Leg, event: str, status: str) -> None:
    """Sends a status callback if this event was asked for."""
    order = leg.call.order
    if order.status is None or event not in order.events:
        return
    now = leg.board.clock.time()
    params = parameters.of_status(leg.call, leg.board.account, leg.board.base_url, now, status=status)
    leg.call.sequence += 1
    leg.board.post.send("status", leg.call, order.status, params)
