"""A running exchange with one customer and one application, for tests: real HTTP on loopback, no mocks."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, TypeVar

import pytest
import requests
from aiohttp import web
from exchange_contract import check
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from exchange.account import Account
from exchange.board import Board, Plan
from exchange.clock import Clock, running
from exchange.faults import Faults
from exchange.people.persona import Persona, Rule, Town
from exchange.server import serving
from exchange.speaking.ears import Ears
from exchange.speaking.speech import PACK, Speech

ACCOUNT = Account("AC" + "a" * 32, "t" * 32, "SK" + "b" * 32, "s" * 32)
TO, FROM = "+8613812345678", "+861095511000"
EVENTS = ["initiated", "ringing", "answered", "completed"]
XML = "text/xml"

T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """A request the application got."""

    method: str
    path: str
    url: str
    fields: list[tuple[str, str]]
    query: dict[str, str]
    headers: dict[str, str]
    at: float

    @property
    def form(self) -> dict[str, str]:
        return dict(self.fields)


Page = str | Callable[[Seen], web.Response | str | Awaitable[str]]


@dataclass
class Application:
    """The customer's application: pages by path, and what was asked of it."""

    clock: Clock
    pages: dict[str, Page] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    base: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        fields = [(name, str(value)) for name, value in form.items()]
        url = self.base + request.raw_path
        headers = dict(request.headers)
        seen = Seen(
            request.method, request.path, url, fields, dict(request.query), headers, self.clock.time()
        )
        self.seen.append(seen)
        page = self.pages.get(request.path, "")
        result = page if isinstance(page, str) else page(seen)
        if isawaitable(result):
            result = await result
        return web.Response(text=result, content_type=XML) if isinstance(result, str) else result

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]


class CheckedClient(HttpClient):
    """The SDK's way out: api.twilio.com becomes the exchange, and every answer is checked."""

    def __init__(self, base: str) -> None:
        self.base, self.timeout = base, 10.0
        self.last: tuple[int, str] = (0, "")

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        **_: Any,
    ) -> Response:
        url = url.replace("https://api.twilio.com", self.base)
        with requests.Session() as session:
            found = session.request(
                method, url, params=params, data=data, headers=headers, auth=auth, timeout=10
            )
        check(method, found.url, data or {}, found.status_code, found.text)
        self.last = (found.status_code, found.text)
        return Response(found.status_code, found.text)


@dataclass
class Line:
    """An exchange, an application, and the SDK pointed at them."""

    board: Board
    application: Application
    client: Client
    loop: asyncio.AbstractEventLoop

    @property
    def pages(self) -> dict[str, Page]:
        return self.application.pages

    def url(self, path: str) -> str:
        return self.application.base + path

    def call(self, path: str = "/voice", **wanted: Any) -> Any:
        options = {"to": TO, "from_": FROM, "url": self.url(path)} | wanted
        return self.client.calls.create(**{key: value for key, value in options.items() if value is not None})

    def quiet(self, seconds: float = 15.0) -> None:
        """Waits until no call runs and no callback is under way."""
        deadline = time.monotonic() + seconds
        while len(self.board.tasks):
            assert time.monotonic() < deadline, "the exchange does not come to rest"
            time.sleep(0.005)

    def talk(self, path: str = "/voice", **wanted: Any) -> Any:
        """Places a call, waits for its end, and returns it."""
        call = self.call(path, **wanted)
        self.quiet()
        return call.fetch()

    def until(self, test: Callable[[], object], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not test():
            assert time.monotonic() < deadline, "it does not happen"
            time.sleep(0.003)

    def codes(self) -> list[int]:
        return [one.code for one in self.board.log.notifications]

    def http(self, method: str, path: str, **options: Any) -> requests.Response:
        with requests.Session() as session:
            auth = options.pop("auth", (ACCOUNT.sid, ACCOUNT.auth_token))
            return session.request(method, self.board.base_url + path, auth=auth, timeout=10, **options)


class Background:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def close(self) -> None:
        with suppress(asyncio.CancelledError):
            self.run(_end_the_rest())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def _end_the_rest() -> None:
    """As `asyncio.run` does: a handshake under way is a task of the loop's own."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for _ in range(5):  # a connection that was aborted is closed some rounds of the loop later
        await asyncio.sleep(0)


@asynccontextmanager
async def _application(application: Application) -> Any:
    server = web.Application()
    server.router.add_route("*", "/{path:.*}", application.answer)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    application.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield application
    finally:
        await runner.cleanup()


@contextmanager
def _entered(background: Background, context: Any) -> Iterator[Any]:
    value = background.run(context.__aenter__())
    try:
        yield value
    finally:
        background.run(context.__aexit__(None, None, None))


def rule(heard: str = "", **does: Any) -> Rule:
    for name in ("keys", "say"):
        if isinstance(does.get(name), str):
            does[name] = (does[name],)
    return Rule(re.compile(heard), **does)


def person(*rules: Rule, **traits: Any) -> Persona:
    """Somebody who picks up at once and answers one second after each question."""
    usual = {"rings": (2.0, 2.0), "delay": (1.0, 1.0), "greeting": ("喂",)}
    return Persona("somebody", "somebody", 1.0, rules=rules, **(usual | traits))


Studio = Callable[..., Line]


@pytest.fixture
def studio() -> Iterator[Studio]:
    """Starts exchanges: `studio(rule(...), speed=..., faults=...)`."""
    with ExitStack() as stack:
        background = Background()
        stack.callback(background.close)

        def start(
            *rules: Rule,
            persona: Persona | None = None,
            personas: Sequence[Persona] = (),
            people: dict[str, dict[str, str]] | None = None,
            faults: Faults | None = None,
            speed: float = 200.0,
            cps: float = 1000.0,
            seed: int = 0,
            ears: Ears | None = None,
        ) -> Line:
            clock = running(speed)
            town = Town(tuple(personas) or (persona or person(*rules),), people or {}, seed)
            plan = Plan(ACCOUNT, clock, town, faults or Faults(), Speech([PACK]), cps, ears)
            application = stack.enter_context(_entered(background, _application(Application(clock))))
            board = stack.enter_context(_entered(background, serving(plan, "127.0.0.1", 0)))
            client = Client(ACCOUNT.sid, ACCOUNT.auth_token, http_client=CheckedClient(board.base_url))
            return Line(board, application, client, background.loop)

        yield start


def document(*verbs: str) -> str:
    return f"<?xml version='1.0' encoding='UTF-8'?><Response>{''.join(verbs)}</Response>"
