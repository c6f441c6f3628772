"""Real browsers for tests: Chromium, a microphone that hears one tone, and Twilio's unmodified Voice SDK."""

from __future__ import annotations

import os
import shutil
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from exchange_studio import Line
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ALICE, BOB = 440.0, 660.0
"""What the microphones of the two browsers hear, in hertz."""

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",  # for machines that have no other interface
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>softphone</title>
{local}<script src="{exchange}/sdk/twilio.min.js"></script><script>
const seen = [];
const raw = {{ audio: {{ echoCancellation: false, noiseSuppression: false, autoGainControl: false }} }};
const codes = (error) => ` ${{error.code}} ${{(error.originalError || {{}}).code || ""}}`.trimEnd();
const note = (who, names, from) => names.forEach((name) => from.on(name, (found) =>
  seen.push(`${{who}} ${{name}}` + (name === "error" ? codes(found) : ""))));
const watch = (call) => {{
  window.call = call;
  note("call", ["ringing", "accept", "disconnect", "cancel", "reject", "error", "reconnecting", "reconnected",
    "messageSent"], call);
}};
const start = (token, options = {{}}) => {{
  window.device = new Twilio.Device(token, {{ ...window.twilioLocal, logLevel: "silent", ...options }});
  note("device", ["registered", "unregistered", "error", "incoming"], device);
  device.on("incoming", watch);
}};
const dial = async (params) => {{ watch(await device.connect({{ params, rtcConstraints: raw }})); }};
// Waits until the call sounds with this frequency, or with nothing at all for 0.
const hears = async (hertz, patience = 20000) => {{
  const context = new AudioContext(), analyser = context.createAnalyser();
  const ends = performance.now() + patience;
  Object.assign(analyser, {{ fftSize: 8192, smoothingTimeConstant: 0 }});
  let stream, levels = new Float32Array(analyser.frequencyBinCount), best = 0;
  while (performance.now() < ends) {{
    const now = call.getRemoteStream();
    if (now && now !== stream) {{ context.createMediaStreamSource(stream = now).connect(analyser); }}
    analyser.getFloatFrequencyData(levels);
    best = levels.reduce((top, level, place) => level > levels[top] ? place : top, 0);
    const found = best * context.sampleRate / analyser.fftSize;
    const quiet = levels[best] < -90;
    const right = hertz ? !quiet && Math.abs(found - hertz) < 15 : quiet && stream;
    if (right) {{ await context.close(); return "heard"; }}
    await new Promise((resolve) => setTimeout(resolve, 30));
  }}
  return `heard ${{best * context.sampleRate / analyser.fftSize}} Hz at ${{levels[best]}} dB`;
}};
</script></html>"""


class Tab:
    """A page with the SDK."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.broken: list[str] = []
        page.on("pageerror", lambda error: self.broken.append(str(error)))

    def run(self, script: str, argument: Any = None) -> Any:
        """Evaluates a script; a function gets the argument."""
        return self.page.evaluate(script, argument)

    def register(self, token: str, **options: Any) -> None:
        self.run(
            "([token, options]) => { start(token, options); return device.register(); }", [token, options]
        )

    def dial(self, **params: str) -> None:
        self.run("(params) => dial(params)", params)

    def accept(self) -> None:
        self.until("device incoming")
        self.run("call.accept({ rtcConstraints: raw })")
        self.until("call accept")

    def hears(self, hertz: float) -> None:
        assert self.run("(hertz) => hears(hertz)", hertz) == "heard"

    @property
    def seen(self) -> list[str]:
        """The events of device and call until now, in order."""
        return list(self.run("seen"))

    def until(self, event: str, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while event not in (seen := self.seen):
            assert time.monotonic() < deadline, f"no {event!r} among {seen}"
            time.sleep(0.02)

    @property
    def sid(self) -> str:
        """The SID of the call."""
        return str(self.run("call.parameters.CallSid"))


def microphone(path: Path, hertz: float) -> Path:
    """A file for Chromium's fake microphone, which plays it again and again."""
    samples = (8000 * np.sin(2 * np.pi * hertz * np.arange(48_000) / 48_000)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.tobytes())
    return path


def launch(playwright: Playwright, sound: Path, *more: str, without: str = "") -> Browser:
    flags = [flag for flag in _FLAGS if flag != without]
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        headless=True,
        args=[*flags, f"--use-file-for-fake-audio-capture={sound}", *more],
    )


def page(line: Line, *, local: bool = True) -> str:
    """The address of a page with the SDK, led to the exchange by `local.js` or not led at all."""
    script = f'<script src="{line.board.base_url}/sdk/local.js"></script>' if local else ""
    text = _PAGE.format(exchange=line.board.base_url, local=script)
    line.pages["/softphone"] = lambda seen: web.Response(text=text, content_type="text/html")
    return line.url("/softphone")


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Browser]]:
    """A Chromium for each microphone and set of flags, started when it is first wanted."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    folder = tmp_path_factory.mktemp("microphones")
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        running: dict[tuple[float | str, ...], Browser] = {}

        def browser(hertz: float, *flags: str, without: str = "") -> Browser:
            if (key := (hertz, without, *flags)) not in running:
                sound = microphone(folder / f"{hertz:.0f}.wav", hertz)
                running[key] = launch(playwright, sound, *flags, without=without)
                stack.callback(running[key].close)
            return running[key]

        yield browser


@pytest.fixture
def tabs(browsers: Callable[..., Browser]) -> Iterator[Callable[..., Tab]]:
    """Opens pages: `tabs(line)` for Alice, `tabs(line, BOB)`; a page that broke fails the test.

    With flags of its own the browser finds the exchange without `local.js`.
    """
    with ExitStack() as stack:
        opened: list[Tab] = []

        def tab(line: Line, hertz: float = ALICE, *flags: str) -> Tab:
            context = browsers(hertz, *flags).new_context()
            stack.callback(context.close)
            opened.append(Tab(context.new_page()))
            opened[-1].page.goto(page(line, local=not flags))
            return opened[-1]

        yield tab
        assert [error for one in opened for error in one.broken] == []
