"""An application's answer, and how it is read as TwiML: by its content type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exchange.document import Element, decoded, parse
from exchange.errors import DocumentError
from exchange.log import NOWHERE, Visit

_TWIML = ("text/xml", "application/xml", "text/html")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.I)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an application answered; `url` is the last one after redirects, with a password if it had one."""

    status: int
    content_type: str
    body: bytes
    url: str
    visit: Visit = NOWHERE

    @property
    def kind(self) -> str:
        """The content type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def is_sound(self) -> bool:
        """Whether it is something to be played."""
        return self.kind.startswith("audio/")

    @property
    def charset(self) -> str:
        """The charset the content type names, or nothing."""
        found = _CHARSET.search(self.content_type)
        return found[1] if found else ""


def response_of(reply: Reply, *, alone: bool = True) -> Element:
    """The `<Response>` to perform; errors 11770 (empty), 12300 (content type), 12100 and 12102.

    A sound or a plain text that stands alone ends the call, but not one that is heard in waiting.
    """
    if not reply.body.strip():
        raise DocumentError(11770, "empty response body")
    if reply.is_sound:
        return _response(Element("Play", {}, [reply.url]), alone)
    if reply.kind not in (*_TWIML, "text/plain"):
        raise DocumentError(12300, f"invalid content type: {reply.kind or 'none'}")
    if reply.kind != "text/plain":
        return parse(reply.body, reply.charset)
    try:
        return parse(reply.body, reply.charset)
    except DocumentError:
        return _response(Element("Say", {}, [_read(reply)]), alone)


def _read(reply: Reply) -> str:
    try:
        return decoded(reply.body, reply.charset)
    except DocumentError:
        return reply.body.decode("utf-8", "replace")


def _response(verb: Element, hangs_up: bool) -> Element:
    return Element("Response", {}, [verb, Element("Hangup", {})] if hangs_up else [verb])
