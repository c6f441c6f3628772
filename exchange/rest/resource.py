"""What the resources of the directory have in common: how they are shown and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from aiohttp import web

from exchange.calls.parameters import rfc2822
from exchange.directory import Application, CallerId, Number
from exchange.rest.door import missing

Thing = TypeVar("Thing")
Dialled = TypeVar("Dialled", CallerId, Number)


def common(one: Application | CallerId | Number) -> dict[str, Any]:
    """Every fact of the thing under its own name, its moments as the dates Twilio writes."""
    facts = {field.name: getattr(one, field.name) for field in fields(one)}
    dates = {f"date_{name}": rfc2822(facts.pop(name)) for name in ("created", "updated")}
    return dates | facts


def named(request: web.Request, things: Mapping[str, Dialled]) -> Dialled:
    """The thing the path names by its SID, of those that are kept by their number."""
    for one in things.values():
        if one.sid == request.match_info["sid"]:
            return one
    raise missing(request)


def newest(things: Mapping[str, Thing]) -> Iterator[Thing]:
    """The things, newest first."""
    return reversed(tuple(things.values()))
