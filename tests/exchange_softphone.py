"""A telephone that is no browser: an aiortc peer which plays one tone and measures the tones it hears."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

RATE = 8000


def tone(hertz: float, seconds: float) -> np.ndarray[Any, np.dtype[np.int16]]:
    """A sine at a quarter of the full level."""
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16)


def strongest(samples: np.ndarray[Any, Any]) -> float:
    """The loudest frequency in hertz, or 0 where there is nothing to hear."""
    if len(samples) < RATE // 4 or np.abs(samples).max() < 300:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE / len(samples))


class Tone(MediaStreamTrack):
    """A microphone that hears one tone for ever."""

    kind = "audio"

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self._samples, self._at = tone(hertz, 1.0), 0
        self._began: float | None = None

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._began = self._began or loop.time()
        await asyncio.sleep(max(0.0, self._began + self._at / RATE - loop.time()))
        first = self._at % RATE
        frame = AudioFrame.from_ndarray(self._samples[first : first + 160].reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, Fraction(1, RATE)
        self._at += 160
        return frame


class Softphone:
    """One end of a WebRTC call on the loopback interface."""

    def __init__(self, hertz: float) -> None:
        self.heard: list[np.ndarray[Any, Any]] = []
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTrack(Tone(hertz))
        self.connection.on("track", self._listen)
        self._listening: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def answer(self, offer: str) -> str:
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def close(self) -> None:
        await self.connection.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def hears(self, hertz: float, seconds: float = 20.0) -> None:
        """Waits until half a second of this tone was heard."""
        await until(lambda: abs(strongest(self.last(0.5)) - hertz) < 15, seconds, f"no tone of {hertz} Hz")

    def last(self, seconds: float) -> np.ndarray[Any, Any]:
        """The end of what was heard."""
        joined = np.concatenate(self.heard[-200:]) if self.heard else np.zeros(0, np.int16)
        return joined[-round(seconds * RATE) :]

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.ensure_future(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            self.heard.append(frame.to_ndarray().reshape(-1))


async def until(test: Callable[[], object], seconds: float = 20.0, what: str = "it does not happen") -> None:
    """Waits for something, and fails when it does not come."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not test():
        assert asyncio.get_running_loop().time() < deadline, what
        await asyncio.sleep(0.01)
