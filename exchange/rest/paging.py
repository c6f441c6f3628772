"""Pages of a listing: https://www.twilio.com/docs/usage/twilios-response#pagination."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from operator import attrgetter
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from multidict import MultiMapping

from exchange.errors import RestError
from exchange.numerals import is_whole


class Listed(Protocol):
    """Something a listing can hold."""

    @property
    def sid(self) -> str:
        """What names it."""


Thing = TypeVar("Thing", bound=Listed)
Moment = Callable[[Thing], float]

_SIZE, _MOST = 50, 1000
_OWN = ("Page", "PageSize", "PageToken")
_TOKEN = re.compile(r"P(?P<side>[AB])(?P<sid>[A-Z]{2}[0-9a-fA-F]{32})(?P<moment>[0-9a-f]{1,16})")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which page is asked for."""

    path: str
    query: MultiMapping[str]
    size: int
    number: int
    token: str

    def uri(self, number: int, token: str | None) -> str:
        """The address of a page of the same listing."""
        asked = [(name, value) for name, value in self.query.items() if name not in _OWN]
        asked += [("PageSize", str(self.size)), ("Page", str(number))]
        if token:
            asked.append(("PageToken", token))
        return f"{self.path}?{urlencode(asked)}"


def page(
    plural: str,
    things: Iterable[Thing],
    body: Callable[[Thing], dict[str, Any]],
    *,
    path: str,
    query: MultiMapping[str],
    moment: Moment[Thing] = attrgetter("created"),
) -> dict[str, Any]:
    """One page of the things, which come newest first by `moment`.

    A token names the thing a page begins behind or ends before, with its moment: an application may delete
    what it lists and goes on where it was.
    """
    wanted = _wanted(path, query)
    found = list(islice(_from(wanted, iter(things), moment), wanted.size + 1))
    shown, more = found[: wanted.size], len(found) > wanted.size
    number, start = wanted.number, wanted.number * wanted.size
    before = _token("B", shown[0], moment) if shown and number > 1 else None
    behind = _token("A", shown[-1], moment) if more else None
    return {
        plural: [body(thing) for thing in shown],
        "page": number,
        "page_size": wanted.size,
        "start": start,
        "end": max(start, start + len(shown) - 1),
        "uri": wanted.uri(number, wanted.token),
        "first_page_uri": wanted.uri(0, None),
        "next_page_uri": wanted.uri(number + 1, behind) if behind else None,
        "previous_page_uri": wanted.uri(number - 1, before) if number else None,
    }


def _wanted(path: str, query: MultiMapping[str]) -> _Wanted:
    size, number = _whole(query, "PageSize", _SIZE, 1), _whole(query, "Page", 0, 0)
    if size > _MOST:
        raise RestError(400, 20007, f"Page size must be between 1 and {_MOST}")
    return _Wanted(path, query, size, number, query.get("PageToken", ""))


def _from(wanted: _Wanted, things: Iterator[Thing], moment: Moment[Thing]) -> Iterator[Thing]:
    """The things from the wanted page on; nothing when the token is not ours."""
    if not wanted.token:
        return islice(things, wanted.number * wanted.size, None)
    found = _TOKEN.fullmatch(wanted.token)
    if found is None:
        return iter(())
    before = wanted.size if found["side"] == "B" else 0
    passed: deque[Thing] = deque(maxlen=before)
    for thing in things:
        if thing.sid == found["sid"]:
            return chain(passed, [thing] if before else [], things)
        if _micro(moment(thing)) < int(found["moment"], 16):  # the named one was deleted meanwhile
            return chain(passed, [thing], things)
        passed.append(thing)
    return iter(passed)


def _token(side: str, thing: Thing, moment: Moment[Thing]) -> str:
    return f"P{side}{thing.sid}{_micro(moment(thing)):x}"


def _micro(seconds: float) -> int:
    return int(seconds * 1_000_000)


def _whole(query: MultiMapping[str], name: str, default: int, least: int) -> int:
    text = query.get(name, "")
    if text == "":
        return default
    if not is_whole(text) or int(text) < least:
        raise RestError(400, 20007 if name == "PageSize" else 20006, f"{name} {text!r} is out of range")
    return int(text)
