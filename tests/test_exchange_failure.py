"""Failures on the way to an application have Twilio's codes."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import trustme
from exchange_studio import Studio
from exchange_studio import studio as studio

from exchange.web.failure import network_failure

AUTHORITY = trustme.CA()


def _refusal(*, known: bool = True, **certificate: Any) -> ssl.SSLCertVerificationError:
    """Why a client refuses a server's certificate for `localhost`."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    AUTHORITY.issue_cert(*certificate.pop("names", ["localhost"]), **certificate).configure_cert(server)
    if known:
        AUTHORITY.configure_trust(client)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(incoming, outgoing, server_hostname="localhost")
    there = server.wrap_bio(outgoing, incoming, server_side=True)
    for side in (here, there, here):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as error:
            return error
    raise AssertionError("the certificate is taken")


def _connector(kind: Any, error: Exception) -> Any:
    return kind(aiohttp.client_reqrep.ConnectionKey("host", 443, True, True, None, None, None), error)


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (_refusal(names=["example.org"]), 11235),
        (
            _refusal(not_after=datetime(2020, 1, 2, tzinfo=UTC), not_before=datetime(2020, 1, 1, tzinfo=UTC)),
            11236,
        ),
        (_refusal(known=False), 11237),
        (ssl.CertificateError("odd"), 11220),
    ],
)
def test_a_bad_certificate_has_the_code_of_its_fault(refusal: Exception, code: int) -> None:
    failed = network_failure(_connector(aiohttp.ClientConnectorCertificateError, refusal))
    assert (failed.code, failed.kind) == (code, "ct")


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (_connector(aiohttp.ClientConnectorDNSError, OSError("no such name")), 11210, "ct"),
        (_connector(aiohttp.ClientConnectorSSLError, ssl.SSLError("no handshake")), 11220, "ct"),
        (_connector(aiohttp.ClientConnectorError, OSError("refused")), 11205, "ct"),
        (aiohttp.ConnectionTimeoutError(), 11205, "ct"),
        (aiohttp.SocketTimeoutError(), 11200, "rt"),
        (aiohttp.ServerDisconnectedError(), 11206, "rt"),
        (aiohttp.ClientPayloadError(), 11206, "rt"),
        (aiohttp.InvalidURL("http://["), 11100, "url"),
    ],
)
def test_other_failures_too(error: Exception, code: int, kind: str) -> None:
    failed = network_failure(error)
    assert (failed.code, failed.kind) == (code, kind)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", 11206),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 500\r\n\r\n<Resp", 11206),
        (b"", 11206),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 11770),
    ],
)
def test_what_is_no_answer_is_11206(studio: Studio, sent: bytes, code: int) -> None:
    line = studio()
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=_answer, args=(server, sent))
        answering.start()
        line.talk(url=f"http://127.0.0.1:{server.getsockname()[1]}/voice")
        answering.join(5)
    assert line.codes() == [code]


def _answer(server: socket.socket, sent: bytes) -> None:
    connection, _ = server.accept()
    with closing(connection):
        connection.recv(65_536)
        connection.sendall(sent)


def test_a_server_without_tls_is_11220_and_one_of_its_own_making_11237(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = "<Response/>"
    line.talk(url=line.url("/voice").replace("http:", "https:"))
    assert line.codes() == [11220]
