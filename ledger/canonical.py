"""One spelling of a value as JSON, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]
Row = tuple[int | str | None, ...]

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def encode(value: Json) -> str:
    """Canonical JSON: sorted keys, no spaces."""
    return _ENCODER.encode(value)


def sha256(text: str) -> str:
    """The digest of a text as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest(value: Json) -> str:
    """The digest of a value's canonical JSON."""
    return sha256(encode(value))
