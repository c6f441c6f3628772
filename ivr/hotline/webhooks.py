"""The webhooks of the hotline's number: a call comes in, its end, and what is asked when an answer failed.

Its VoiceUrl is `/hotline`, its VoiceFallbackUrl `/hotline/fallback`, its StatusCallback `/hotline/status`.
Everything else of a call is asked below `/calls/<id>/`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ivr import callbacks, twiml
from ivr.callbacks import Malformed
from ivr.door import DONE, LATER, TEXT, UNKNOWN, XML, Answer, Door, Form, Refused, respond
from ivr.hotline.limping import PATH, Limping, number_of
from ivr.hotline.reception import NothingToSay, Reception
from ledger import NothingSaid
from ledger.inbound import Arrival

log = logging.getLogger(__name__)

ARRIVED, FALLBACK, STATUS = "/hotline", "/hotline/fallback", "/hotline/status"
UNREACHED = "112"
"""How the carrier's codes begin for an answer that it did not get, and may get now."""


class HotlineWebhooks:
    """Answers what the carrier posts below `/hotline`, within seconds whatever the ledger does."""

    def __init__(self, reception: Reception, door: Door, limping: Limping, public_url: str) -> None:
        self._reception = reception
        self._door = door
        self._limping = limping
        self._public_url = public_url
        self._legs: dict[str, Callable[[Form], Answer]] = {
            ARRIVED: self._arrived,
            FALLBACK: self._fallback,
            STATUS: self._status,
            PATH: self._heard_limping,
        }

    def before(self, pages: WSGIApplication) -> WSGIApplication:
        """Return the application that answers these webhooks itself and leaves the rest to `pages`."""

        def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            path = environ["PATH_INFO"]
            if path != ARRIVED and not path.startswith(f"{ARRIVED}/"):
                return pages(environ, start)
            return respond(start, self.answer(environ))

        return application

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Let the carrier in: 403 for anyone else, and no trace but a counter."""
        leg = self._legs.get(environ["PATH_INFO"])
        if leg is None:
            return UNKNOWN
        try:
            return leg(self._door.form(environ))
        except Refused as refusal:
            return refusal.answer
        except Malformed as error:
            return "400 Bad Request", TEXT, f"{error}\n"

    def _arrived(self, form: Form) -> Answer:
        arrival = arrived(form)
        return self._spoken(lambda: self._reception.arrive(arrival))

    def _fallback(self, form: Form) -> Answer:
        """Say the last words again where only the way was bad; else the short document, which cannot fail."""
        code = form.get("ErrorCode", "")[:8]
        log.warning("fallback asked for", extra={"error_code": code})
        if not code.startswith(UNREACHED):
            return _document(self._limping.document())
        arrival = arrived(form)
        return self._spoken(lambda: self._reception.again(arrival))

    def _heard_limping(self, form: Form) -> Answer:
        return _document(self._limping.answer(form, f"{self._public_url}{ARRIVED}"))

    def _status(self, form: Form) -> Answer:
        arrival = arrived(form)
        update, audio = callbacks.status(form, self._reception.now())
        try:
            self._reception.ended(arrival, update, audio)
        except Exception:
            log.exception("a status of the hotline failed")
            return LATER
        return DONE

    def _spoken(self, speak: Callable[[], str]) -> Answer:
        """Speak whatever happens; a ledger that limps is not waited for."""
        if self._limping.limps:
            return _document(self._limping.document())
        try:
            return _document(speak())
        except NothingToSay as nothing:
            log.error("a call came in and no script of the hotline is in force")
            return _document(self._limping.later() if nothing.known else self._limping.document())
        except NothingSaid:
            return _document(twiml.nothing())
        except Exception:
            log.exception("a call that came in could not be served")
            self._limping.failed()
            return _document(self._limping.document())


def arrived(form: Form) -> Arrival:
    """Who calls whom; Malformed for a form that names no call."""
    sid = callbacks.needed(form, "CallSid")
    return Arrival(sid, number_of(form, "From"), number_of(form, "To"))


def _document(document: str) -> Answer:
    return "200 OK", XML, document
