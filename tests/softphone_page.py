"""A page with our softphone in a real Chromium, a small server behind it, an exchange that may restart."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from exchange_chromium import Browser
from exchange_softphone import RATE, strongest
from exchange_studio import ACCOUNT, Application, Background, Line, _application, _entered, person
from exchange_wire import APPLICATION
from flask import Flask, Response, jsonify, request
from playwright.sync_api import Page
from twilio.rest import Client
from werkzeug.serving import make_server

from dialer.carrier import Carrier
from exchange import directory
from exchange.board import Plan
from exchange.clock import running
from exchange.faults import Faults
from exchange.people.persona import Town
from exchange.server import serving
from exchange.speaking.speech import PACK, Speech
from ivr import room_twiml
from ivr.desk import token
from ivr.desk.hooks import DeskHooks
from ivr.door import Door
from ivr.settings import read
from ivr.signature import SignatureCheck
from ledger.listens import Listen

AGENT, SUPERVISOR, CALL = 7, 9, 5
WORDS = {
    "token_refused": "电话登录被拒绝",
    "no_microphone": "没有找到麦克风",
    "no_permission": "浏览器不许使用麦克风",
}
STATIC = Path(__file__).parents[1] / "ivr" / "static"
RAW = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}

_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>desk</title>
<meta name="csrf" content="csrf-1">
<p data-softphone data-token="/desk/token?user={user}" data-standing="/desk/standing"
 data-exchange="{exchange}" data-texts='{texts}'></p>
<script type="module" src="/page.js?limits={limits}"></script></html>"""

_SCRIPT = """
import {{ Softphone }} from "/static/softphone.js";
window.seen = [];
window.levels = [];
document.addEventListener("securitypolicyviolation", (event) => seen.push(["csp", event.blockedURI, ""]));
const element = document.querySelector("[data-softphone]");
window.phone = Softphone.of(element, {{ limits: {limits}, audio: {raw} }});
phone.addEventListener("state", ({{ detail }}) => seen.push([detail.state, detail.reason, detail.words]));
phone.addEventListener("level", ({{ detail }}) => levels.push(detail));
"""

# Waits until the last call of the page sounds with this frequency.
_HEARS = """async (hertz) => {
  const context = new AudioContext(), analyser = context.createAnalyser();
  const ends = performance.now() + 20000;
  Object.assign(analyser, { fftSize: 8192, smoothingTimeConstant: 0 });
  const levels = new Float32Array(analyser.frequencyBinCount);
  let stream, found = 0, best = 0;
  while (performance.now() < ends) {
    const now = window.remote;
    if (now && now !== stream) context.createMediaStreamSource(stream = now).connect(analyser);
    analyser.getFloatFrequencyData(levels);
    best = levels.reduce((top, level, place) => level > levels[top] ? place : top, 0);
    found = best * context.sampleRate / analyser.fftSize;
    if (levels[best] > -90 && Math.abs(found - hertz) < 15) { await context.close(); return "heard"; }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return `heard ${found} Hz at ${levels[best]} dB`;
}"""

