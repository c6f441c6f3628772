"""One WebRTC connection that carries a telephone's sound both ways; it needs the extra `exchange`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from aioice import Candidate, Connection
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, Packet

from exchange.browser import mulaw
from exchange.errors import SignalError
from exchange.sound.clip import RATE, Samples

_FRAME = RATE // 50
_SECONDS = _FRAME / RATE
_LATE = 0.2  # what is later than this is left out, so that nobody lags behind for good
_SETTLING = 0.1
_HERE = "127.0.0.1"

_SECTIONS = re.compile(r"^m=(\w+)", re.MULTILINE)
# Where a browser thinks it can be reached is of no use: it sends the first packet, from wherever it is.
_WAYS = re.compile(r"^a=(?:candidate:.*|end-of-candidates)\r?\n", re.MULTILINE)
# What aiortc's reader of descriptions raises for those that others than browsers write.
_UNREADABLE = (
    AssertionError,
    LookupError,
    ValueError,
    InternalError,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
)


class Peer:
    """Sends what `frame` gives every 20 ms, and hands what it hears to `push`: both 8 kHz, one channel.

    `lost` is called once when the connection broke down and will not come back. The media never leave this
    machine: the peer listens on the loopback interface only, and the browser comes to it.
    """

    def __init__(
        self, frame: Callable[[], Samples], push: Callable[[Samples], None], lost: Callable[[], None]
    ) -> None:
        self._push, self._lost = push, lost
        self._listening: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.addTrack(_Voice(frame))
        self._connection.on("track", self._listen)
        self._connection.on("connectionstatechange", self._watch)
        _take_only_mulaw(self._connection)
        _stay_on_this_machine(self._connection)

    async def offer(self) -> str:
        """The description that invites a browser; `accept` takes its answer."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        """Takes a browser's answer to the offer; the sound begins."""
        await self._take(answer, "answer")

    async def answer(self, offer: str) -> str:
        """The description that answers a browser's offer; the sound begins."""
        await self._take(offer, "offer")
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return str(self._connection.localDescription.sdp)

    async def close(self) -> None:
        """Ends the sound, and frees sockets and threads, even when nobody waits for it to the end."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        connecting = self._connection.iceConnectionState == "checking"
        await self._connection.close()
        if connecting:
            await self._settle()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _settle(self) -> None:
        """aioice looks up from its checks every 20 ms, and begins to ask for consent though it was closed."""
        await asyncio.sleep(_SETTLING)
        for agent in _agents(self._connection):
            if agent._query_consent_task is not None:
                agent._query_consent_task.cancel()

    async def _take(self, description: str, kind: str) -> None:
        if _SECTIONS.findall(description) != ["audio"]:
            raise SignalError(31100, f"the SDP of the {kind} must have one section, of audio")
        try:
            await self._connection.setRemoteDescription(
                RTCSessionDescription(_WAYS.sub("", description), kind)
            )
        except _UNREADABLE as error:
            raise SignalError(31100, f"the SDP of the {kind} cannot be used") from error

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame):
                self._push(frame.to_ndarray().reshape(-1).astype(np.int16))

    def _watch(self) -> None:
        if self._connection.connectionState == "failed":
            self._lost()


class _Voice(MediaStreamTrack):
    """The sound for a browser, one packet every 20 ms; encoded here, for aiortc would use a thread for it."""

    kind = "audio"

    def __init__(self, frame: Callable[[], Samples]) -> None:
        super().__init__()
        self._frame = frame
        self._count = 0
        self._due: float | None = None

    async def recv(self) -> Packet[Any]:
        """The next packet, when it is due; paced by the loop's clock from the first on."""
        if self.readyState != "live":
            raise MediaStreamError
        await self._pace()
        packet = Packet(mulaw.encode(self._frame()))
        packet.pts, packet.time_base = self._count * _FRAME, Fraction(1, RATE)
        return packet

    async def _pace(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() if self._due is None else self._due + _SECONDS
        self._count += 1
        late = loop.time() - self._due
        if late > _LATE:
            missed = int(late / _SECONDS)
            self._count, self._due = self._count + missed, self._due + missed * _SECONDS
        await asyncio.sleep(max(0.0, -late))


def _take_only_mulaw(connection: RTCPeerConnection) -> None:
    known = RTCRtpSender.getCapabilities("audio").codecs
    mulaws = [codec for codec in known if codec.mimeType == "audio/PCMU"]
    for transceiver in connection.getTransceivers():
        transceiver.setCodecPreferences(mulaws)


def _stay_on_this_machine(connection: RTCPeerConnection) -> None:
    """aioice listens on every interface but the loopback, and has no setting for it."""
    for agent in _agents(connection):
        agent.get_component_candidates = _gathering_here(agent.get_component_candidates)  # type: ignore[method-assign]


def _agents(connection: RTCPeerConnection) -> list[Connection]:
    """The ICE agents of a connection, which aiortc keeps to itself."""
    transports = (transceiver.receiver.transport for transceiver in connection.getTransceivers())
    return [transport.transport.iceGatherer._connection for transport in transports]


class _Gather(Protocol):
    """How aioice opens its sockets."""

    async def __call__(self, component: int, addresses: list[str], timeout: int = 5) -> list[Candidate]: ...


def _gathering_here(gather: _Gather) -> _Gather:
    async def here(component: int, addresses: list[str], timeout: int = 5) -> list[Candidate]:
        return await gather(component, [_HERE], timeout)

    return here
