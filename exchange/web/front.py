"""A proxy on loopback behind which an unmodified application takes the exchange for Twilio.

`HTTPS_PROXY` leads an application's requests here. Those for a host of Twilio end in TLS of our own and are
handed to the exchange byte for byte, WebSockets too; all others are passed on untouched.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from exchange.errors import SettingError
from exchange.web.authority import Authority, is_twilio

_HOST = "127.0.0.1"
_HEAD_LIMIT = 64 * 1024
_HEAD_SECONDS = 10.0
_CHUNK = 64 * 1024
_HOP_BY_HOP = re.compile(rb"(?im)^(?:proxy-[\w-]+|connection|keep-alive):.*\r\n")

Handler = Callable[[StreamReader, StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Front:
    """Where the proxy listens, where TLS for Twilio's hosts ends, and the file of authorities."""

    proxy: str
    tls_port: int
    ca_file: Path


@dataclass(frozen=True, slots=True)
class _Asked:
    """The head of a proxy request: where to, and what is to be said there first."""

    host: str
    port: int
    first: bytes
    tunnel: bool


@asynccontextmanager
async def fronting(exchange_port: int, port: int, ca_file: Path | None = None) -> AsyncIterator[Front]:
    """Serves until the block is left; port 0 takes a free one, without a file one is made and removed."""
    authority = Authority()
    with tempfile.TemporaryDirectory(prefix="exchange-") as folder:
        bundle = ca_file or Path(folder) / "ca.pem"
        authority.write_bundle(bundle)
        connections = _Connections()
        end = await asyncio.start_server(
            connections.served(lambda *client: _join(client, exchange_port)),
            _HOST,
            0,
            ssl=authority.context(),
        )
        tls_port: int = end.sockets[0].getsockname()[1]
        try:
            proxy = await asyncio.start_server(
                connections.served(lambda *client: _serve(client, exchange_port, tls_port)), _HOST, port
            )
        except OSError as error:
            end.close()
            raise SettingError(f"--tls-proxy {port}: cannot listen there: {error.strerror}") from error
        try:
            yield Front(f"http://{_HOST}:{proxy.sockets[0].getsockname()[1]}", tls_port, bundle)
        finally:
            proxy.close()
            end.close()
            await connections.close()


class _Connections:
    """The connections under way, so that all end with the front."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    def served(self, handle: Handler) -> Callable[[StreamReader, StreamWriter], None]:
        """What a server calls for each client."""

        def begin(reader: StreamReader, writer: StreamWriter) -> None:
            if self._closed:  # its handshake ended after the servers were closed
                writer.transport.abort()
                return
            task = asyncio.get_running_loop().create_task(_guarded(handle, reader, writer))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

        return begin

    async def close(self) -> None:
        """Ends all of them; who comes later is turned away."""
        self._closed = True
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _guarded(handle: Handler, reader: StreamReader, writer: StreamWriter) -> None:
    try:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await handle(reader, writer)
    finally:
        await _close(writer)


async def _serve(client: tuple[StreamReader, StreamWriter], exchange_port: int, tls_port: int) -> None:
    """One request to the proxy: a tunnel, or a plain request for another host."""
    reader, writer = client
    async with asyncio.timeout(_HEAD_SECONDS):
        head = await reader.readuntil(b"\r\n\r\n")
    asked = _read(head)
    if asked is None:
        writer.write(_said("400 Bad Request", "This is a proxy: set HTTPS_PROXY to this address."))
        await writer.drain()
        return
    ours = tls_port if asked.tunnel else exchange_port
    host, port = (_HOST, ours) if is_twilio(asked.host) else (asked.host, asked.port)
    try:
        server = await asyncio.open_connection(host, port)
    except (OSError, ValueError):  # nobody there, or no name of a host
        writer.write(_said("502 Bad Gateway", "The host cannot be reached."))
        await writer.drain()
        return
    if asked.tunnel:
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    server[1].write(asked.first)
    await _exchange(client, server)


async def _join(client: tuple[StreamReader, StreamWriter], port: int) -> None:
    """What came in by TLS goes on in the clear to the exchange."""
    await _exchange(client, await asyncio.open_connection(_HOST, port))


async def _exchange(
    client: tuple[StreamReader, StreamWriter], server: tuple[StreamReader, StreamWriter]
) -> None:
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(client[0], server[1]))
            both.create_task(_pump(server[0], client[1]))
    finally:
        await _close(server[1])


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()


async def _close(writer: StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def _read(head: bytes) -> _Asked | None:
    """A request as proxies get it: `CONNECT host:port`, or a method with a whole URL."""
    line, _, rest = head.partition(b"\r\n")
    words = line.decode("latin-1").split(" ")
    if len(words) != 3:
        return None
    method, target, version = words
    try:
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host, port = url.hostname, url.port
    except ValueError:
        return None
    if not host or (method != "CONNECT" and url.scheme != "http"):
        return None
    if method == "CONNECT":
        return _Asked(host, port or 443, b"", tunnel=True)
    # One connection carries one request: the next may be for another host.
    kept = b"Connection: close\r\n" + _HOP_BY_HOP.sub(b"", rest)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return _Asked(host, port or 80, f"{method} {path} {version}\r\n".encode("latin-1") + kept, tunnel=False)


def _said(status: str, text: str) -> bytes:
    body = f"{text}\n".encode()
    fields = ("Content-Type: text/plain", f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join((f"HTTP/1.1 {status}", *fields, "", "")).encode() + body
