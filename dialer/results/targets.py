"""Who is told: the targets of `webhooks.toml`, each with its address, secret and the events it wants."""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dialer.errors import TargetError

EVENTS = ("task_finished", "problem_opened", "campaign_done", "list_imported", "alarm_raised")
PREFIX = "whsec_"
SHORTEST = 24
"""Bytes of a secret at least (Standard Webhooks, https://www.standardwebhooks.com)."""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
KEYS = {"name", "url", "secret", "events", "personal"}


@dataclass(frozen=True, slots=True)
class Target:
    """Another system; `personal`: it may be told policy and claim numbers."""

    name: str
    url: str
    secret: bytes = field(repr=False)
    events: tuple[str, ...] = EVENTS
    personal: bool = False


def read_targets(path: Path) -> tuple[Target, ...]:
    """The targets of a file, none without it; TargetError names the target and the key that is wrong."""
    if not path.exists():
        return ()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"{path}: is not valid TOML: {error}") from None
    tables = data.get("target", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise TargetError(f"{path}: target: must be tables [[target]]")
    targets = tuple(_target(f"{path}: target {number}", table) for number, table in enumerate(tables, 1))
    if twice := {one.name for one in targets if [other.name for other in targets].count(one.name) > 1}:
        raise TargetError(f"{path}: name {min(twice)}: is there twice; choose another")
    return targets


def _target(where: str, table: Mapping[str, Any]) -> Target:
    if unknown := sorted(set(table) - KEYS):
        raise TargetError(f"{where}: {unknown[0]}: is unknown; it must be one of {', '.join(sorted(KEYS))}")
    name, personal = table.get("name"), table.get("personal", False)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise TargetError(f"{where}: name: must be a word of small letters, digits, - and _")
    if not isinstance(personal, bool):
        raise TargetError(f"{where}: personal: must be true or false")
    return Target(name, _url(where, table), _secret(where, table), _events(where, table), personal)


def _url(where: str, table: Mapping[str, Any]) -> str:
    """What is said goes through TLS, but to this machine."""
    url = table.get("url")
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise TargetError(f"{where}: url: must be an address like https://core.example.com/huifang")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise TargetError(f"{where}: url: must begin with https://, except on this machine")
    return str(url)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secret(where: str, table: Mapping[str, Any]) -> bytes:
    text = table.get("secret")
    wrong = f"{where}: secret: must be {PREFIX} and {SHORTEST} or more random bytes in base64"
    if not isinstance(text, str) or not text.startswith(PREFIX):
        raise TargetError(wrong)
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise TargetError(wrong) from None
    if len(secret) < SHORTEST:
        raise TargetError(wrong)
    return secret


def _events(where: str, table: Mapping[str, Any]) -> tuple[str, ...]:
    events = table.get("events", list(EVENTS))
    if not isinstance(events, list) or not events or not set(events) <= set(EVENTS):
        raise TargetError(f"{where}: events: must list some of {', '.join(EVENTS)}")
    return tuple(events)
