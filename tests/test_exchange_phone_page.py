"""The phone page in a real browser: it rings, shows, talks and keeps its manners, wide and narrow."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import wave
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np
import pytest
from aiohttp import web
from exchange_studio import ACCOUNT, FROM, TO, Line, Studio, document, studio

from exchange.board import Board
from exchange.calls import ringing
from exchange.people.person import Person
from exchange.phone.access import link
from exchange.server import serving
from exchange.speaking.ears import Ears, Heard

playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
pytest.importorskip("aiortc", reason="the extra 'exchange' carries the sound")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed"),
    pytest.mark.xdist_group("chromium"),
]

__all__ = ["studio"]

FRIEND = "+8613900000001"
PATIENCE = 20_000
VOICE_HERTZ, APPLICATION_HERTZ = 640.0, 900.0
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def sound(hertz: float, rate: int) -> bytes:
    """A WAV file of one tone in syllables, for noise suppression takes a steady one for noise."""
    times = np.arange(rate) / rate
    samples = np.sin(2 * np.pi * hertz * times) * 16_000 * (times * 4 % 1 < 0.7)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    voice = tmp_path_factory.mktemp("voice") / "voice.wav"
    voice.write_bytes(sound(VOICE_HERTZ, 48_000))
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
    with playwright.sync_playwright() as driver:
        one = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)
        yield one
        one.close()


LOUD = """() => {
    const ear = document.getElementById("audio");
    return !ear.muted && !ear.paused && +document.getElementById("level-in").dataset.level > 0.2;
}"""
SILENT = """() => {
    window.heard = [...(window.heard ?? []), +document.getElementById("level-in").dataset.level].slice(-10);
    return heard.length === 10 && heard.every(level => level < 0.08);
}"""


class Tab:
    """A tab of the browser with the phone page in it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self._complain(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _complain(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def sign_in(self, number: str) -> None:
        self.page.fill("#number", number)
        self.page.press("#number", "Enter")
        self.reaches("idle")

    def reaches(self, stage: str) -> None:
        self.page.wait_for_selector(f"body[data-stage={stage}]", timeout=PATIENCE)

    def sees(self, text: str) -> None:
        self.page.wait_for_selector(f"text={text}", timeout=PATIENCE)

    def key(self, key: str) -> None:
        self.page.keyboard.press(key)

    def dials(self, number: str) -> None:
        self.page.fill("#to", number)
        self.page.press("#to", "Enter")

    def hears(self, *, nothing: bool = False) -> None:
        """Waits until sound comes out of the page, or until none does for half a second."""
        self.page.wait_for_function(SILENT if nothing else LOUD, polling=60, timeout=PATIENCE)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


class Open(Protocol):
    def __call__(self, line: Line, number: str = "", **more: Any) -> Tab: ...


@pytest.fixture
def tab(browser: Any, studio: Studio) -> Iterator[Open]:
    """Opens tabs: `tab(line, "+86…")` is signed in there; nothing may be left in its console."""
    with ExitStack() as stack:
        tabs: list[Tab] = []

        def start(
            line: Line,
            number: str = "",
            *,
            microphone: bool = True,
            width: int = 1440,
            height: int = 900,
            locale: str = "zh-CN",
        ) -> Tab:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale=locale, timezone_id="Asia/Shanghai"
            )
            stack.callback(context.close)
            if microphone:
                context.grant_permissions(["microphone"])
            one = Tab(context.new_page())
            tabs.append(one)
            one.page.goto(link(line.board.base_url, ACCOUNT))
            one.page.wait_for_selector("body:not([data-stage=closed])", timeout=PATIENCE)
            if number:
                one.sign_in(number)
            return one

        yield start
        assert [one.complaints for one in tabs] == [[] for _ in tabs]


def answered(line: Line, tab: Open, *verbs: str) -> Tab:
    """A tab whose person picked up a call with this document."""
    line.pages["/voice"] = document(*verbs, '<Pause length="60"/>')
    one = tab(line, TO)
    line.call()
    one.reaches("ringing")
    one.key("Enter")
    one.reaches("talking")
    return one


def strongest(samples: Any) -> float:
    """The loudest frequency in hertz."""
    if len(samples) < 4000 or np.abs(samples).max() < 300:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))


def spoken(line: Line) -> Callable[[], bool]:
    """Whether the exchange heard the tone of the microphone on the last call."""

    def test() -> bool:
        call = next(line.board.register.calls())
        person = call.life.listener if call.life else None
        stream = person.stream if isinstance(person, Person) else None
        return stream is not None and abs(strongest(stream.samples()[-8000:]) - VOICE_HERTZ) < 30

    return test


