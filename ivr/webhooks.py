"""The carrier's webhooks: signed, and harmless when they come twice, late, out of order or never.

They are answered on the WSGI level, in front of Flask, which would double their cost (docs/performance.md);
every page stays Flask's.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ivr import callbacks, twiml
from ivr.callbacks import Malformed
from ivr.conversation import Conversation
from ivr.door import DONE, LATER, TEXT, UNKNOWN, XML, Answer, Door, Form, Refused, respond
from ivr.hotline.limping import BROKEN, Limping
from ledger import LedgerBusy, NothingSaid, UnknownCall
from scripts.values import Heard, Input

log = logging.getLogger(__name__)

SORRY = "抱歉，系统临时出了问题，今天先不往下说了，我们会再联系您。再见。"
LAST = 2**63 - 1
"""The largest integer of the database."""
WORDS = ("waiting", "left", "robot", "alone", "held")
"""Legs whose answer is what the customer's line hears now; each is a method of the conversation."""
PATH = re.compile(
    r"/calls/([0-9]{1,19})/(?:turns/([0-9]{1,19})|(answered|fallback|status|amd|recording|waiting|left|robot|alone|held))"
)


class Webhooks:
    """Answers what the carrier posts below `/calls/`, and hands everything else to the pages."""

    def __init__(self, conversation: Conversation, door: Door, limping: Limping) -> None:
        self.conversation = conversation
        self.door = door
        self._limping = limping

    def before(self, pages: WSGIApplication) -> WSGIApplication:
        """Return the application that answers webhooks itself and leaves the rest to `pages`."""

        def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            if not environ["PATH_INFO"].startswith("/calls/"):
                return pages(environ, start)
            return respond(start, self.answer(environ))

        return application

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Let the carrier in: 403 for anyone else, and no trace but a counter."""
        match = PATH.fullmatch(environ["PATH_INFO"])
        if match is None or max(int(match[1]), int(match[2] or 0)) > LAST:
            return UNKNOWN
        call_id, n, leg = match.groups()
        try:
            return self._leg(leg or "turn", int(call_id), int(n or 0), self.door.form(environ))
        except Refused as refusal:
            return refusal.answer
        except Malformed as error:
            return "400 Bad Request", TEXT, f"{error}\n"

    def _leg(self, leg: str, call_id: int, n: int, form: Form) -> Answer:
        talk = self.conversation
        match leg:
            case "turn":
                return self._spoken(call_id, lambda: talk.turn(call_id, n, heard(form)), form)
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

    def _spoken(self, call_id: int, speak: Callable[[], str], form: Form | None = None) -> Answer:
        """Speak whatever happens: the customer hears a polite sentence, never the carrier's error.

        Of a turn that the ledger cannot take (`form`) a wish not to be called is kept all the same.
        """
        if form and self._limping.limps:
            return "200 OK", XML, self._limping.instead(form, SORRY)
        try:
            document = speak()
        except UnknownCall:
            log.warning("webhook for a call the ledger does not know", extra={"call_id": call_id})
            document = twiml.nothing()
        except NothingSaid:
            log.warning("webhook for a call in which nothing was said", extra={"call_id": call_id})
            document = twiml.sentence(SORRY)
        except sqlite3.IntegrityError:
            log.exception("a webhook contradicts the ledger", extra={"call_id": call_id})
            document = self._broken(call_id)
        except BROKEN as error:
            broken = not isinstance(error, LedgerBusy)
            log.error("the ledger did not take a turn", extra={"call_id": call_id}, exc_info=broken)
            self._limping.failed()
            document = self._limping.instead(form or {}, SORRY)
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


def heard(form: Form) -> Heard:
    """Return what the Gather or the Record reports: keys before speech; neither is silence."""
    if form.get("RecordingUrl"):
        return Heard(Input.MESSAGE)
    if digits := form.get("Digits", ""):
        return Heard(Input.KEYS, digits)
    if words := form.get("SpeechResult", ""):
        return Heard(Input.SPEECH, words)
    return Heard(Input.SILENCE)
