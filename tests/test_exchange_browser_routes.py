"""What browsers fetch from the exchange: the SDK as published, its sounds, a place for statistics."""

from __future__ import annotations

import hashlib
import io

import pytest
import requests
import soundfile
from exchange_studio import Line, Studio, studio

from exchange.browser import sounds
from exchange.browser.routes import SDK

__all__ = ["studio"]

PUBLISHED = "35d3cb1b22e309f9884724a89250aecd2de4f1556ad7b67a7bc5e06c73dcb74a"
"""SHA-256 of dist/twilio.min.js in @twilio/voice-sdk 2.18.5."""


@pytest.fixture
def line(studio: Studio) -> Line:
    return studio()


def get(line: Line, path: str, method: str = "GET") -> requests.Response:
    """A request without credentials, as browsers make it."""
    with requests.Session() as session:
        return session.request(method, line.board.base_url + path, timeout=10)


def test_the_sdk_is_the_one_that_was_published_and_has_its_licence() -> None:
    assert hashlib.sha256(SDK.read_bytes()).hexdigest() == PUBLISHED
    licence = SDK.with_name(SDK.name.replace(".min.js", ".LICENSE.md")).read_text("utf-8")
    assert "Apache License, Version 2.0" in licence
    assert "rtcpeerconnection-shim" in licence


@pytest.mark.parametrize("path", ["/sdk/twilio.min.js", "/sdk/local.js"])
def test_scripts_are_open_to_pages_of_any_origin(line: Line, path: str) -> None:
    found = get(line, path)
    assert (found.status_code, found.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "javascript" in found.headers["Content-Type"]


@pytest.mark.parametrize("folder", ["/sdk/sounds", "/js/client/sounds/releases/1.0.0"])
@pytest.mark.parametrize("name", ["incoming", "outgoing", "disconnect", "dtmf-5", "dtmf-hash"])
def test_every_sound_is_an_mp3_with_something_to_hear(line: Line, folder: str, name: str) -> None:
    found = get(line, f"{folder}/{name}.mp3?cache=2.18.5")
    assert (found.status_code, found.headers["Content-Type"]) == (200, "audio/mpeg")
    assert found.headers["Access-Control-Allow-Origin"] == "*"
    samples, rate = soundfile.read(io.BytesIO(found.content), dtype="int16")
    assert rate == 8000
    assert abs(samples).max() > 300


def test_there_is_a_sound_for_each_key_and_each_moment() -> None:
    keys = {f"dtmf-{key}" for key in [*"0123456789", "hash", "star"]}
    assert keys | {"incoming", "outgoing", "disconnect", "cowbell"} == sounds.NAMES


def test_a_sound_that_does_not_exist_is_not_found(line: Line) -> None:
    assert get(line, "/sdk/sounds/moo.mp3").status_code == 404


@pytest.mark.parametrize("kind", ["EndpointEvents", "EndpointMetrics"])
def test_statistics_of_the_sdk_are_taken_from_any_origin(line: Line, kind: str) -> None:
    for method in ("OPTIONS", "POST"):
        found = get(line, f"/v4/{kind}", method)
        assert found.status_code == 200
        assert found.headers["Access-Control-Allow-Origin"] == "*"
        assert "X-Twilio-Token" in found.headers["Access-Control-Allow-Headers"]


def test_what_is_open_to_browsers_opens_nothing_else(line: Line) -> None:
    assert get(line, "/signal").status_code == 400  # no WebSocket
    assert get(line, "/control/counters").status_code == 401
    assert get(line, "/signal/../control/counters").status_code == 401
    assert get(line, "/v4/Endpoint").status_code in (401, 404)
