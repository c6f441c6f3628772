"""A load generator for keep-alive HTTP: closed loop for throughput, open loop for latency."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

Stream = Sequence[bytes]
"""Requests that must go out one after the other, like the turns of one call."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run took; latencies in milliseconds, sorted."""

    requests: int
    failed: int
    seconds: float
    latencies: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    def at(self, share: float) -> float:
        """The latency below which that share of the requests lies, in milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]

    @property
    def median(self) -> float:
        """The median latency in milliseconds."""
        return statistics.median(self.latencies)


class Connection(asyncio.Protocol):
    """One keep-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._done: Callable[[bool], None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, done: Callable[[bool], None]) -> None:
        """Send a request; `done` is told whether the answer was a 2xx."""
        self._done = done
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect an answer until it is whole."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._buffer = b""
        if self._done:
            self._done(head[9:10] == b"2")

    def close(self) -> None:
        """Close the connection."""
        if self._transport:
            self._transport.close()


def request(path: str, body: str, headers: dict[str, str]) -> bytes:
    """Return a form POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/x-www-form-urlencoded"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def closed(port: int, streams: Sequence[Stream], connections: int) -> Measured:
    """Send every request as fast as the answers come, over that many connections."""
    return asyncio.run(_closed(port, streams, connections))


def open_loop(port: int, streams: Sequence[Stream], rate: float, seconds: float, seed: int) -> Measured:
    """Send at a Poisson rate whatever the answers do; latency counts from the moment a request was due."""
    return asyncio.run(_open(port, streams, rate, seconds, random.Random(seed)))


async def _connect(port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


async def _closed(port: int, streams: Sequence[Stream], connections: int) -> Measured:
    waiting = iter(streams)
    latencies: list[float] = []
    failed = 0

    async def work() -> None:
        nonlocal failed
        connection = await _connect(port)
        for each in chain.from_iterable(waiting):
            latency, good = await _exchange(connection, each)
            latencies.append(latency)
            failed += not good
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(connections)))
    seconds = time.perf_counter() - began
    return Measured(len(latencies), failed, seconds, tuple(sorted(latencies)))


async def _exchange(connection: Connection, each: bytes) -> tuple[float, bool]:
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    began = time.perf_counter()
    connection.send(each, answer.set_result)
    good = await answer
    return (time.perf_counter() - began) * 1000, good


async def _open(
    port: int, streams: Sequence[Stream], rate: float, seconds: float, dice: random.Random
) -> Measured:
    idle = [iter(stream) for stream in streams]
    pool: list[Connection] = [await _connect(port) for _ in range(48)]
    latencies: list[float] = []
    failed = 0

    async def carry(due: float) -> None:
        nonlocal failed
        stream = idle.pop(0) if idle else iter(())
        each = next(stream, None)
        if each is None:
            return
        connection = pool.pop() if pool else await _connect(port)
        _, good = await _exchange(connection, each)
        latencies.append((time.perf_counter() - due) * 1000)
        failed += not good
        pool.append(connection)
        idle.append(stream)

    began = due = time.perf_counter()
    running: set[asyncio.Task[None]] = set()
    while due < began + seconds and idle:
        due += dice.expovariate(rate)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(carry(due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    took = time.perf_counter() - began
    for connection in pool:
        connection.close()
    return Measured(len(latencies), failed, took, tuple(sorted(latencies)))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
