"""Every request to an application is watched: what was sent, what came back, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace

import aiohttp

from exchange.journal import Entry, Journal
from exchange.log import BODY_KEPT
from exchange.web import masking
from exchange.web.errand import Errand


def _unwatched() -> None:
    """Nobody wants to know that the request is over."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One HTTP request to an application; seconds are real ones."""

    errand: Errand
    reused: bool = False
    method: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: str | bytes = ""
    status: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer: bytes = b""
    failure: str = ""
    began: float = 0.0
    seconds: float | None = None
    over: Callable[[], None] = _unwatched

    def shown(self) -> Mapping[str, object]:
        """The request and its answer, without secrets."""
        sent = self.sent if isinstance(self.sent, str) else self.sent.decode("utf-8", "backslashreplace")
        fate = self.errand.fate
        return {
            "webhook": self.errand.kind,
            "method": self.method,
            "url": self.url,
            "headers": masking.headers(self.headers.items()),
            "body": sent[:BODY_KEPT],
            "fault": fate.damage or ("slow" if fate.slow else "reset" if fate.reset else None),
            "status": self.status,
            "answer_headers": masking.headers(self.answer_headers.items()),
            "answer": self.answer.decode("utf-8", "backslashreplace"),
            "failure": self.failure or None,
            "connection": "kept" if self.reused else "new",
            "real_ms": None if self.seconds is None else round(self.seconds * 1000, 2),
        }


def watcher(journal: Journal) -> aiohttp.TraceConfig:
    """What aiohttp tells of its requests, written into the journal."""
    config = aiohttp.TraceConfig()

    async def start(_: object, context: SimpleNamespace, params: aiohttp.TraceRequestStartParams) -> None:
        attempt: Attempt = context.trace_request_ctx
        attempt.method, attempt.url, attempt.headers = params.method, str(params.url), params.headers
        attempt.began = time.perf_counter()
        entry = journal.begin(attempt.errand.owner, "webhook", attempt)
        attempt.over = partial(_over, journal, entry, attempt)

    async def reuse(_: object, context: SimpleNamespace, params: object) -> None:
        context.trace_request_ctx.reused = True

    async def end(_: object, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        attempt: Attempt = context.trace_request_ctx
        attempt.status, attempt.answer_headers = params.response.status, params.response.headers
        if attempt.errand.fate.reset:
            params.response.close()
            raise aiohttp.ClientOSError("reset by the faults file")

    async def fail(_: object, context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams) -> None:
        attempt: Attempt = context.trace_request_ctx
        attempt.failure = type(params.exception).__name__
        attempt.over()

    config.on_request_start.append(start)
    config.on_connection_reuseconn.append(reuse)
    config.on_request_end.append(end)
    config.on_request_exception.append(fail)
    return config


def _over(journal: Journal, entry: Entry, attempt: Attempt) -> None:
    attempt.seconds = time.perf_counter() - attempt.began
    journal.tell(entry)
