"""The carrier's audio is asked for as the account, and a refusal says what to do."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recordings.carrier import CarrierAudio
from recordings.errors import Unasked, Unfetched

SID, TOKEN = "AC" + 32 * "1", "secret"


class Media(BaseHTTPRequestHandler):
    """Answers by path; `asked` keeps path and credentials of each request."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        status = int(self.path.split("/")[1].removesuffix(".wav").split("?")[0])
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://localhost:{self.server.server_port}/200")  # type: ignore[attr-defined]
        self.send_header("Content-Length", "9" if "short" in self.path else "5")
        self.end_headers()
        self.wfile.write(b"audio")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def base() -> Iterator[str]:
    Media.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Media) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_wav_is_asked_for_as_the_account(base: str) -> None:
    assert CarrierAudio(SID, TOKEN, None)(f"{base}/200/RE1") == b"audio"
    credentials = "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert Media.asked == [("/200/RE1.wav", credentials)]


def test_a_url_that_names_the_wav_is_left_alone(base: str) -> None:
    CarrierAudio(SID, TOKEN, None)(f"{base}/200/RE1.wav")
    assert Media.asked[0][0] == "/200/RE1.wav"


def test_the_rewrite_replaces_scheme_and_host(base: str) -> None:
    CarrierAudio(SID, TOKEN, f"{base}/")("https://api.example.com/200/RE1")
    assert Media.asked[0][0] == "/200/RE1.wav"


def test_another_host_never_sees_the_credentials(base: str) -> None:
    assert CarrierAudio(SID, TOKEN, None)(f"{base}/302") == b"audio"
    assert [path for path, _ in Media.asked] == ["/302.wav", "/200"]
    assert Media.asked[1][1] is None


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_audio_that_is_not_there_may_be_asked_for_later(base: str, status: int) -> None:
    with pytest.raises(Unfetched, match=f"HTTP {status}") as refusal:
        CarrierAudio(SID, TOKEN, None)(f"{base}/{status}")
    assert not isinstance(refusal.value, Unasked)
    assert len(Media.asked) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_our_fault(base: str, status: int) -> None:
    with pytest.raises(Unasked, match="check SID and token"):
        CarrierAudio(SID, TOKEN, None)(f"{base}/{status}")


def test_a_transfer_that_breaks_off_is_no_audio(base: str) -> None:
    with pytest.raises(Unfetched, match="no answer"):
        CarrierAudio(SID, TOKEN, None)(f"{base}/200/short")


def test_a_carrier_that_is_down_is_no_audio() -> None:
    with pytest.raises(Unfetched, match="no answer"):
        CarrierAudio(SID, TOKEN, None)("http://127.0.0.1:1/RE1")


def test_no_error_shows_the_credentials_or_the_url(base: str) -> None:
    with pytest.raises(Unfetched) as refusal:
        CarrierAudio(SID, TOKEN, None)(f"{base}/404/RE1")
    assert str(refusal.value) == "HTTP 404"
