"""The Participant resource: https://www.twilio.com/docs/voice/api/conference-participant-resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from exchange.account import Account
from exchange.calls.parameters import rfc2822
from exchange.errors import RestError
from exchange.order import Target
from exchange.performance.invitation import invite
from exchange.rest import entries, forms
from exchange.rest.conferences import conference_of
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import Form, flag, form_of
from exchange.rest.paging import page
from exchange.rooms import moderation
from exchange.rooms.conference import Conference
from exchange.rooms.entry import MUSIC, Entry
from exchange.rooms.participant import Participant


async def create(request: web.Request) -> web.StreamResponse:
    """Calls somebody into a conference, which is opened if nobody is in one of this name."""
    board, form = request.app[BOARD], await form_of(request)
    order, entry = entries.order(form, board.directory), entries.entry(form)
    conference = entries.conference(request, entry)
    participant = invite(board, conference, order, entry)
    found = body(participant, board.account) | {"queue_time": str(participant.leg.call.queue_ms)}
    return web.json_response(found, status=201)


async def listing(request: web.Request) -> web.StreamResponse:
    """Who is in a conference, newest first."""
    account, conference = request.app[BOARD].account, conference_of(request)
    found = page(
        "participants",
        _matching(conference, request.query),
        lambda one: body(one, account),
        path=request.path,
        query=request.query,
    )
    return web.json_response(found)


async def fetch(request: web.Request) -> web.StreamResponse:
    """One participant, by call or label."""
    return web.json_response(body(_participant(request), request.app[BOARD].account))


async def update(request: web.Request) -> web.StreamResponse:
    """Mutes, holds, changes a participant or says something to him."""
    participant, form = _participant(request), await form_of(request)
    entry = _changed(participant, form)
    music, announcement = _hold_music(form, participant), forms.target(form, "AnnounceUrl", "AnnounceMethod")
    if "Muted" in form:
        moderation.mute(participant, flag(form, "Muted"))
    moderation.modify(participant, replace(entry, muted=participant.entry.muted))
    if "Hold" in form:
        moderation.hold(participant, flag(form, "Hold"), music)
    if announcement is not None:
        moderation.announce_to(participant, announcement)
    return web.json_response(body(participant, request.app[BOARD].account))


async def delete(request: web.Request) -> web.StreamResponse:
    """Removes a participant; his call goes on with its own document."""
    participant = _participant(request)
    participant.conference.kick(participant)
    return web.Response(status=204)


def body(one: Participant, account: Account) -> dict[str, Any]:
    """A Participant resource."""
    path = f"{account.uri}/Conferences/{one.conference.sid}/Participants/{one.sid}"
    return {
        "account_sid": account.sid,
        "call_sid": one.sid,
        "label": one.entry.label or None,
        "conference_sid": one.conference.sid,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated),
        "end_conference_on_exit": one.entry.ends,
        "muted": one.entry.muted,
        "hold": one.hold,
        "status": one.status,
        "start_conference_on_enter": one.entry.starts,
        "coaching": one.entry.coaches is not None,
        "call_sid_to_coach": one.entry.coaches,
        "queue_time": None,
        "uri": f"{path}.json",
    }


def _participant(request: web.Request) -> Participant:
    conference, name = conference_of(request), request.match_info["participant"]
    found = conference.participants.get(name) or conference.labelled(name)
    if found is None:
        raise missing(request)
    return found


def _matching(conference: Conference, query: MultiMapping[str]) -> Iterator[Participant]:
    wanted = {
        name: query[name].lower() == "true" for name in ("Muted", "Hold", "Coaching") if query.get(name)
    }
    for one in reversed(tuple(conference.participants.values())):
        shown = {"Muted": one.entry.muted, "Hold": one.hold, "Coaching": one.entry.coaches is not None}
        if all(shown[name] == value for name, value in wanted.items()):
            yield one


def _hold_music(form: Form, participant: Participant) -> Target | None:
    """Unlike every other address this one is fetched by GET if nothing else is said."""
    music = forms.target(form, "HoldUrl", "HoldMethod")
    if music is None:
        return participant.hold_with if participant.hold else MUSIC
    return music if form.get("HoldMethod") else Target(music.url, "GET")


def _changed(participant: Participant, form: Form) -> Entry:
    entry = participant.entry
    coaches = entries.coached(form, entry.coaches)
    if coaches is not None and coaches not in participant.conference.participants:
        raise RestError(400, 13240, "CallSidToCoach is not in the conference")
    return replace(
        entry,
        coaches=coaches,
        ends=flag(form, "EndConferenceOnExit") if "EndConferenceOnExit" in form else entry.ends,
        beeps_on_exit=flag(form, "BeepOnExit") if "BeepOnExit" in form else entry.beeps_on_exit,
        wait=entries.wait(form, entry.wait),
    )
