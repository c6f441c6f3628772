"""The WebRTC peer: a telephone's sound to a browser and back, on this machine only."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import numpy as np
import pytest
from av import CodecContext, Packet
from exchange_softphone import RATE, Softphone, strongest, tone, until

from exchange.browser import media, mulaw
from exchange.browser.peer import Peer
from exchange.errors import SignalError

Samples = np.ndarray[Any, np.dtype[np.int16]]


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The softphone's own side: aioice looks for every interface but this one."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


class End:
    """The exchange's end of a call: plays 440 Hz, keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Samples] = []
        self.lost = 0
        self.frames = 0
        self._tone = tone(440, 1.0)
        self.peer = Peer(self.frame, self.heard.append, self.lose)

    def frame(self) -> Samples:
        first = self.frames * 160 % RATE
        self.frames += 1
        return self._tone[first : first + 160]

    def lose(self) -> None:
        self.lost += 1

    async def hears(self, hertz: float) -> None:
        await until(lambda: abs(strongest(self.last(0.5)) - hertz) < 15, what=f"no tone of {hertz} Hz")

    def last(self, seconds: float) -> Samples:
        joined = np.concatenate(self.heard[-200:]) if self.heard else np.zeros(0, np.int16)
        return joined[-round(seconds * RATE) :]


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 20))


async def called(end: End, phone: Softphone) -> None:
    await phone.accept(await end.peer.answer(await phone.offer()))


def test_who_calls_hears_the_exchange_and_is_heard() -> None:
    async def work() -> None:
        end, phone = End(), Softphone(880)
        await called(end, phone)
        await asyncio.gather(end.hears(880), phone.hears(440))
        await asyncio.gather(end.peer.close(), phone.close())

    run(work)


def test_who_is_called_hears_the_exchange_and_is_heard() -> None:
    async def work() -> None:
        end, phone = End(), Softphone(660)
        await end.peer.accept(await phone.answer(await end.peer.offer()))
        await asyncio.gather(end.hears(660), phone.hears(440))
        await asyncio.gather(end.peer.close(), phone.close())

    run(work)


def test_what_is_heard_comes_at_8_khz_on_one_channel() -> None:
    async def work() -> None:
        end, phone = End(), Softphone(880)
        await called(end, phone)
        await until(lambda: end.heard)
        assert all(samples.dtype == np.int16 and samples.ndim == 1 for samples in end.heard)
        await asyncio.gather(end.peer.close(), phone.close())

    run(work)


def test_the_description_names_the_loopback_interface_and_mu_law_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["192.0.2.7"])

    async def work() -> None:
        end = End()
        offer = await end.peer.offer()
        assert set(re.findall(r"a=candidate:.* udp \d+ (\S+) ", offer)) == {"127.0.0.1"}
        assert re.findall(r"a=rtpmap:(.*)\r", offer) == ["0 PCMU/8000"]
        await end.peer.close()

    run(work)


def test_twenty_milliseconds_are_sent_every_twenty_milliseconds() -> None:
    async def work() -> None:
        end, phone = End(), Softphone(880)
        loop = asyncio.get_running_loop()
        await called(end, phone)
        await until(lambda: end.frames)
        began, first = loop.time(), end.frames
        await asyncio.sleep(1.0)
        due = 50 * (loop.time() - began)
        assert due / 2 < end.frames - first < due + 12  # no busy loop; a busy machine leaves frames out
        await asyncio.gather(end.peer.close(), phone.close())

    run(work)


def test_lost_packets_leave_the_rest_to_be_heard() -> None:
    async def work() -> None:
        end, phone = End(), Softphone(880)
        number = count()
        transport = phone.connection.getSenders()[0].transport
        send = transport._send_rtp

        async def lossy(data: bytes) -> None:
            if next(number) % 25:
                await send(data)

        transport._send_rtp = lossy  # type: ignore[method-assign]
        await called(end, phone)
        await until(lambda: len(end.heard) > 40)
        await end.hears(880)
        await asyncio.gather(end.peer.close(), phone.close())

    run(work)


@pytest.mark.parametrize("stage", ["new", "offered", "answered", "talking"])
def test_closing_leaves_no_task_no_thread_and_no_socket(stage: str) -> None:
    async def work() -> None:
        before, threads = len(asyncio.all_tasks()), threading.active_count()
        end, phone = End(), Softphone(880)
        if stage == "offered":
            await end.peer.offer()
        if stage in ("answered", "talking"):
            await called(end, phone)
        if stage == "talking":
            await end.hears(880)
        await asyncio.gather(end.peer.close(), phone.close())
        await end.peer.close()
        await until(lambda: len(asyncio.all_tasks()) <= before, what="a task is left")
        # aiortc keeps no thread of its own; asyncio's pool, which the softphone's encoder uses, stays
        left = [one.name for one in threading.enumerate() if "decoder" in one.name]
        assert threading.active_count() - threads <= 4
        assert left == []
        assert end.lost == 0

    run(work)


@pytest.mark.parametrize("sdp", ["", "v=0", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n", "m=video 9 X 1\r\n"])
def test_a_description_that_cannot_be_used_is_error_31100(sdp: str) -> None:
    async def work() -> None:
        end = End()
        with pytest.raises(SignalError) as caught:
            await end.peer.answer(sdp)
        assert caught.value.code == 31100
        await end.peer.close()

    run(work)


def test_a_browser_without_mu_law_is_error_31100() -> None:
    async def work() -> None:
        end, phone = End(), Softphone(880)
        offer = re.sub("(?m)^a=rtpmap:0 .*\r\n", "", await phone.offer())
        offer = re.sub(r"(?m)^(m=audio \d+ \S+) .*\r$", r"\1 96\r", offer)
        with pytest.raises(SignalError) as caught:
            await end.peer.answer(offer)
        assert caught.value.code == 31100
        await asyncio.gather(end.peer.close(), phone.close())

    run(work)


def test_without_the_extra_the_browser_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "exchange.browser.peer")
    monkeypatch.setitem(sys.modules, "aiortc", None)
    with pytest.raises(SignalError, match=r"pip install 'huifang\[exchange\]'") as caught:
        media.peer(lambda: np.zeros(160, np.int16), lambda samples: None, lambda: None)
    assert caught.value.code == 31000


def test_mu_law_is_that_of_the_codec_everybody_uses() -> None:
    codec = CodecContext.create("pcm_mulaw", "r")
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", RATE
    samples = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    decoded = np.concatenate(
        [frame.to_ndarray().reshape(-1) for frame in codec.decode(Packet(mulaw.encode(samples)))]
    )
    error = np.abs(decoded.astype(np.int32) - samples)
    assert (error <= np.maximum(8, np.abs(samples.astype(np.int32)) / 16)).all()
