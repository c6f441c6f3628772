"""Conferences over the carrier's REST API: who stands in a desk's room, on hold, muted or coached.

Source: https://www.twilio.com/docs/voice/api/conference-participant-resource
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dialer.carrier import Carrier, inquiry, unless_over

MOST = 50
"""Participants of a room that are looked at: an agent, a customer and supervisors."""


class Listening(StrEnum):
    """How a supervisor takes part."""

    LISTEN = "listen"
    WHISPER = "whisper"
    STEP_IN = "step_in"


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a room as the carrier reports it."""

    call_sid: str
    label: str
    muted: bool
    held: bool
    coaches: str


def room_of(user_id: int) -> str:
    """The name of an agent's conference."""
    return f"desk-{user_id}"


class Rooms:
    """What is done to those who are in a conference; `room_sid` is the carrier's name of it.

    Every change gives False where participant or conference are gone; other failures are a `CarrierError`.
    """

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def find(self, name: str) -> str | None:
        """The SID of the open conference of this name."""
        conferences = self._carrier.client.conferences
        found = inquiry(lambda: conferences.list(friendly_name=name, limit=MOST, page_size=MOST))
        return next((one.sid for one in found if one.status != "completed"), None)

    def participants(self, room_sid: str) -> list[Participant]:
        """Who is in a conference now; nobody where it is over."""
        found: list[Participant] = []
        conference = self._carrier.client.conferences(room_sid)
        unless_over(lambda: found.extend(map(_participant, conference.participants.list(limit=MOST))))
        return found

    def hold(self, room_sid: str, call_sid: str, on: bool, path: str) -> bool:
        """Put a participant on hold with the document at `path`, or take it back."""
        music = {"hold_url": self._carrier.hook(path), "hold_method": "POST"} if on else {}
        return self._change(room_sid, call_sid, hold=on, **music)

    def supervise(self, room_sid: str, call_sid: str, how: Listening, agent_sid: str) -> bool:
        """Let a supervisor who is in the room listen, be heard by the agent alone, or by everybody."""
        if how is Listening.WHISPER:
            return self._change(room_sid, call_sid, muted=False, coaching=True, call_sid_to_coach=agent_sid)
        return self._change(room_sid, call_sid, muted=how is Listening.LISTEN, coaching=False)

    def _change(self, room_sid: str, call_sid: str, **wanted: object) -> bool:
        part = self._carrier.client.conferences(room_sid).participants(call_sid)
        return unless_over(lambda: part.update(**wanted))


def _participant(one) -> Participant:  # type: ignore[no-untyped-def]  # the SDK has no types
    return Participant(
        call_sid=one.call_sid or "",
        label=one.label or "",
        muted=bool(one.muted),
        held=bool(one.hold),
        coaches=(one.call_sid_to_coach or "") if one.coaching else "",
    )
