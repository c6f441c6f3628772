"""What a spoilt webhook looks like on the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator

from exchange.clock import Clock
from exchange.faults import Delivery

_PIECES = 20
_NOT_A_FORM = "application/octet-stream"

Headers = dict[str, str]


def harmed(
    fate: Delivery, clock: Clock, body: str | None, headers: Headers
) -> tuple[str | bytes | AsyncIterator[bytes] | None, Headers]:
    """What is sent instead of this body and these headers."""
    if not (fate.damage or fate.slow):
        return body, headers
    sent, headers = spoilt(fate, body, headers)
    if not (fate.slow and sent):
        return sent, headers
    return dribbled(sent, fate.slow, clock), headers | {"Content-Length": str(len(sent))}


def spoilt(fate: Delivery, body: str | None, headers: Headers) -> tuple[bytes | None, Headers]:
    """The body and headers after the damage; a request without a body can only be signed wrongly."""
    sent = None if body is None else body.encode()
    if fate.damage == "cut" and sent:
        return sent[: len(sent) // 2], headers
    if fate.damage == "garbage" and sent:
        return bytes(byte ^ 0xA5 for byte in sent), headers
    if fate.damage == "type" and sent:
        return sent, headers | {"Content-Type": _NOT_A_FORM}
    return (sent, headers | {"X-Twilio-Signature": "wrong="}) if fate.damage else (sent, headers)


async def dribbled(body: bytes, seconds: float, clock: Clock) -> AsyncIterator[bytes]:
    """The body in small pieces over so many seconds of the clock, as over a bad line."""
    size = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), size):
        await clock.sleep(seconds / _PIECES)
        yield body[start : start + size]
