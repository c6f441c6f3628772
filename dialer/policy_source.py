"""What the core system says of a policy or claim just before the call; over HTTP, or by any other source."""

from __future__ import annotations

import json
import os
import re
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import urllib3

from dialer.dnc_lists.config import LOCAL
from dialer.errors import SourceError
from dialer.lists.findings import Unfit
from dialer.lists.kinds import kinds
from dialer.lists.phones import parse_phones
from dialer.updates import states

OPEN = "open"
"""The callback is still due."""
KEYS = {"url": str, "token": str, "timeout_seconds": int, "again_minutes": int, "kinds": list, "facts": list}
MOST_BYTES = 65_536
LONGEST_SECONDS = 30
MONEY = re.compile(r"\d+(\.\d{1,2})?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the call is about: policy or claim, the kind of list, its facts, and the number to be dialed."""

    key: str
    kind_of_key: str
    kind: str
    facts: Mapping[str, object]
    number: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """How it stands now: `open`, or what has ended it; facts that are other; numbers, where any are told."""

    state: str = OPEN
    facts: Mapping[str, Value] | None = None
    numbers: tuple[int, ...] = ()


class PolicySource(Protocol):
    """Somebody who knows; asked in a thread of its own, without any lock held."""

    def fresh(self, subject: Subject) -> Fresh:
        """How it stands; SourceError when that cannot be told now, and then nobody is called."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Whom to ask, for which kinds of list (none: all), and when to try again without an answer."""

    source: PolicySource
    kinds: frozenset[str]
    again: timedelta


class HttpSource:
    """Asks by POST, so that no policy number stands in an address or in anybody's log of addresses."""

    def __init__(self, url: str, token: str, seconds: float, facts: tuple[str, ...]) -> None:
        self._url, self._facts, self._seconds = url, facts, seconds
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = urllib3.Timeout(total=seconds)
        self._pool = urllib3.PoolManager(maxsize=16, timeout=timeout, retries=False, headers=headers)

    def fresh(self, subject: Subject) -> Fresh:
        """One request; whatever is not understood counts as no answer."""
        asked = {
            "key": subject.key,
            "key_is": subject.kind_of_key,
            "kind": subject.kind,
            "facts": self._facts,
        }
        until = time.monotonic() + self._seconds
        try:
            answer = self._pool.request("POST", self._url, json=asked, preload_content=False)
            body = whole(answer, until)
        except urllib3.exceptions.HTTPError as error:
            raise SourceError(f"no answer: {type(error).__name__}") from None
        if answer.status != 200:
            raise SourceError(f"HTTP {answer.status}")
        return understood(body, subject, self._facts)


def whole(answer: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """The answer, if it comes to its end in time and is no longer than one can be."""
    body = b""
    while block := answer.read1(MOST_BYTES):
        body += block
        if len(body) > MOST_BYTES or time.monotonic() > until:
            answer.close()
            raise SourceError("the answer is too long, or comes too slowly")
    return body


def understood(body: bytes, subject: Subject, wanted: tuple[str, ...]) -> Fresh:
    """An answer as it is documented, of its facts those asked for; SourceError for any other."""
    try:
        said = json.loads(body)
    except ValueError:
        raise SourceError("the answer is no JSON") from None
    if not isinstance(said, dict) or said.get("state") not in (OPEN, *states()):
        raise SourceError("state: is missing or unknown")
    facts, phones = said.get("facts", {}), said.get("phones", [])
    if not isinstance(facts, dict) or not isinstance(phones, list):
        raise SourceError("facts or phones: of another shape")
    changed = {
        name: checked(name, facts[name], subject.facts.get(name))
        for name in wanted
        if name in facts and facts[name] != subject.facts.get(name)
    }
    return Fresh(said["state"], changed, tuple(number for text in phones for number in dialed(text)))


def checked(name: str, value: Any, known: object) -> Value:
    """A fact that has changed but is of the same sort: an amount, a day, a number, a text."""
    fits = isinstance(value, str | int) and (known is None or type(value) is type(known))
    if fits and isinstance(known, str) and MONEY.fullmatch(known):
        fits = bool(MONEY.fullmatch(value))
    if fits and isinstance(known, str) and DAY.fullmatch(known):
        fits = is_day(value)
    if not fits:
        raise SourceError(f"facts: {name}: of another sort than in the list")
    found: Value = value
    return found


def is_day(text: str) -> bool:
    """Whether it is a day of the calendar."""
    try:
        return bool(DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def dialed(text: Any) -> tuple[int, ...]:
    """The numbers of a text that can be dialed."""
    try:
        return tuple(phone.number for phone in parse_phones(str(text)))
    except Unfit:
        raise SourceError("phones: one of them cannot be dialed") from None


def read_inquiry(path: Path, environ: Mapping[str, str] = os.environ) -> Inquiry | None:
    """The home's policy_source.toml, None where there is none; SourceError names the key that is wrong."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{path.name}: cannot be read: {error}") from None
    if problem := wrong(data, environ):
        raise SourceError(f"{path.name}: {problem}")
    token = environ[data["token"]].strip() if data.get("token") else ""
    source = HttpSource(data["url"], token, data.get("timeout_seconds", 3), tuple(data.get("facts", ())))
    return Inquiry(source, frozenset(data.get("kinds", ())), timedelta(minutes=data.get("again_minutes", 10)))


def wrong(data: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """What is wrong with the configuration; empty where nothing is."""
    for key, value in data.items():
        if key not in KEYS:
            return f"{key}: is no key; there are {', '.join(KEYS)}"
        if type(value) is not KEYS[key] or (isinstance(value, int) and value < 1):
            return f"{key}: must be given as {KEYS[key].__name__}, above nothing"
    parts = urlsplit(data.get("url", ""))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        return "url: must be like https://host/path, without a password in it"
    if data.get("token") and parts.scheme != "https" and parts.hostname not in LOCAL:
        return "url: a token goes over https only"
    if data.get("token") and not environ.get(data["token"], "").strip():
        return f"token: {data['token']} is not set; put the token into the environment"
    if data.get("timeout_seconds", 1) > LONGEST_SECONDS:
        return f"timeout_seconds: at most {LONGEST_SECONDS}, because a line waits meanwhile"
    if unknown := set(data.get("kinds", ())) - set(kinds()):
        return f"kinds: {min(unknown)} is unknown; there are {', '.join(kinds())}"
    return ""