def test_a_call_of_the_sdk_rings_and_shows_who_calls(studio: Studio, tab: Open) -> None:
    line = studio(speed=1)
    line.client.incoming_phone_numbers.create(phone_number=FROM, friendly_name="客户服务")
    one = tab(line, TO)
    line.call()
    one.reaches("ringing")
    assert one.page.inner_text("#stage-title") == "客户服务　+86 10 9551 1000"
    assert one.page.evaluate("document.activeElement.id") == "accept"
    one.key("Escape")
    one.sees("已拒接")
    line.until(lambda: line.client.calls.list()[0].status == "busy")


def test_what_the_application_says_is_shown_and_keys_and_words_reach_it(studio: Studio, tab: Open) -> None:
    line = studio(speed=1)
    line.pages["/pressed"] = document(
        '<Gather input="speech" action="/said" timeout="30"><Say>请讲。</Say></Gather>'
    )
    line.pages["/said"] = document("<Say>知道了。</Say>", '<Pause length="60"/>')
    one = answered(
        line, tab, '<Gather action="/pressed" numDigits="1" timeout="30"><Say>请按一。</Say></Gather>'
    )
    one.sees("请按一。")
    one.key("1")
    one.sees("请讲。")
    assert line.application.asked("/pressed")[0].form["Digits"] == "1"
    one.key("t")
    one.page.keyboard.type("是我本人 12")
    one.key("Enter")
    one.sees("知道了。")
    assert line.application.asked("/said")[0].form["SpeechResult"] == "是我本人 12"
    rows = one.page.locator("#captions li").all_inner_texts()
    assert [re.sub(r"\s+\d\d:\d\d\s+", " ", row) for row in rows] == [
        "对方 请按一。",
        "按键 1",
        "对方 请讲。",
        "我 是我本人 12",
        "对方 知道了。",
    ]


def test_the_keypad_is_pressed_by_mouse_and_hanging_up_completes_the_call(studio: Studio, tab: Open) -> None:
    line = studio(speed=1)
    line.pages["/pressed"] = document("<Pause length='60'/>")
    one = answered(
        line, tab, '<Gather action="/pressed" numDigits="2" timeout="30"><Say>请按键。</Say></Gather>'
    )
    one.sees("请按键。")
    one.page.click("[data-key='4']")
    one.page.click("[data-key='*']")
    line.until(lambda: line.application.asked("/pressed"))
    assert line.application.asked("/pressed")[0].form["Digits"] == "4*"
    one.page.click("#hang-up")
    one.reaches("ended")
    one.sees("通话已结束")
    line.until(lambda: line.client.calls.list()[0].status == "completed")


def test_nobody_picking_up_is_a_missed_call(
    studio: Studio, tab: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ringing, "BUFFER_SECONDS", 0)
    line = studio(speed=1)
    one = tab(line, TO)
    line.call(timeout=1)
    one.reaches("ringing")
    one.page.wait_for_selector("#calls .missed", timeout=PATIENCE)
    line.until(lambda: line.client.calls.list()[0].status == "no-answer")


def test_the_application_and_the_person_hear_one_another(studio: Studio, tab: Open) -> None:
    line = studio(speed=1)
    line.pages["/tone.wav"] = lambda seen: web.Response(
        body=sound(APPLICATION_HERTZ, 8000), content_type="audio/wav"
    )
    one = answered(line, tab, '<Play loop="20">/tone.wav</Play>')
    one.hears()
    line.until(spoken(line))
    one.key("m")
    one.sees("取消静音")
    line.until(lambda: not spoken(line)())


class Parrot:
    """Understands the same in everything."""

    def understand(self, samples: Any, hints: Sequence[str], language: str) -> Heard:
        return Heard("喂，您好", 0.75)


def test_what_the_person_says_is_recognised_and_shown(studio: Studio, tab: Open) -> None:
    line = studio(speed=1, ears=Ears(Parrot, ThreadPoolExecutor(1)))
    one = answered(line, tab, '<Gather input="speech" action="/said" timeout="30" speechTimeout="1"/>')
    line.until(spoken(line))
    one.key("m")  # silence ends what was said
    one.sees("喂，您好")
    line.until(lambda: line.application.asked("/said"))
    asked = line.application.asked("/said")[0].form
    assert (asked["SpeechResult"], asked["Confidence"]) == ("喂，您好", "0.75")


