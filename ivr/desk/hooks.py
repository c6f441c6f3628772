"""The webhooks of agents' own lines: signed, harmless when they come twice, late, out of order or never."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from dialer.rooms import Listening
from ivr import room_twiml
from ivr.callbacks import Malformed, needed
from ivr.desk.token import LAST, user_of
from ivr.door import DONE, LATER, TEXT, UNKNOWN, XML, Answer, Door, Form, Refused, respond
from ledger.calls import ENDED
from ledger.listens import Listen

log = logging.getLogger(__name__)

PATH = re.compile(r"/desk/(leg|leg/status|(room|phone)/([0-9]{1,19})(?:/(leg|status))?)")


class Lines(Protocol):
    """What is known and done about agents' own lines."""

    def may_stand(self, user_id: int) -> bool:
        """Whether this person is enabled, on shift and has a desk."""

    def stands(self, user_id: int, leg_sid: str, room_sid: str, device: str) -> None:
        """The person's line is in the own room."""

    def gone(self, user_id: int, leg_sid: str) -> None:
        """The person's line has ended, or left the room."""

    def customer_left(self, user_id: int) -> None:
        """The customer has left the person's room."""

    def supervised(self, supervisor_id: int, leg_sid: str) -> Listen | None:
        """What this supervisor's line may join now, None if nothing was noted."""


class DeskHooks:
    """Answers what the carrier posts about agents' lines, and hands everything else to the pages."""

    def __init__(self, lines: Lines, door: Door, public_url: str) -> None:
        self._lines = lines
        self._door = door
        self._base = public_url

    def before(self, pages: WSGIApplication) -> WSGIApplication:
        """Return the application that answers these webhooks itself and leaves the rest to `pages`."""

        def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            found = PATH.fullmatch(environ["PATH_INFO"])
            if found is None or int(found[3] or 0) > LAST:
                return pages(environ, start)
            return respond(start, self._answer(found, environ))

        return application

    def _answer(self, found: re.Match[str], environ: WSGIEnvironment) -> Answer:
        whole, kind, user, what = found.groups()
        try:
            form = self._door.form(environ)
            match whole, kind, what:
                case "leg", _, _:
                    return "200 OK", XML, self._leg(form)
                case "leg/status", _, _:
                    return self._status(user_of(form.get("From", "")), form)
                case _, "room", None:
                    return self._room(int(user), form)
                case _, "phone", "status":
                    return self._status(int(user), form)
                case _, "phone", _:
                    return "200 OK", XML, self._phone(int(user), what, form)
                case _:
                    return UNKNOWN
        except Refused as refusal:
            return refusal.answer
        except Malformed as error:
            return "400 Bad Request", TEXT, f"{error}\n"
        except Exception:
            log.exception("a webhook of an agent's line failed")
            return LATER

    def _leg(self, form: Form) -> str:
        """A browser calls: who it is the carrier says, never a parameter of the page."""
        person = user_of(form.get("From", ""))
        if person is None:
            return room_twiml.refused()
        if form.get("desk"):
            return self._supervise(person, needed(form, "CallSid"))
        if not self._lines.may_stand(person):
            return room_twiml.refused()
        return room_twiml.leg(self._base, person, needed(form, "CallSid"), room_twiml.BROWSER)

    def _supervise(self, supervisor: int, leg_sid: str) -> str:
        """Which room, and how, the console has noted; what the page names counts for nothing."""
        noted = self._lines.supervised(supervisor, leg_sid)
        if noted is None or noted.agent_leg is None:
            return room_twiml.refused()
        how = Listening(noted.mode)
        return room_twiml.supervise(self._base, noted.agent_id, leg_sid, how, noted.agent_leg)

    def _phone(self, user_id: int, what: str | None, form: Form) -> str:
        """A desk phone that we rang was picked up, and then a key was pressed on it."""
        if user_of(form.get("From", "")) or not self._lines.may_stand(user_id):
            return room_twiml.refused()
        if what is None:
            return room_twiml.desk_phone(self._base, user_id)
        return room_twiml.leg(self._base, user_id, needed(form, "CallSid"), room_twiml.PHONE)

    def _room(self, user_id: int, form: Form) -> Answer:
        """Somebody joined or left a room; the customer's own webhooks tell what becomes of the customer."""
        label, event = form.get("ParticipantLabel", ""), form.get("StatusCallbackEvent")
        if (label, event) == (room_twiml.CUSTOMER, "participant-leave"):
            return _done(lambda: self._lines.customer_left(user_id))
        device = room_twiml.device_of(label)
        if device is None:
            return DONE
        leg_sid = needed(form, "CallSid")
        match event:
            case "participant-join":
                room_sid = form.get("ConferenceSid", "")
                return _done(lambda: self._lines.stands(user_id, leg_sid, room_sid, device))
            case "participant-leave":
                return _done(lambda: self._lines.gone(user_id, leg_sid))
            case _:
                return DONE

    def _status(self, user_id: int | None, form: Form) -> Answer:
        if user_id is None or form.get("CallStatus") not in ENDED:
            return DONE
        return _done(lambda: self._lines.gone(user_id, needed(form, "CallSid")))


def _done(act: Callable[[], None]) -> Answer:
    act()
    return DONE
