"""Ears for pages in tests: which microphones' tones arrive, and whether the customer's voice does."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator

import pytest
from exchange_chromium import _FLAGS, ALICE, BOB, CHROMIUM
from playwright.sync_api import Browser, Page, sync_playwright

from tests.shift import Shift

PATIENCE = 20_000
AGENT, SUPERVISOR, CUSTOMER = "agent", "supervisor", "customer"
TONES = {AGENT: ALICE, SUPERVISOR: BOB}
SENTENCE = "我想问一下我的保单。"

# What arrives at the page's ear at this moment: the tones of the two microphones, and any other voice.
EARS = """
const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) =>
  open({ ...wanted, audio: { ...(wanted.audio === true ? {} : wanted.audio), ...raw } });
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    this.addEventListener("track", ({ track }) => {
      const context = new AudioContext(), analyser = context.createAnalyser();
      Object.assign(analyser, { fftSize: 4096, smoothingTimeConstant: 0 });
      const stream = new MediaStream([track]);
      context.createMediaStreamSource(stream).connect(analyser);
      window.ear = { analyser, step: context.sampleRate / analyser.fftSize, stream };
    });
  }
};
window.heard = (tones) => {
  if (!window.ear) return null;
  const { analyser, step } = window.ear;
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const loudest = (where) => Math.max(...levels.filter((_, place) => where(place * step)));
  const near = (who) => (hertz) => Math.abs(hertz - tones[who]) < 20;
  const found = Object.keys(tones).filter((who) => loudest(near(who)) > -50);
  const far = (hertz) => Object.values(tones).every((one) => Math.abs(hertz - one) > 80);
  const apart = (hertz) => hertz > 100 && hertz < 3000 && far(hertz);
  return [...found, ...(loudest(apart) > -50 ? ["customer"] : [])].sort();
};
window.hears = async (tones, wanted, steady, patience) => {
  const began = performance.now();
  for (let since = began; performance.now() - since < steady;) {
    const found = window.heard(tones);
    if (JSON.stringify(found) !== JSON.stringify(wanted)) since = performance.now();
    if (performance.now() - began > patience) return found;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return wanted;
};
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium whose microphone is the browser's own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield chromium
        chromium.close()


def hears(page: Page, *who: str, seconds: float = 0.3) -> None:
    """Wait until exactly these are heard for so long without a break."""
    wanted = sorted(who)
    found = page.evaluate("(given) => hears(...given)", [TONES, wanted, seconds * 1000, PATIENCE])
    assert found == wanted


def hears_customer(world: Shift, page: Page, sid: str) -> None:
    """The customer says a sentence, and it arrives."""
    say(world, sid)
    page.wait_for_function(
        "(tones) => (heard(tones) ?? []).includes('customer')", arg=TONES, timeout=PATIENCE
    )


def say(world: Shift, sid: str) -> None:
    """Let the customer say a sentence."""
    asked(world, f"{world.exchange}/control/calls/{sid}/words", {"say": SENTENCE})


def asked(world: Shift, url: str, body: object = None) -> bytes:
    """What the exchange answers to the account."""
    pair = f"{world.environ['TWILIO_ACCOUNT_SID']}:{world.environ['TWILIO_AUTH_TOKEN']}"
    head = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, sent, {**head, "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())
