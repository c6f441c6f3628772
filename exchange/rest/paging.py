"""Pages of a listing: https://www.twilio.com/docs/usage/twilios-response#pagination."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from multidict import MultiMapping

from exchange.errors import RestError
from exchange.numerals import is_whole

Thing = TypeVar("Thing")

_SIZE, _MOST = 50, 1000
_OWN = ("Page", "PageSize", "PageToken")


def page(
    plural: str,
    things: Iterable[Thing],
    body: Callable[[Thing], dict[str, Any]],
    *,
    path: str,
    query: MultiMapping[str],
) -> dict[str, Any]:
    """One page of the things, newest first; the token of the next is the SID of this one's last."""
    size, number, token = (
        _whole(query, "PageSize", _SIZE, 1),
        _whole(query, "Page", 0, 0),
        query.get("PageToken"),
    )
    if size > _MOST:
        raise RestError(400, 20007, f"Page size must be between 1 and {_MOST}")
    rest = iter(things)
    if token:
        _skip(rest, token.removeprefix("PA"))
    else:
        rest = islice(rest, number * size, None)
    bodies = [body(thing) for thing in islice(rest, size + 1)]
    shown, more = bodies[:size], len(bodies) > size
    start = number * size
    return {
        plural: shown,
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(shown) - 1),
        "uri": _uri(path, query, size, number, token),
        "first_page_uri": _uri(path, query, size, 0, None),
        "next_page_uri": _uri(path, query, size, number + 1, "PA" + shown[-1]["sid"]) if more else None,
        "previous_page_uri": _uri(path, query, size, number - 1, None) if number else None,
    }


def _skip(things: Iterable[Any], sid: str) -> None:
    next((thing for thing in things if thing.sid == sid), None)


def _uri(path: str, query: MultiMapping[str], size: int, number: int, token: str | None) -> str:
    asked = [(name, value) for name, value in query.items() if name not in _OWN]
    asked += [("PageSize", str(size)), ("Page", str(number))]
    if token:
        asked.append(("PageToken", token))
    return f"{path}?{urlencode(asked)}"


def _whole(query: MultiMapping[str], name: str, default: int, least: int) -> int:
    text = query.get(name, "")
    if text == "":
        return default
    if not is_whole(text) or int(text) < least:
        raise RestError(400, 20007 if name == "PageSize" else 20006, f"{name} {text!r} is out of range")
    return int(text)
