"""Requests to a customer's application, as Twilio makes them: signed, with cookies, redirects and retries."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, quote_plus, urljoin, urlsplit

import aiohttp
from yarl import URL

from exchange.account import Account
from exchange.clock import Clock
from exchange.document import BODY_LIMIT
from exchange.errors import WebhookError
from exchange.log import BODY_KEPT, Visit
from exchange.order import Target
from exchange.web import overrides
from exchange.web.cookies import Cookies
from exchange.web.errand import UNKNOWN, Errand
from exchange.web.failure import Failed, network_failure
from exchange.web.login import credentials_in
from exchange.web.overrides import Overrides
from exchange.web.reply import Reply
from exchange.web.shelf import Shelf
from exchange.web.signature import sign
from exchange.web.spoiling import harmed
from exchange.web.watch import Attempt

REAL_SECONDS = 3.0
"""No try is given up sooner in real time: at sixty-fold speed 15 s of the clock are 250 ms, which a busy
machine needs for an honest answer, and a limit that depends on the machine is no rule of the carrier."""

SOUND_LIMIT = 16 * 1024 * 1024
"""A longer sound is not taken."""

_quoted = lru_cache(maxsize=16_384)(quote_plus)  # the same names and numbers come in every webhook of a call

_CONNECTIONS = 500  # half of the open files a process usually gets
_REDIRECTS = 10
_MOVED = (301, 302, 303, 307, 308)
_AGENT = "TwilioProxy/1.1"
_KEPT_IN_URLS = "!#$%&'()*+,-./:;=?@[]_~"

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Try:
    """What stays the same on every try and redirect of one webhook."""

    cookies: Cookies
    token: str
    rules: Overrides
    limit: int
    errand: Errand


@dataclass(frozen=True, slots=True)
class _Request:
    """One HTTP request: `url` has its query but no password, `form` is what a POST carries."""

    target: Target
    url: str
    form: Params

    @property
    def body(self) -> str | None:
        """What is sent."""
        return None if self.target.method == "GET" else _encoded(self.form)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back, before anybody judged it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Webhooks:
    """The exchange's HTTP client; open it inside the running loop and close it at the end."""

    def __init__(self, account: Account, clock: Clock, watcher: aiohttp.TraceConfig) -> None:
        self._account, self._clock, self._shelf = account, clock, Shelf()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[watcher],
            auto_decompress=True,
        )
        self.sent = 0

    async def close(self) -> None:
        """Closes every connection."""
        await self._session.close()

    async def request(
        self,
        target: Target,
        params: Params,
        cookies: Cookies,
        *,
        limit: int = BODY_LIMIT,
        errand: Errand = UNKNOWN,
    ) -> Reply:
        """One webhook with its retries; WebhookError when no usable answer came."""
        url, rules = overrides.split(target.url)
        if not params and (sound := cookies.pick(url)) is not None:
            return sound
        one = _Try(cookies, str(uuid.uuid4()), rules, limit, errand)
        last = Failed("ct", 11200, "no try was made")
        try:
            async with asyncio.timeout(self._real(rules.total_ms, tries=rules.retries + 1)):
                for _ in range(rules.retries + 1):
                    try:
                        return await self._follow(Target(url, target.method), params, one)
                    except Failed as failed:
                        last = failed
                    if not rules.retried(last.kind):
                        break
        except TimeoutError:
            last = Failed("tt", 11200, "no answer in time", Visit(target.method, params))
        raise WebhookError(last.code, url, str(last), last.visit)

    async def _follow(self, target: Target, params: Params, one: _Try) -> Reply:
        for _ in range(_REDIRECTS + 1):
            request = _request(target, params)
            answer = await self._ask(request, one)
            visit = Visit(target.method, params, tuple(answer.headers.items()), answer.body[:BODY_KEPT])
            _check(answer, one.limit, visit)
            if answer.status not in _MOVED:
                kind = answer.headers.get("Content-Type", "")
                reply = Reply(answer.status, kind, answer.body, target.url, visit)
                if params and reply.is_sound:
                    one.cookies.put(reply)
                return reply
            if answer.status in (301, 302, 303):
                target, params = Target(target.url, "GET"), ()
            target = Target(_redirected(target.url, answer.headers.get("Location", ""), visit), target.method)
        raise Failed("rd", 11215, "too many redirects", visit)

    async def _ask(self, request: _Request, one: _Try) -> _Answer:
        """The answer from the shelf, or from the application, with a password if it asks for one."""
        kept = self._shelf.find(request.url) if request.target.method == "GET" else None
        if kept is not None and kept.until > self._clock.time():
            return _Answer(200, kept.headers, kept.body)
        answer = await self._send(request, one, kept.conditions if kept else {})
        if answer.status == 401:
            _, credentials = credentials_in(request.target.url)
            if one.cookies.log_in(request.url, credentials, answer.headers.get("WWW-Authenticate", "")):
                answer = await self._send(request, one, kept.conditions if kept else {})
        if kept is not None and answer.status == 304:
            answer = _Answer(200, kept.renewed(answer.headers), kept.body)
        if request.target.method == "GET" and answer.status == 200 and len(answer.body) <= one.limit:
            self._shelf.keep(request.url, answer.headers, answer.body, self._clock.time())
        return answer

    async def _send(self, request: _Request, one: _Try, conditions: dict[str, str]) -> _Answer:
        seen, headers = Attempt(one.errand), self._headers(request, one) | conditions
        try:
            return await self._once(request, one, headers, seen)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            # A kept connection that the application closed meanwhile says nothing about the application.
            if not seen.reused:
                raise _failed(error, request) from error
        except (aiohttp.ClientError, ValueError, TimeoutError) as error:
            raise _failed(error, request) from error
        try:
            return await self._once(request, one, headers, seen)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _failed(error, request) from error

    async def _once(self, request: _Request, one: _Try, headers: dict[str, str], seen: Attempt) -> _Answer:
        data, headers = harmed(one.errand.fate, self._clock, request.body, headers)
        self.sent += 1
        seen.sent = request.body or ""
        async with self._session.request(
            request.target.method,
            URL(request.url, encoded=True),
            data=data,
            headers=headers,
            allow_redirects=False,
            timeout=self._timeout(one.rules),
            trace_request_ctx=seen,
        ) as response:
            one.cookies.take(response)
            limit = SOUND_LIMIT if response.content_type.startswith("audio/") else one.limit
            try:
                body = await _body(response, limit)
                seen.answer = body[:BODY_KEPT]
            finally:
                seen.over()
            return _Answer(response.status, response.headers, body)

    def _headers(self, request: _Request, one: _Try) -> dict[str, str]:
        headers = {
            "User-Agent": _AGENT,
            "X-Twilio-Signature": sign(self._account.auth_token, request.url, request.form),
            "I-Twilio-Idempotency-Token": one.token,
        }
        if request.target.method != "GET":
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        url = URL(request.url, encoded=True)
        if cookie := one.cookies.header(url):
            headers["Cookie"] = cookie
        if authorization := one.cookies.authorization(request.target.method, url):
            headers["Authorization"] = authorization
        return headers

    def _timeout(self, rules: Overrides) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=None, sock_connect=self._real(rules.connect_ms), sock_read=self._real(rules.read_ms)
        )

    def _real(self, milliseconds: int, *, tries: int = 1) -> float:
        return max(self._clock.real(milliseconds / 1000), REAL_SECONDS * tries)


