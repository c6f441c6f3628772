"""What a trace does not show: passwords in URLs, credentials, the values of cookies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_PASSWORD = re.compile(r"(?i)(://|%3A%2F%2F)(?:(?!%2F|%40)[^/@\s\"'<>?&=])+(@|%40)")
_SECRET = re.compile(r"(?i)authorization|cookie|secret|password|token$")
_COOKIE = re.compile(r"(=)[^;]*")
_PUBLIC = "I-Twilio-Idempotency-Token"


def without_password(text: str) -> str:
    """The text with no name and password in any URL inside it."""
    return _PASSWORD.sub(r"\1…\2", text) if "@" in text or "%40" in text else text


def masked(value: object) -> object:
    """The value with no password in any URL inside it."""
    if isinstance(value, str):
        return without_password(value)
    if isinstance(value, Mapping):
        return {name: masked(one) for name, one in value.items()}
    return [masked(one) for one in value] if isinstance(value, list | tuple) else value


def headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers: of cookies only the names, of credentials nothing."""
    found: dict[str, str] = {}
    for name, value in pairs:
        shown = kept(name, value)
        found[name] = f"{found[name]}, {shown}" if name in found else shown
    return found


def kept(name: str, value: str) -> str:
    """The value of a header or field of this name, if it is no secret."""
    if name == _PUBLIC or not _SECRET.search(name):
        return value
    return _COOKIE.sub(r"\1…", value) if "cookie" in name.lower() else "…"