def test_a_page_calls_an_applications_number(studio: Studio, tab: Open) -> None:
    line = studio(speed=1)
    line.client.incoming_phone_numbers.create(phone_number=FROM, voice_url=line.url("/voice"))
    line.pages["/voice"] = document("<Say>您好。</Say>", '<Pause length="60"/>')
    one = tab(line, TO)
    for key in "+861095511000":
        one.page.click(f"[data-key='{key}']") if key != "+" else one.page.fill("#to", "+")
    one.page.click("#call")
    one.sees("您好。")
    asked = line.application.asked("/voice")[0].form
    assert (asked["From"], asked["To"]) == (TO, FROM)
    one.key("Escape")
    one.reaches("ended")


def test_two_people_in_two_tabs_talk(studio: Studio, tab: Open) -> None:
    line = studio(speed=1)
    one, other = tab(line, TO), tab(line, FRIEND)
    one.dials("13900000001")
    one.reaches("calling")
    other.reaches("ringing")
    other.page.click("#accept")
    one.reaches("talking")
    one.hears()
    other.hears()
    one.page.click("#mute")
    other.hears(nothing=True)
    one.page.fill("#words", "听得到吗？")
    one.key("Enter")
    other.sees("听得到吗？")
    other.page.click("#hang-up")
    one.reaches("ended")


def test_without_a_microphone_the_page_says_so_and_still_shows_and_presses(studio: Studio, tab: Open) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document('<Gather action="/pressed" numDigits="1"><Say>请按一。</Say></Gather>')
    one = tab(line, TO, microphone=False)
    line.call()
    one.reaches("ringing")
    one.key("Enter")
    one.sees("没有麦克风")
    one.sees("请按一。")
    one.key("1")
    line.until(lambda: line.application.asked("/pressed"))


def test_another_speed_is_told_in_a_sentence(studio: Studio, browser: Any) -> None:
    line = studio(speed=20)
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.goto(link(line.board.base_url, ACCOUNT))
        page.wait_for_selector("text=请用 --speed 1 启动交换台", timeout=PATIENCE)


def test_an_address_without_the_right_ticket_is_told_in_a_sentence(studio: Studio, browser: Any) -> None:
    line = studio(speed=1)
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"{line.board.base_url}/phone#old")
        page.wait_for_selector("text=请用交换台给的地址打开", timeout=PATIENCE)


def test_a_page_loaded_anew_goes_on_with_its_call(studio: Studio, tab: Open) -> None:
    line = studio(speed=1)
    one = answered(line, tab, "<Say>您好。</Say>")
    one.sees("您好。")
    one.page.reload()
    one.reaches("talking")
    one.sees("您好。")
    line.until(spoken(line))


def test_english_is_remembered(studio: Studio, tab: Open) -> None:
    one = tab(studio(speed=1))
    one.page.click("#language")
    one.sees("At which number do you pick up?")
    one.page.reload()
    one.sees("At which number do you pick up?")
    assert one.page.evaluate("document.documentElement.lang") == "en"


def test_nothing_is_wider_than_the_screen_at_any_stage(studio: Studio, tab: Open) -> None:
    line = studio(speed=1, people={TO[1:]: {"id_tail": "123X"}})
    line.pages["/voice"] = document(f"<Say>{'很长的一句话' * 20}</Say>", '<Pause length="60"/>')
    one = tab(line, width=390, height=844)
    assert one.overflow() == 0
    one.sign_in(TO)
    assert one.overflow() == 0
    line.call()
    for stage, key in (("ringing", "Enter"), ("talking", "Escape"), ("ended", "Escape")):
        one.reaches(stage)
        assert one.overflow() == 0
        one.page.set_viewport_size({"width": 1440, "height": 900})
        assert one.overflow() == 0
        one.page.set_viewport_size({"width": 390, "height": 844})
        one.key(key)


@contextmanager
def exchange(line: Line, port: int) -> Iterator[Board]:
    """One more exchange, which ends before the test does."""

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, line.loop).result(20)

    context = serving(line.board.plan, "127.0.0.1", port)
    try:
        yield run(context.__aenter__())
    finally:
        run(context.__aexit__(None, None, None))


def test_an_exchange_that_comes_back_finds_the_person_at_his_number(studio: Studio, browser: Any) -> None:
    line = studio(speed=1)
    line.pages["/voice"] = document("<Say>您好。</Say>", '<Pause length="60"/>')
    with browser.new_context(locale="zh-CN") as context:
        one = Tab(context.new_page())
        with exchange(line, 0) as board:
            one.page.goto(link(board.base_url, ACCOUNT))
            one.sign_in(TO)
            one.page.click("summary")
            one.page.fill("#url", line.url("/voice"))
            one.key("Enter")
            one.sees("您好。")
        one.sees("正在重新连接")
        with exchange(line, urlsplit(board.base_url).port or 0) as again:
            one.sees("交换台中断，通话已结束")
            line.until(lambda: again.handsets.at(TO))
            assert not one.page.is_visible("text=正在重新连接")
