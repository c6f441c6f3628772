"""The TLS front: programs that know nothing of the exchange take it for Twilio."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from aiohttp import ClientSession, WSMsgType, web
from exchange_studio import ACCOUNT, FROM, TO, Background, Line, Studio, _entered, document
from exchange_studio import studio as studio

from exchange.errors import SettingError
from exchange.web.authority import is_twilio
from exchange.web.front import Front, fronting

UNMODIFIED = """
from twilio.rest import Client
client = Client({sid!r}, {token!r})
call = client.calls.create(to={to!r}, from_={sender!r}, url={url!r})
print(call.sid, client.calls(call.sid).fetch().status, len(client.calls.list(limit=5)))
"""


@pytest.fixture
def fronted(studio: Studio, tmp_path: Path) -> Iterator[tuple[Line, Front]]:
    """An exchange with an application, and a front before it."""
    line = studio()
    line.pages["/voice"] = document("<Hangup/>")
    background = Background()
    try:
        with _entered(background, fronting(_port(line.board.base_url), 0, tmp_path / "ca.pem")) as front:
            yield line, front
    finally:
        background.close()


def _port(url: str) -> int:
    return urlsplit(url).port or 0


def _environment(front: Front) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return kept | {
        "HTTPS_PROXY": front.proxy,
        "REQUESTS_CA_BUNDLE": str(front.ca_file),
        "SSL_CERT_FILE": str(front.ca_file),
    }


def test_the_unmodified_sdk_calls_through_a_proxy_and_a_bundle(fronted: tuple[Line, Front]) -> None:
    line, front = fronted
    program = UNMODIFIED.format(
        sid=ACCOUNT.sid, token=ACCOUNT.auth_token, to=TO, sender=FROM, url=line.url("/voice")
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=_environment(front),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sid, _, listed = done.stdout.split()
    assert listed == "1"
    line.quiet()
    assert line.client.calls(sid).fetch().status == "completed"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_calls_through_it(fronted: tuple[Line, Front]) -> None:
    _, front = fronted
    address = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT.sid}/Calls.json"
    command = ["curl", "-sS", "--cacert", str(front.ca_file), "-u", f"{ACCOUNT.sid}:{ACCOUNT.auth_token}"]
    done = subprocess.run(
        [*command, address], env=_environment(front), capture_output=True, text=True, timeout=30, check=False
    )
    assert json.loads(done.stdout)["calls"] == [], done.stderr


@pytest.mark.parametrize("host", ["twilio.com", "api.dublin.ie1.twilio.com", "voice-js.roaming.twilio.com"])
def test_every_host_of_twilio_has_a_certificate_of_its_own(fronted: tuple[Line, Front], host: str) -> None:
    _, front = fronted
    context = ssl.create_default_context(cafile=str(front.ca_file))
    with (
        socket.create_connection(("127.0.0.1", front.tls_port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        assert ("DNS", host) in connection.getpeercert()["subjectAltName"]  # type: ignore[index]


def test_nobody_else_is_vouched_for(fronted: tuple[Line, Front]) -> None:
    _, front = fronted
    context = ssl.create_default_context(cafile=str(front.ca_file))
    with (
        socket.create_connection(("127.0.0.1", front.tls_port), timeout=5) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(plain, server_hostname="twilio.com.example.org")


def test_another_host_is_reached_through_it_untouched(fronted: tuple[Line, Front]) -> None:
    line, front = fronted
    line.pages["/seen"] = "<Response/>"
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": front.proxy}
        for _ in range(2):
            answer = session.get(line.url("/seen?a=b"), headers={"X-Own": "1"}, timeout=5)
            assert answer.text == "<Response/>"
    seen = line.application.asked("/seen")[0]
    assert (seen.query, seen.headers["X-Own"]) == ({"a": "b"}, "1")
    assert not any(name.lower().startswith("proxy-") for name in seen.headers)


def test_a_connection_carries_one_plain_request_for_the_next_may_be_for_another_host(
    fronted: tuple[Line, Front],
) -> None:
    line, front = fronted
    line.pages["/seen"] = "<Response/>"
    with socket.create_connection(("127.0.0.1", _port(front.proxy)), timeout=5) as connection:
        head = f"GET {line.url('/seen')} HTTP/1.1\r\nHost: host\r\nProxy-Connection: keep-alive\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(1000), b""))
    assert answer.endswith(b"<Response/>")


def test_a_tunnel_to_another_host_carries_its_bytes_as_they_are(fronted: tuple[Line, Front]) -> None:
    line, front = fronted
    line.pages["/seen"] = "<Response/>"
    host = urlsplit(line.application.base).netloc
    with socket.create_connection(("127.0.0.1", _port(front.proxy)), timeout=5) as connection:
        connection.sendall(f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        connection.sendall(f"GET /seen HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(1000), b""))
    assert answer.endswith(b"<Response/>")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET / HTTP/1.1", b"400"),
        ("CONNECT nowhere.invalid:1 HTTP/1.1", b"502"),
        ("CONNECT two..dots:443 HTTP/1.1", b"502"),
        ("CONNECT nul\0:443 HTTP/1.1", b"502"),
        ("CONNECT [ HTTP/1.1", b"400"),
        ("what is this", b"400"),
        ("GET ftp://host/ HTTP/1.1", b"400"),
    ],
)
def test_what_is_no_request_to_a_proxy_is_refused(
    fronted: tuple[Line, Front], request_line: str, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", _port(fronted[1].proxy)), timeout=10) as connection:
        connection.sendall(f"{request_line}\r\n\r\n".encode())
        assert connection.recv(1000).split(b" ")[1] == status


def test_a_name_too_long_for_a_certificate_gets_the_usual_one(fronted: tuple[Line, Front]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", _port(fronted[1].proxy)), timeout=10) as connection:
        connection.sendall(b"CONNECT api.twilio.com:443 HTTP/1.1\r\n\r\n")
        assert connection.recv(1000).split(b" ")[1] == b"200"
        with context.wrap_socket(connection, server_hostname=f"{'a' * 60}." * 4 + "twilio.com") as tls:
            assert tls.getpeercert(binary_form=True)


def test_a_websocket_passes_through() -> None:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket_ = web.WebSocketResponse()
        await socket_.prepare(request)
        async for message in socket_:
            await socket_.send_str(message.data[::-1])
        return socket_

    async def talk() -> str:
        server = web.Application()
        server.router.add_get("/signal", echo)
        runner = web.AppRunner(server)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with fronting(runner.addresses[0][1], 0) as front, ClientSession() as session:
                trusted = ssl.create_default_context(cafile=str(front.ca_file))
                address = "https://voice-js.roaming.twilio.com/signal"
                async with session.ws_connect(address, proxy=front.proxy, ssl=trusted) as connection:
                    await connection.send_str("listen")
                    message = await connection.receive(5)
                    assert message.type is WSMsgType.TEXT
                    return str(message.data)
        finally:
            await runner.cleanup()

    assert asyncio.run(talk()) == "netsil"


def test_the_bundle_trusts_whom_the_machine_trusts_as_well(fronted: tuple[Line, Front]) -> None:
    assert fronted[1].ca_file.read_text(encoding="utf-8").count("BEGIN CERTIFICATE") > 50


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("twilio.com", True),
        ("API.twilio.com", True),
        ("eventgw.us1.twilio.com", True),
        ("eviltwilio.com", False),
        ("twilio.com.example.org", False),
        ("127.0.0.1", False),
    ],
)
def test_hosts_of_twilio_are_known_by_their_names(host: str, expected: bool) -> None:
    assert is_twilio(host) is expected


def test_a_bundle_that_cannot_be_written_is_a_bad_setting(tmp_path: Path) -> None:
    async def start() -> None:
        async with fronting(1, 0, tmp_path / "nowhere" / "ca.pem"):
            raise AssertionError("it starts")

    with pytest.raises(SettingError, match="--ca-file"):
        asyncio.run(start())


def test_a_port_that_is_taken_is_a_bad_setting() -> None:
    async def start(port: int) -> None:
        async with fronting(1, port):
            raise AssertionError("it starts")

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingError, match="--tls-proxy"):
        asyncio.run(start(taken.getsockname()[1]))


def test_a_client_whose_handshake_ends_after_the_front_is_turned_away(tmp_path: Path) -> None:
    reached = []

    async def late() -> bytes:
        upstream = await asyncio.start_server(lambda *client: reached.append(client), "127.0.0.1", 0)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        loop = asyncio.get_running_loop()
        with socket.socket() as connection:
            connection.setblocking(False)
            async with fronting(upstream.sockets[0].getsockname()[1], 0, tmp_path / "ca.pem") as front:
                trusted = ssl.create_default_context(cafile=str(front.ca_file))
                tls = trusted.wrap_bio(incoming, outgoing, server_hostname="api.twilio.com")
                await loop.sock_connect(connection, ("127.0.0.1", front.tls_port))
                with pytest.raises(ssl.SSLWantReadError):
                    tls.do_handshake()
                await loop.sock_sendall(connection, outgoing.read())
                incoming.write(await loop.sock_recv(connection, 65536))
            tls.do_handshake()
            await loop.sock_sendall(connection, outgoing.read())
            try:
                return await asyncio.wait_for(loop.sock_recv(connection, 1), 5)
            except ConnectionResetError:
                return b""
            finally:
                upstream.close()

    assert asyncio.run(late()) == b""
    assert reached == []
