"""Answers to GET requests that need not be asked for again, as their HTTP headers allow.

https://help.twilio.com/articles/223180508: `max-age` says how long an answer is used without asking, `ETag`
and `Last-Modified` let the server say that nothing has changed (304), `no-cache` makes sure it is asked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from multidict import CIMultiDict

from exchange.numerals import is_whole

_ENTRIES = 1000
_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer on the shelf: `until` is the second of the clock up to which nobody need be asked."""

    headers: CIMultiDict[str]
    body: bytes
    until: float

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask whether it has changed."""
        asked = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
        return {name: self.headers[known] for name, known in asked.items() if known in self.headers}

    def renewed(self, headers: Mapping[str, str]) -> CIMultiDict[str]:
        """The headers after the server said that nothing has changed."""
        merged = self.headers.copy()
        merged.update(headers)
        return merged


class Shelf:
    """The answers kept last; the oldest go when there are too many."""

    def __init__(self, entries: int = _ENTRIES, size: int = _BYTES) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._entries, self._size, self._used = entries, size, 0

    def find(self, url: str) -> Kept | None:
        """The answer kept for this address."""
        if url in self._kept:
            self._kept.move_to_end(url)
        return self._kept.get(url)

    def keep(self, url: str, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Keeps an answer if its headers allow it, and forgets what was kept before."""
        self._drop(url)
        kept = _kept(headers, body, now)
        if kept is None or len(body) > self._size:
            return
        self._kept[url] = kept
        self._used += len(body)
        while len(self._kept) > self._entries or self._used > self._size:
            self._drop(next(iter(self._kept)))

    def _drop(self, url: str) -> None:
        if (old := self._kept.pop(url, None)) is not None:
            self._used -= len(old.body)


def _kept(headers: Mapping[str, str], body: bytes, now: float) -> Kept | None:
    rules = _rules(headers.get("Cache-Control", ""))
    varies = {name.strip().lower() for name in headers.get("Vary", "").split(",")} - {"", "accept-encoding"}
    if {"no-store", "private"} & set(rules) or "Set-Cookie" in headers or varies:
        return None
    until = now if "no-cache" in rules else now + _seconds(headers, rules)
    kept = Kept(CIMultiDict(headers), body, until)
    return kept if kept.conditions or until > now else None


def _rules(text: str) -> dict[str, str]:
    pairs = (part.strip().lower().partition("=") for part in text.split(",") if part.strip())
    return {name.strip(): value.strip(' "') for name, _, value in pairs}


def _seconds(headers: Mapping[str, str], rules: Mapping[str, str]) -> float:
    """How long the answer is fresh: by `s-maxage`, `max-age`, or `Expires` against `Date`."""
    for name in ("s-maxage", "max-age"):
        if is_whole(rules.get(name, "")):
            return float(rules[name])
    try:
        expires = parsedate_to_datetime(headers["Expires"])
        return max(0.0, (expires - parsedate_to_datetime(headers["Date"])).total_seconds())
    except (KeyError, ValueError, TypeError):
        return 0.0
