"""Requests to a customer's application, as Twilio makes them: signed, with cookies, redirects and retries."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote_plus, urljoin

import aiohttp
from yarl import URL

from exchange import overrides
from exchange.account import Account
from exchange.clock import Clock
from exchange.document import BODY_LIMIT
from exchange.errand import UNKNOWN, Errand
from exchange.errors import WebhookError
from exchange.order import Target
from exchange.overrides import Overrides
from exchange.signature import sign
from exchange.spoiling import harmed
from exchange.watch import Attempt

REAL_SECONDS = 3.0
"""No try is given up sooner in real time: at sixty-fold speed 15 s of the clock are 250 ms, which a busy
machine needs for an honest answer, and a limit that depends on the machine is no rule of the carrier."""

_quoted = lru_cache(maxsize=16_384)(quote_plus)  # the same names and numbers come in every webhook of a call

_CONNECTIONS = 500  # half of the open files a process usually gets
_REDIRECTS = 10
_MOVED = (301, 302, 303, 307, 308)
_AGENT = "TwilioProxy/1.1"

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What an application answered."""

    status: int
    content_type: str
    body: bytes
    url: str


class Cookies:
    """The cookies one call was given; most applications give none, and then this costs nothing."""

    def __init__(self) -> None:
        self._jar: aiohttp.CookieJar | None = None

    def header(self, url: URL) -> str:
        """The `Cookie` header for a request to this URL."""
        if self._jar is None:
            return ""
        found = self._jar.filter_cookies(url)
        return "; ".join(f"{name}={morsel.value}" for name, morsel in found.items())

    def take(self, response: aiohttp.ClientResponse) -> None:
        """Keeps what the response sets."""
        if response.cookies:
            if self._jar is None:
                self._jar = aiohttp.CookieJar(unsafe=True)  # applications on bare addresses have cookies, too
            self._jar.update_cookies(response.cookies, response.url)


@dataclass(frozen=True, slots=True)
class _Try:
    """What stays the same on every try and redirect of one webhook."""

    cookies: Cookies
    token: str
    rules: Overrides
    limit: int
    errand: Errand


class _Failed(Exception):
    def __init__(self, kind: str, code: int, reason: str) -> None:
        super().__init__(reason)
        self.kind, self.code = kind, code


class Webhooks:
    """The exchange's HTTP client; open it inside the running loop and close it at the end."""

    def __init__(self, account: Account, clock: Clock, watcher: aiohttp.TraceConfig) -> None:
        self._account, self._clock = account, clock
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
        one = _Try(cookies, secrets.token_hex(16), rules, limit, errand)
        last = _Failed("ct", 11200, "no try was made")
        try:
            async with asyncio.timeout(self._real(rules.total_ms, tries=rules.retries + 1)):
                for _ in range(rules.retries + 1):
                    try:
                        return await self._follow(Target(url, target.method), params, one)
                    except _Failed as failed:
                        last = failed
                    if not rules.retried(last.kind):
                        break
        except TimeoutError:
            last = _Failed("tt", 11200, "no answer in time")
        raise WebhookError(last.code, url, str(last))

    async def _follow(self, target: Target, params: Params, one: _Try) -> Reply:
        for _ in range(_REDIRECTS + 1):
            reply, location = await self._send(target, params, one)
            if location is None:
                return reply
            if reply.status in (301, 302, 303):
                target, params = Target(urljoin(target.url, location), "GET"), ()
            else:
                target = Target(urljoin(target.url, location), target.method)
        raise _Failed("rd", 11215, "too many redirects")

    async def _send(self, target: Target, params: Params, one: _Try) -> tuple[Reply, str | None]:
        seen = Attempt(one.errand)
        try:
            return await self._once(target, params, one, seen)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            # A kept connection that the application closed meanwhile says nothing about the application.
            if not seen.reused:
                raise _failure(error) from error
        except (aiohttp.ClientError, ValueError, TimeoutError) as error:
            raise _failure(error) from error
        try:
            return await self._once(target, params, one, seen)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _failure(error) from error

    async def _once(
        self, target: Target, params: Params, one: _Try, seen: Attempt
    ) -> tuple[Reply, str | None]:
        url, body = target.url, None
        if target.method == "GET" and params:
            url += ("&" if "?" in url else "?") + _encoded(params)
        elif target.method != "GET":
            body = _encoded(params)
        headers = self._headers(url, params if body is not None else (), one)
        data, headers = harmed(one.errand.fate, self._clock, body, headers)
        self.sent += 1
        seen.sent = body or ""
        async with self._session.request(
            target.method,
            URL(url, encoded=True),
            data=data,
            headers=headers,
            allow_redirects=False,
            timeout=self._timeout(one.rules),
            trace_request_ctx=seen,
        ) as response:
            one.cookies.take(response)
            reply = Reply(
                response.status,
                response.headers.get("Content-Type", ""),
                await _body(response, one.limit),
                target.url,
            )
            seen.answer = reply.body
            _check(reply, one.limit)
            return reply, response.headers.get("Location") if response.status in _MOVED else None

    def _headers(self, url: str, params: Params, one: _Try) -> dict[str, str]:
        headers = {
            "User-Agent": _AGENT,
            "X-Twilio-Signature": sign(self._account.auth_token, url, params),
            "I-Twilio-Idempotency-Token": one.token,
        }
        if params:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        if cookie := one.cookies.header(URL(url, encoded=True)):
            headers["Cookie"] = cookie
        return headers

    def _timeout(self, rules: Overrides) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=None, sock_connect=self._real(rules.connect_ms), sock_read=self._real(rules.read_ms)
        )

    def _real(self, milliseconds: int, *, tries: int = 1) -> float:
        return max(self._clock.real(milliseconds / 1000), REAL_SECONDS * tries)


def _encoded(params: Params) -> str:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in params)


async def _body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    try:
        return await response.content.readexactly(limit + 1)
    except asyncio.IncompleteReadError as all_of_it:
        return all_of_it.partial


def _check(reply: Reply, limit: int) -> None:
    if reply.status >= 400:
        kind = "4xx" if reply.status < 500 else "5xx"
        raise _Failed(kind, 11200, f"the application answered {reply.status}")
    if len(reply.body) > limit:
        raise _Failed("size", 11750, "the answer is too long")


def _failure(error: Exception) -> _Failed:
    """Twilio's error code for what went wrong on the network."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _Failed("ct", 11210, "the host name was not found")
    if isinstance(error, aiohttp.ClientSSLError):
        return _Failed("ct", 11220, "the TLS handshake failed")
    if isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError):
        return _Failed("ct", 11205, "the connection was not made")
    if isinstance(error, TimeoutError):
        return _Failed("rt", 11200, "no answer in time")
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return _Failed("url", 11100, "the URL is not usable")
    return _Failed("rt", 11206, "the answer was not HTTP, or was cut short")
