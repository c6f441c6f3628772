"""The addresses of the REST API."""

from __future__ import annotations

from aiohttp import web

from exchange.account import API_VERSION
from exchange.rest import calls, recordings

_ACCOUNT = f"/{API_VERSION}/Accounts/{{account}}"
_CALL = _ACCOUNT + r"/Calls/{call:[^/.]+}"
_RECORDING = r"/Recordings/{recording:[^/.]+}"


def routes() -> list[web.RouteDef]:
    """Every address with its handler."""
    return [
        web.post(f"{_ACCOUNT}/Calls.json", calls.create),
        web.get(f"{_ACCOUNT}/Calls.json", calls.listing),
        web.get(f"{_CALL}.json", calls.fetch),
        web.post(f"{_CALL}.json", calls.update),
        web.delete(f"{_CALL}.json", calls.delete),
        web.get(f"{_ACCOUNT}/Recordings.json", recordings.listing),
        web.get(f"{_ACCOUNT}{_RECORDING}.json", recordings.fetch),
        web.delete(f"{_ACCOUNT}{_RECORDING}.json", recordings.delete),
        web.get(f"{_ACCOUNT}{_RECORDING}.{{kind:wav|mp3}}", recordings.media),
        web.get(f"{_ACCOUNT}{_RECORDING}", recordings.media),
        web.get(f"{_CALL}/Recordings.json", recordings.call_listing),
        web.get(f"{_CALL}{_RECORDING}.json", recordings.call_fetch),
        web.delete(f"{_CALL}{_RECORDING}.json", recordings.delete),
        web.get(f"{_CALL}{_RECORDING}.{{kind:wav|mp3}}", recordings.media),
    ]
