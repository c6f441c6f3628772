"""`dnc.toml` of the home: which external do-not-call lists there are, and where they come from."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dialer.dnc_lists.terms import span
from dialer.errors import DncListError
from ledger.dnc_lists import Wanted

FORMATS = ("csv", "csv.gz")
PURPOSES = ("all", "marketing")
SCOPES = ("industry", "company")
LOCAL = ("127.0.0.1", "::1", "localhost")
KEYS = frozenset(
    ["name", "file", "url", "format", "column", "encoding", "purpose", "scope", "max_age", "token", "header"]
)


@dataclass(frozen=True, slots=True)
class External:
    """One list: a file or an address; `token` names the environment variable that holds the key to it."""

    wanted: Wanted
    file: Path | None
    url: str
    format: str
    column: str
    encoding: str
    token: str
    header: str

    @property
    def name(self) -> str:
        """What it is called."""
        return self.wanted.name


def read_config(path: Path) -> tuple[External, ...]:
    """The lists of a dnc.toml, none where there is no such file; DncListError names list and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DncListError(f"{path.name}: cannot be read: {error}") from None
    tables = data.get("list", [])
    if set(data) - {"list"} or not isinstance(tables, list):
        raise DncListError(f"{path.name}: holds tables [[list]] and nothing else")
    found = tuple(_external(path, table) for table in tables)
    if twice := {one.name for one in found if [two.name for two in found].count(one.name) > 1}:
        raise DncListError(f'{path.name}: list "{min(twice)}": is there twice; give each its own name')
    return found


def _external(path: Path, table: Mapping[str, Any]) -> External:
    name = str(table.get("name", "")).strip()
    problem = next(_problems(name, table), None)
    if problem:
        raise DncListError(f'{path.name}: list "{name}": {problem}')
    file = path.parent / table["file"] if "file" in table else None
    wanted = Wanted(name, table["purpose"], table.get("scope", SCOPES[0]), span(table["max_age"]))
    texts = {key: table.get(key, "") for key in ("url", "column", "encoding", "token")}
    header = table.get("header", "Authorization")
    return External(wanted, file, format=table.get("format", FORMATS[0]), header=header, **texts)


def _problems(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a table, the gravest first."""
    if unknown := set(table) - KEYS:
        yield f"{min(unknown)}: is no key of a list; there are {', '.join(sorted(KEYS))}"
    if not all(isinstance(value, str) for value in table.values()):
        yield "every value is a text in quotation marks"
    if not name:
        yield "name: is missing"
    if ("file" in table) == ("url" in table):
        yield "give it either a file or a url"
    yield from _choices(table)
    try:
        span(table.get("max_age", ""))
    except ValueError as error:
        yield f"max_age: {error}"
    yield from _address(table)


def _choices(table: Mapping[str, Any]) -> Iterator[str]:
    choices: tuple[tuple[str, Sequence[str], str | None], ...] = (
        ("purpose", PURPOSES, None), ("scope", SCOPES, SCOPES[0]), ("format", FORMATS, FORMATS[0])
    )  # fmt: skip
    for key, words, usual in choices:
        if table.get(key, usual) not in words:
            yield f"{key}: must be one of {', '.join(words)}"


def _address(table: Mapping[str, Any]) -> Iterator[str]:
    if "url" not in table:
        return
    parts = urlsplit(table["url"])
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        yield "url: must be like https://host/path, without a password in it"
    if table.get("token") and parts.scheme != "https" and parts.hostname not in LOCAL:
        yield "url: a token goes over https only"
