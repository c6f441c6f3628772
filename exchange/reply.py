"""An application's answer read as TwiML, by its content type."""

from __future__ import annotations

from exchange.document import Element, parse
from exchange.errors import DocumentError
from exchange.webhook import Reply

_TWIML = ("text/xml", "application/xml", "text/html")


def response_of(reply: Reply, *, hangs_up: bool = True) -> Element:
    """The `<Response>` to perform; errors 11770 (empty), 12300 (content type), 12100 and 12102.

    Sound or plain words end the call, but not where somebody waits.
    """
    end = [Element("Hangup", {})] if hangs_up else []
    kind = reply.content_type.partition(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return Element("Response", {}, [Element("Play", {}, [reply.url]), *end])
    if kind not in (*_TWIML, "text/plain"):
        raise DocumentError(12300, f"invalid content type: {kind or 'none'}")
    if not reply.body.strip():
        raise DocumentError(11770, "empty response body")
    if kind != "text/plain":
        return parse(reply.body)
    try:
        return parse(reply.body)
    except DocumentError:
        return Element("Response", {}, [Element("Say", {}, [reply.body.decode("utf-8", "replace")]), *end])
