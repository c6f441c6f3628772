"""REST requests that touch a call are written into its trace."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import web

from exchange.account import API_VERSION
from exchange.errors import RestError
from exchange.log import BODY_KEPT
from exchange.rest.door import BOARD, Handler
from exchange.rest.mishap import FAULT
from exchange.web import masking

_CALL = re.compile(r"CA[0-9a-fA-F]{32}")
_MADE = re.compile(rb'"(?:call_)?sid": ?"(CA[0-9a-fA-F]{32})"')


@dataclass(frozen=True, slots=True)
class Asked:
    """A REST request and its answer."""

    method: str
    url: str
    form: Sequence[tuple[str, str]]
    status: int | None
    answer: bytes
    fault: str
    seconds: float

    def shown(self) -> Mapping[str, object]:
        """The request and its answer, without secrets."""
        return {
            "method": self.method,
            "url": self.url,
            "body": urlencode([(name, masking.kept(name, value)) for name, value in self.form]),
            "fault": self.fault or None,
            "status": self.status,
            "answer": self.answer.decode("utf-8", "replace"),
            "real_ms": round(self.seconds * 1000, 2),
        }


@web.middleware
async def noting(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Notes a request of the API when it is over, for the calls it names or made."""
    if not request.path.startswith(f"/{API_VERSION}/"):
        return await handler(request)
    began, form = time.perf_counter(), await _form(request)
    status, answer, fault = None, b"", ""
    try:
        response = await handler(request)
        status, answer, fault = response.status, _body(response), response.headers.get(FAULT, "")
        return response
    except RestError as error:
        status, answer = error.status, f"{error.code}: {error.message}".encode()
        raise
    finally:
        seconds = time.perf_counter() - began
        _note(request, Asked(request.method, request.path_qs, form, status, answer, fault, seconds))


def _note(request: web.Request, asked: Asked) -> None:
    journal = request.app[BOARD].journal
    for call in _touched(request, asked.answer):
        kept = replace(asked, answer=asked.answer[:BODY_KEPT])
        journal.tell(journal.begin(call, "rest", kept))


def _touched(request: web.Request, answer: bytes) -> set[str]:
    named = set(_CALL.findall(request.path))
    if request.method == "POST":
        named.update(found.decode() for found in _MADE.findall(answer))
    register = request.app[BOARD].register
    return {sid for sid in named if register.call(sid) is not None}


async def _form(request: web.Request) -> list[tuple[str, str]]:
    """What was sent; a form that cannot be read is complained of by its handler."""
    if request.method != "POST" or request.content_type != "application/x-www-form-urlencoded":
        return []
    try:
        return [(name, str(value)) for name, value in (await request.post()).items()]
    except (ValueError, LookupError):
        return []


def _body(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else None
    return body if isinstance(body, bytes) else b""
