"""Looking for an answering machine on an answered leg."""

from __future__ import annotations

from exchange.calls import amd
from exchange.calls.leg import Leg
from exchange.order import Detection

Params = tuple[tuple[str, str], ...]


async def detect(leg: Leg, greeting: amd.Greeting) -> Params:
    """What the first request for a document says of who answered; a callback may follow instead."""
    detection = leg.call.order.detection
    if detection is None or leg.call.order.send_digits:  # Twilio: detection is ignored with SendDigits
        return ()
    verdict = amd.judge(greeting, detection)
    if detection.asynchronous:
        leg.life.side_tasks.add(leg.board.tasks.spawn(_report(leg, detection, verdict)))
        return ()
    await leg.life.line.wait(verdict.seconds)
    return _verdict(leg, verdict)


async def _report(leg: Leg, detection: Detection, verdict: amd.Verdict) -> None:
    await leg.board.clock.sleep(verdict.seconds)
    params = [("CallSid", leg.call.sid), ("AccountSid", leg.board.account.sid), *_verdict(leg, verdict)]
    if detection.callback is None:
        leg.board.notify(leg.call.sid, 21262, "AsyncAmd without AsyncAmdStatusCallback", level="warning")
    else:
        leg.board.post.send("amd", leg.call, detection.callback, params)


def _verdict(leg: Leg, verdict: amd.Verdict) -> Params:
    leg.call.answered_by = verdict.answered_by
    leg.call.updated = leg.board.clock.time()
    return (
        ("AnsweredBy", verdict.answered_by),
        ("MachineDetectionDuration", str(round(verdict.seconds * 1000))),
    )