def _request(target: Target, params: Params) -> _Request:
    try:
        url = _written(target.url)
    except ValueError as error:
        raise Failed("url", 11100, "the URL is not usable") from error
    if not url.startswith(("http://", "https://")):
        raise Failed("url", 11100, "the URL is not one of HTTP")
    if target.method != "GET":
        return _Request(target, url, params)
    if params:
        url += ("&" if "?" in url else "?") + _encoded(params)
    return _Request(target, url, ())


@lru_cache(maxsize=4096)
def _written(url: str) -> str:
    """The URL as it is sent and signed: without its password, with a path, and ASCII throughout."""
    bare, _ = credentials_in(quote(url, safe=_KEPT_IN_URLS, errors="surrogateescape"))
    parts = urlsplit(bare)
    return bare if parts.path else bare.replace(parts.netloc, f"{parts.netloc}/", 1)


def _encoded(params: Params) -> str:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in params)


def _redirected(url: str, location: str, visit: Visit) -> str:
    try:
        found = urljoin(url, location.partition("#")[0])
    except ValueError:
        found = ""
    if not location or not found.startswith(("http://", "https://")):
        raise Failed("rd", 11216, "the redirect leads nowhere", visit)
    return found


async def _body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    try:
        return await response.content.readexactly(limit + 1)
    except asyncio.IncompleteReadError as all_of_it:
        return all_of_it.partial


def _check(answer: _Answer, limit: int, visit: Visit) -> None:
    if answer.status >= 400:
        kind = "4xx" if answer.status < 500 else "5xx"
        raise Failed(kind, 11200, f"the application answered {answer.status}", visit)
    is_sound = answer.headers.get("Content-Type", "").startswith("audio/")
    if len(answer.body) > (SOUND_LIMIT if is_sound else limit):
        raise Failed("size", 11750, "the answer is too long", visit)


def _failed(error: Exception, request: _Request) -> Failed:
    failed = network_failure(error)
    failed.visit = Visit(request.target.method, request.form)
    return failed
