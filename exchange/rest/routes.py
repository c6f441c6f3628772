"""The addresses of the REST API."""

from __future__ import annotations

from types import ModuleType

from aiohttp import web

from exchange.account import API_VERSION
from exchange.rest import (
    accounts,
    applications,
    available,
    caller_ids,
    calls,
    conference_recordings,
    conferences,
    events,
    keys,
    members,
    nothing,
    notifications,
    numbers,
    participants,
    queues,
    recordings,
    transcriptions,
)
from exchange.rest.door import Handler

_ACCOUNTS = f"/{API_VERSION}/Accounts"
_ACCOUNT = f"{_ACCOUNTS}/{{account}}"
_CALL = _ACCOUNT + r"/Calls/{call:[^/.]+}"
_RECORDING = r"/Recordings/{recording:[^/.]+}"
_SID = r"/{sid:[^/.]+}"


def routes() -> list[web.RouteDef]:
    """Every address with its handler."""
    return [
        *_calls(),
        *_recordings(),
        *_conferences(),
        *_notifications(),
        *_numbers(),
        *_directory(),
        *_queues(),
        *_transcriptions(),
        *_empty(),
    ]


def _calls() -> list[web.RouteDef]:
    return [
        web.post(f"{_ACCOUNT}/Calls.json", calls.create),
        web.get(f"{_ACCOUNT}/Calls.json", calls.listing),
        web.get(f"{_CALL}.json", calls.fetch),
        web.post(f"{_CALL}.json", calls.update),
        web.delete(f"{_CALL}.json", calls.delete),
        web.get(f"{_CALL}/Events.json", events.listing),
    ]


def _recordings() -> list[web.RouteDef]:
    return [
        web.get(f"{_ACCOUNT}/Recordings.json", recordings.listing),
        web.get(f"{_ACCOUNT}{_RECORDING}.json", recordings.fetch),
        web.delete(f"{_ACCOUNT}{_RECORDING}.json", recordings.delete),
        web.get(f"{_ACCOUNT}{_RECORDING}.{{kind:wav|mp3}}", recordings.media),
        web.get(f"{_ACCOUNT}{_RECORDING}", recordings.media),
        web.post(f"{_CALL}/Recordings.json", recordings.call_create),
        web.get(f"{_CALL}/Recordings.json", recordings.call_listing),
        web.post(_CALL + r"/Recordings/{recording:Twilio\.CURRENT|[^/.]+}.json", recordings.call_update),
        web.get(f"{_CALL}{_RECORDING}.json", recordings.call_fetch),
        web.delete(f"{_CALL}{_RECORDING}.json", recordings.delete),
        web.get(f"{_CALL}{_RECORDING}.{{kind:wav|mp3}}", recordings.media),
    ]


def _conferences() -> list[web.RouteDef]:
    one = _ACCOUNT + r"/Conferences/{conference:[^/]+}"
    participant = one + r"/Participants/{participant:[^/]+}.json"
    recording = one + r"/Recordings/{recording:[^/]+}.json"
    return [
        web.get(f"{_ACCOUNT}/Conferences.json", conferences.listing),
        web.post(f"{one}/Participants.json", participants.create),
        web.get(f"{one}/Participants.json", participants.listing),
        web.get(participant, participants.fetch),
        web.post(participant, participants.update),
        web.delete(participant, participants.delete),
        web.get(f"{one}/Recordings.json", conference_recordings.listing),
        web.get(recording, conference_recordings.fetch),
        web.post(recording, conference_recordings.update),
        web.delete(recording, conference_recordings.delete),
        web.get(f"{one}.json", conferences.fetch),
        web.post(f"{one}.json", conferences.update),
    ]


def _notifications() -> list[web.RouteDef]:
    return [
        web.get(f"{_ACCOUNT}/Notifications.json", notifications.listing),
        web.get(f"{_ACCOUNT}/Notifications{_SID}.json", notifications.fetch),
        web.get(f"{_CALL}/Notifications.json", notifications.call_listing),
        web.get(f"{_CALL}/Notifications{_SID}.json", notifications.call_fetch),
    ]


