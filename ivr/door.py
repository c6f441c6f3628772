"""The way in for the carrier: a POST of moderate size, signed by it; everyone else gets a plain refusal."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote_plus
from wsgiref.types import StartResponse, WSGIEnvironment

from ivr.signature import SignatureCheck

LARGEST = 64 * 1024
"""Bytes of a form; the carrier's are below three thousand."""

Form = dict[str, str]
Answer = tuple[str, str, str]
"""Status line, content type, body."""

XML = "text/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
DONE: Answer = ("204 No Content", "", "")
LATER: Answer = ("503 Service Unavailable", TEXT, "try again\n")
UNSIGNED: Answer = ("403 Forbidden", TEXT, "signature does not match\n")
UNKNOWN: Answer = ("404 Not Found", TEXT, "no such webhook\n")
NOT_POSTED: Answer = ("405 Method Not Allowed", TEXT, "POST only\n")
TOO_LARGE: Answer = ("413 Content Too Large", TEXT, "form too large\n")


class Refused(Exception):
    """The request is not let in; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer[0])
        self.answer = answer


class Door:
    """Checks requests against one auth token and the public URL; counts the unsigned ones."""

    def __init__(self, check: SignatureCheck, public_url: str) -> None:
        self.refused = 0
        self._check = check
        self._public_url = public_url

    def form(self, environ: WSGIEnvironment) -> Form:
        """Return the carrier's parameters; Refused for anyone else, and no trace but a counter."""
        if environ["REQUEST_METHOD"] != "POST":
            raise Refused(NOT_POSTED)
        body = _body(environ)
        if body is None:
            raise Refused(TOO_LARGE)
        pairs = parameters(body)
        if not self._check.holds(self._url(environ), pairs, environ.get("HTTP_X_TWILIO_SIGNATURE", "")):
            self.refused += 1
            raise Refused(UNSIGNED)
        return dict(pairs)

    def _url(self, environ: WSGIEnvironment) -> str:
        query = environ.get("QUERY_STRING")
        return f"{self._public_url}{environ['PATH_INFO']}{f'?{query}' if query else ''}"


def respond(start: StartResponse, answer: Answer) -> Iterable[bytes]:
    """Send an answer as WSGI wants it."""
    status, content_type, text = answer
    body = text.encode()
    headers = [("Content-Type", content_type)] if content_type else []
    start(status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


def _body(environ: WSGIEnvironment) -> str | None:
    """The form as text; None when it is larger than any of the carrier's."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or len(length) > len(str(LARGEST)) or int(length) > LARGEST:
        return None
    content: bytes = environ["wsgi.input"].read(int(length))
    return content.decode("utf-8", "replace")


def parameters(body: str) -> list[tuple[str, str]]:
    """Return the parameters of a form; most need no decoding, on which `parse_qsl` spends its time."""
    return [
        (_plain(name), _plain(value))
        for name, found, value in (field.partition("=") for field in body.split("&"))
        if found
    ]


def _plain(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text
