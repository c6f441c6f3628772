"""The exchange as a server: what it is sent, it takes or refuses, and its log tells nobody's number."""

from __future__ import annotations

import logging
import socket

import pytest
from exchange_studio import ACCOUNT, TO, Line, Studio
from exchange_studio import studio as studio


def sent(line: Line, data: bytes) -> bytes:
    """What comes back for these bytes."""
    host, port = line.board.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        return connection.recv(1000)


@pytest.mark.parametrize(
    "data", [b"GARBAGE 13812345678\r\n\r\n", b"GET /?To=13812345678" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_request_is_refused_and_not_quoted_in_the_log(
    studio: Studio, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert b" 400 " in sent(studio(), data)
    assert "13812345678" not in caplog.text


def test_a_long_query_is_read(studio: Studio) -> None:
    query = "&".join(f"To={TO[1:]}{number}" for number in range(1000))
    assert len(query) > 16_000
    assert studio().http("GET", f"{ACCOUNT.uri}/Calls.json?{query}").status_code == 200