def _numbers() -> list[web.RouteDef]:
    path, offered = f"{_ACCOUNT}/IncomingPhoneNumbers", f"{_ACCOUNT}/AvailablePhoneNumbers"
    country = offered + r"/{country:[^/.]+}"
    return [
        web.post(f"{path}.json", numbers.creating()),
        web.get(f"{path}.json", numbers.listing()),
        *(web.post(f"{path}/{kind}.json", numbers.creating(kind)) for kind in available.KINDS),
        *(web.get(f"{path}/{kind}.json", numbers.listing(kind)) for kind in available.KINDS),
        web.get(f"{path}{_SID}.json", numbers.fetch),
        web.post(f"{path}{_SID}.json", numbers.update),
        web.delete(f"{path}{_SID}.json", numbers.delete),
        web.get(f"{offered}.json", available.countries),
        web.get(f"{country}.json", available.country),
        *(web.get(f"{country}/{kind}.json", available.listing(kind)) for kind in available.KINDS),
    ]


def _directory() -> list[web.RouteDef]:
    found = [
        web.post(f"{_ACCOUNTS}.json", accounts.create),
        web.get(f"{_ACCOUNTS}.json", accounts.listing),
        web.get(_ACCOUNTS + r"/{account:[^/.]+}.json", accounts.fetch),
        web.post(_ACCOUNTS + r"/{account:[^/.]+}.json", accounts.update),
    ]
    for plural, name in (("keys", "Keys"), ("signing_keys", "SigningKeys")):
        found += _resource(name, keys, keys.listing(plural))
    found += _resource("Applications", applications, applications.listing)
    found += _resource("OutgoingCallerIds", caller_ids, caller_ids.listing)
    return found


def _queues() -> list[web.RouteDef]:
    path = _ACCOUNT + r"/Queues/{queue:[^/.]+}/Members"
    return [
        *_resource("Queues", queues, queues.listing),
        web.get(f"{path}.json", members.listing),
        web.get(path + r"/{call:[^/.]+}.json", members.fetch),
        web.post(path + r"/{call:[^/.]+}.json", members.update),
    ]


def _resource(name: str, module: ModuleType, listing: Handler) -> list[web.RouteDef]:
    """The five addresses of a resource whose module has the usual handlers."""
    path = f"{_ACCOUNT}/{name}"
    return [
        web.post(f"{path}.json", module.create),
        web.get(f"{path}.json", listing),
        web.get(f"{path}{_SID}.json", module.fetch),
        web.post(f"{path}{_SID}.json", module.update),
        web.delete(f"{path}{_SID}.json", module.delete),
    ]


def _transcriptions() -> list[web.RouteDef]:
    one = r"/Transcriptions/{sid:[^/.]+}"
    found = [
        web.get(f"{_ACCOUNT}/Transcriptions.json", transcriptions.listing),
        web.get(f"{_ACCOUNT}{_RECORDING}/Transcriptions.json", transcriptions.recording_listing),
    ]
    for path in (f"{_ACCOUNT}{one}", f"{_ACCOUNT}{_RECORDING}{one}"):
        found.append(web.get(f"{path}.json", transcriptions.fetch))
        found.append(web.get(f"{path}.txt", transcriptions.text))
        found.append(web.delete(f"{path}.json", transcriptions.delete))
    return found


def _empty() -> list[web.RouteDef]:
    """What Twilio lists and the exchange never has."""
    number = f"{_ACCOUNT}/IncomingPhoneNumbers{_SID}"
    return [
        web.get(
            f"{_ACCOUNT}{_RECORDING}/AddOnResults.json",
            nothing.listing("add_on_results", recordings.tape_of),
        ),
        web.get(f"{number}/AssignedAddOns.json", nothing.listing("assigned_add_ons", numbers.number_of)),
    ]