_EARS = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    this.addEventListener("track", ({ track }) => { window.remote = new MediaStream([track]); });
  }
};
"""


class Office:
    """An exchange at speed 1 and our server in front of its browsers."""

    def __init__(self, stack: ExitStack) -> None:
        self.stuck = threading.Event()
        self.answered = threading.Event()
        self.legs: dict[int, str] = {}
        self.gone_legs: list[str] = []
        self.tokens: list[str] = []
        self._forget()
        self._stack, self._background = stack, Background()
        stack.callback(self._background.close)
        self._clock = running(1.0)
        self._application = stack.enter_context(
            _entered(self._background, _application(Application(self._clock)))
        )
        self._served = ExitStack()
        stack.callback(self._served.close)
        self.port = 0
        server = make_server("127.0.0.1", 0, self._flask(), threaded=True)
        self.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        stack.callback(server.server_close)
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        stack.callback(self.stuck.set)
        stack.callback(self.answered.set)
        self.hooks = DeskHooks(self, Door(SignatureCheck(ACCOUNT.auth_token), self.base), self.base)
        self.start()
        self.carrier = Carrier(ACCOUNT.sid, ACCOUNT.auth_token, self.line.board.base_url, self.base)
        self.line.pages["/join"] = room_twiml.join(self.base, AGENT, CALL)
        self._board()

    def clear(self) -> None:
        """Everybody hangs up, and all is as at the beginning."""
        self._forget()
        for call in self.carrier.client.calls.list(status="in-progress"):
            self.carrier.end(call.sid)
        self.line.quiet()
        self._forget()

    def _forget(self) -> None:
        self.on_shift = True
        self.secret = ACCOUNT.api_secret
        self.ttl = token.LIFE
        self.stuck.set()
        self.answered.set()
        for noted in (self.legs, self.gone_legs, self.tokens):
            noted.clear()

    def start(self) -> None:
        """The exchange starts, at the place where it was before."""
        town = Town((person(),), {}, 0)
        plan = Plan(ACCOUNT, self._clock, town, Faults(), Speech([PACK]), 1000.0, None)
        board = self._served.enter_context(_entered(self._background, serving(plan, "127.0.0.1", self.port)))
        client = Client(ACCOUNT.sid, ACCOUNT.auth_token)
        self.line = Line(board, self._application, client, self._background.loop)
        self.port = int(board.base_url.rpartition(":")[2])
        self._board()

    def end(self) -> None:
        """The exchange ends, and with it every call."""
        self._served.close()

    def freeze(self, seconds: float) -> None:
        """The exchange does nothing for a while."""
        self.line.loop.call_soon_threadsafe(time.sleep, seconds)

    def may_stand(self, user_id: int) -> bool:
        self.answered.wait()
        return self.on_shift

    def stands(self, user_id: int, leg_sid: str, room_sid: str, device: str) -> None:
        assert room_sid.startswith("CF")
        assert device == room_twiml.BROWSER
        replaced = self.legs.get(user_id)
        self.legs[user_id] = leg_sid
        if replaced and replaced not in (leg_sid, *self.gone_legs):
            self.carrier.end(replaced)

    def gone(self, user_id: int, leg_sid: str) -> None:
        self.gone_legs.append(leg_sid)
        if self.legs.get(user_id) == leg_sid:
            del self.legs[user_id]

    def customer_left(self, user_id: int) -> None:
        """The customer has left the person's room."""

    def supervised(self, supervisor_id: int, leg_sid: str) -> Listen | None:
        now = datetime.now(UTC)
        noted = Listen(SUPERVISOR, 1, AGENT, "listen", leg_sid, now, self.legs.get(AGENT), None)
        return noted if supervisor_id == SUPERVISOR else None

    def hears(self, hertz: float) -> float:
        """What the exchange hears from the agent at this moment, in hertz."""
        call = self.line.board.register.call(self.legs.get(AGENT, ""))
        stream = call.life.listener.stream if call and call.life and call.life.listener else None
        found = strongest(stream.samples()[-RATE // 2 :]) if stream else -1.0
        return abs(found - hertz)

    def in_room(self) -> set[str]:
        """The calls in the agent's conference."""
        return {sid for one in self.line.board.conferences.newest_first() for sid in one.participants}

    def _board(self) -> None:
        now = time.time()
        self.line.board.directory.applications[APPLICATION] = directory.Application(
            sid=APPLICATION,
            created=now,
            updated=now,
            friendly_name="desk",
            voice_url=f"{self.base}/desk/leg",
            status_callback=f"{self.base}/desk/leg/status",
        )

    def _flask(self) -> Flask:
        app = Flask("desk", static_folder=str(STATIC))
        app.add_url_rule("/", "page", self._page)
        app.add_url_rule("/page.js", "script", self._script)
        app.add_url_rule("/desk/token", "token", self._token)
        app.add_url_rule("/desk/standing", "standing", self._standing, methods=["POST"])
        pages = app.wsgi_app
        app.wsgi_app = lambda environ, start: self.hooks.before(pages)(environ, start)  # type: ignore[method-assign]
        return app

    def _page(self) -> Response:
        exchange = self.line.board.base_url
        user, limits = request.args.get("user", AGENT), quote(request.args.get("limits", "{}"))
        texts = json.dumps(WORDS, ensure_ascii=False)
        page = Response(_PAGE.format(exchange=exchange, texts=texts, user=user, limits=limits))
        page.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self' {exchange}; "
            f"connect-src 'self' {exchange} {exchange.replace('http', 'ws')}; media-src 'self' {exchange}"
        )
        return page

    def _script(self) -> Response:
        text = _SCRIPT.format(limits=request.args["limits"], raw=json.dumps(RAW))
        return Response(text, content_type="text/javascript")

    def _token(self) -> Response | tuple[Response, int]:
        self.stuck.wait()
        user, leg = int(request.args["user"]), request.args.get("leg", "")
        self.tokens.append(leg)
        if leg and self.legs.get(user, leg) != leg:
            return jsonify(error={"code": "replaced"}), 409
        settings = read(
            {
                "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
                "TWILIO_API_KEY": ACCOUNT.api_key,
                "TWILIO_API_SECRET": self.secret,
                "TWILIO_TWIML_APP_SID": APPLICATION,
            }
        )
        return jsonify(token.issue(settings, user) | {"ttl": self.ttl})

    def _standing(self) -> Response:
        assert request.headers["X-CSRF-Token"] == "csrf-1"
        assert request.json is not None
        assert request.json["leg"].startswith("CA")
        return jsonify(version=1)


class Phone:
    """The softphone in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.broken: list[str] = []
        page.on("pageerror", lambda error: self.broken.append(str(error)))

    def run(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def start(self, **params: Any) -> None:
        self.run("(params) => { phone.start(params); }", params)

    def until(self, state: str, reason: str = "", seconds: float = 20.0) -> None:
        """Waits until the telephone has been in this state since the page was loaded."""
        deadline = time.monotonic() + seconds
        while [state, reason] not in [one[:2] for one in self.seen]:
            assert time.monotonic() < deadline, f"no {state} {reason} among {self.seen}"
            time.sleep(0.02)

    def forget(self) -> None:
        self.run("() => { seen.length = 0; }")

    def hears(self, hertz: float) -> None:
        assert self.run(_HEARS, hertz) == "heard"

    @property
    def seen(self) -> list[list[str]]:
        return list(self.run("seen"))


@contextmanager
def an_office() -> Iterator[Office]:
    with ExitStack() as stack:
        yield Office(stack)


def open_page(browser: Browser, office: Office, user: int = AGENT, **limits: int) -> Phone:
    """A tab with the page; its sounds can be measured."""
    context = browser.new_context()
    context.add_init_script(_EARS)
    phone = Phone(context.new_page())
    phone.page.goto(f"{office.base}/?user={user}&limits={quote(json.dumps(limits))}")
    phone.page.wait_for_function("window.phone")
    return phone


Phones = Callable[..., Phone]
