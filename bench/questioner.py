"""An application that asks the same question for ever, and measures how late the next request comes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s"
HANG_UP = b"<Response><Hangup/></Response>"
NOTHING = b"<Response/>"


@dataclass(slots=True)
class Measure:
    """When each call's next turn is due, and how late the turns came; seconds."""

    question: bytes
    period: float
    due: dict[bytes, float] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    open: bool = False
    over: bool = False

    def turn(self, call: bytes, now: float) -> bytes:
        """Takes a turn of a call; gives the document to answer with."""
        due = self.due.get(call)
        if self.open and due is not None:
            self.late.append(now - due)
        return HANG_UP if self.over else self.question

    def asked(self, call: bytes) -> None:
        """The answer has gone out: the next turn is due when question and answer have been heard."""
        self.due[call] = time.perf_counter() + self.period


class Questioner(asyncio.Protocol):
    """One keep-alive connection to the application."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request when it is whole."""
        now = time.perf_counter()
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._buffer = b""
        assert self._transport is not None
        if not head.startswith(b"POST /turn"):
            self._transport.write(OK % (len(NOTHING), NOTHING))
            return
        call = body[body.find(b"CallSid=") + 8 :][:34]
        document = self._measure.turn(call, now)
        self._transport.write(OK % (len(document), document))
        self._measure.asked(call)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def serving(measure: Measure) -> asyncio.Server:
    """Listens on a free port of this machine."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Questioner(measure), "127.0.0.1", 0, backlog=1024)
