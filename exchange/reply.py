"""An application's answer read as TwiML, by its content type."""

from __future__ import annotations

from exchange.document import Element, parse
from exchange.errors import DocumentError
from exchange.webhook import Reply

_TWIML = ("text/xml", "application/xml", "text/html")


def response_of(reply: Reply, *, alone: bool = True) -> Element:
    """The `<Response>` to perform; errors 11770 (empty), 12300 (content type), 12100 and 12102.

    A sound or a plain text that stands alone ends the call, but not one that is heard in waiting.
    """
    kind = reply.content_type.partition(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return _response(Element("Play", {}, [reply.url]), alone)
    if kind not in (*_TWIML, "text/plain"):
        raise DocumentError(12300, f"invalid content type: {kind or 'none'}")
    if not reply.body.strip():
        raise DocumentError(11770, "empty response body")
    if kind != "text/plain":
        return parse(reply.body)
    try:
        return parse(reply.body)
    except DocumentError:
        return _response(Element("Say", {}, [reply.body.decode("utf-8", "replace")]), alone)


def _response(verb: Element, hangs_up: bool) -> Element:
    return Element("Response", {}, [verb, Element("Hangup", {})] if hangs_up else [verb])
