"""The carrier's webhooks: signed, and harmless when they come twice, late, out of order or never.

They are answered on the WSGI level, in front of Flask, which would double their cost (docs/performance.md);
every page stays Flask's.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote_plus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ivr import callbacks, twiml
from ivr.callbacks import Form, Malformed
from ivr.conversation import Conversation
from ivr.signature import SignatureCheck
from ledger import LedgerBusy, NothingSaid, UnknownCall
from scripts.values import Heard, Input

log = logging.getLogger(__name__)

SORRY = "抱歉，系统临时出了问题，今天先不往下说了，我们会再联系您。再见。"
LARGEST = 64 * 1024
"""Bytes of a form; the carrier's are below three thousand."""
LAST = 2**63 - 1
"""The largest integer of the database."""
WORDS = ("waiting", "left", "robot", "alone", "held")
"""Legs whose answer is what the customer's line hears now; each is a method of the conversation."""
PATH = re.compile(
    r"/calls/([0-9]{1,19})/(?:turns/([0-9]{1,19})|(answered|fallback|status|amd|recording|waiting|left|robot|alone|held))"
)

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


class Webhooks:
    """Answers what the carrier posts below `/calls/`, and hands everything else to the pages."""

    def __init__(self, conversation: Conversation, check: SignatureCheck, public_url: str) -> None:
        self.conversation = conversation
        self.refused = 0
        self._check = check
        self._public_url = public_url

    def before(self, pages: WSGIApplication) -> WSGIApplication:
        """Return the application that answers webhooks itself and leaves the rest to `pages`."""

        def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            if not environ["PATH_INFO"].startswith("/calls/"):
                return pages(environ, start)
            status, content_type, text = self.answer(environ)
            body = text.encode()
            headers = [("Content-Type", content_type)] if content_type else []
            start(status, [*headers, ("Content-Length", str(len(body)))])
            return [body]

        return application

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Let the carrier in: 403 for anyone else, and no trace but a counter."""
        match = PATH.fullmatch(environ["PATH_INFO"])
        if match is None or max(int(match[1]), int(match[2] or 0)) > LAST:
            return UNKNOWN
        if environ["REQUEST_METHOD"] != "POST":
            return NOT_POSTED
        body = _body(environ)
        if body is None:
            return TOO_LARGE
        pairs = parameters(body)
        if not self._check.holds(self._url(environ), pairs, environ.get("HTTP_X_TWILIO_SIGNATURE", "")):
            self.refused += 1
            return UNSIGNED
        call_id, n, leg = match.groups()
        try:
            return self._leg(leg or "turn", int(call_id), int(n or 0), dict(pairs))
        except Malformed as error:
            return "400 Bad Request", TEXT, f"{error}\n"

    def _url(self, environ: WSGIEnvironment) -> str:
        query = environ.get("QUERY_STRING")
        return f"{self._public_url}{environ['PATH_INFO']}{f'?{query}' if query else ''}"

    def _leg(self, leg: str, call_id: int, n: int, form: Form) -> Answer:
        talk = self.conversation
        match leg:
            case "turn":
                return self._spoken(call_id, lambda: talk.turn(call_id, n, heard(form)))
            case "answered":
                sid = callbacks.needed(form, "CallSid")
                return self._spoken(call_id, lambda: talk.answered(call_id, sid))
            case "fallback":
                code = form.get("ErrorCode", "")[:8]
                log.warning("fallback asked for", extra={"call_id": call_id, "error_code": code})
                return self._spoken(call_id, lambda: talk.broken(call_id))
            case "status":
                update, audio = callbacks.status(form, talk.now())
                return _quietly(call_id, lambda: talk.status(call_id, update, audio))
            case "amd":
                answered_by = callbacks.needed(form, "AnsweredBy")
                return _quietly(call_id, lambda: talk.machine(call_id, answered_by))
            case leg if leg in WORDS:
                return self._spoken(call_id, lambda: talk.now_heard(leg, call_id))
            case _:
                audio = callbacks.recording(form)
                return _quietly(call_id, lambda: talk.recording(call_id, audio))

    def _spoken(self, call_id: int, speak: Callable[[], str]) -> Answer:
        """Speak whatever happens: the customer hears a polite sentence, never the carrier's error."""
        try:
            document = speak()
        except UnknownCall:
            log.warning("webhook for a call the ledger does not know", extra={"call_id": call_id})
            document = twiml.nothing()
        except NothingSaid:
            log.warning("webhook for a call in which nothing was said", extra={"call_id": call_id})
            document = twiml.sentence(SORRY)
        except LedgerBusy:
            log.error("the ledger was locked, the call is given up", extra={"call_id": call_id})
            document = twiml.sentence(SORRY)
        except Exception:
            log.exception("a turn failed", extra={"call_id": call_id})
            document = self._broken(call_id)
        return "200 OK", XML, document

    def _broken(self, call_id: int) -> str:
        try:
            return self.conversation.broken(call_id)
        except Exception:
            log.exception("a call could not be ended in its script", extra={"call_id": call_id})
            return twiml.sentence(SORRY)


def _quietly(call_id: int, act: Callable[[], object]) -> Answer:
    """Status callbacks want no words: 204, and also for an unknown call, so that it is not sent again.

    What could not be written gets 503: the carrier was asked to try once more after an answer of this kind.
    """
    try:
        act()
    except UnknownCall:
        log.warning("callback for a call the ledger does not know", extra={"call_id": call_id})
    except LedgerBusy:
        log.warning("the ledger was locked, the callback is asked for again", extra={"call_id": call_id})
        return LATER
    except Exception:
        log.exception("a callback failed", extra={"call_id": call_id})
        return LATER
    return DONE


def _body(environ: WSGIEnvironment) -> str | None:
    """The form as text; None when it is larger than any of the carrier's."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST:
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


def heard(form: Form) -> Heard:
    """Return what the Gather reports: keys before speech; neither is silence."""
    if digits := form.get("Digits", ""):
        return Heard(Input.KEYS, digits)
    if words := form.get("SpeechResult", ""):
        return Heard(Input.SPEECH, words)
    return Heard(Input.SILENCE)
