"""What a page's script sends: one object of JSON, with texts of moderate length; anything else is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from flask import abort, request

Body = Mapping[str, Any]
KEPT = "\n\t"
UNSEEN = frozenset({"Cc", "Cs"})
"""Control characters, which would steer a terminal, and halves of characters, which no file can hold."""


def sent() -> Body:
    """The object of this request; 400 for what is none."""
    try:
        found = request.get_json(silent=True)
    except RecursionError:
        found = None
    if not isinstance(found, dict):
        abort(400)
    return found


def text_of(body: Body, name: str, most: int) -> str:
    """A text without blanks around it and without what nobody can see; 400 for anything else."""
    found = body.get(name, "")
    if not isinstance(found, str) or len(found) > most:
        abort(400)
    return visible(found).strip()


def visible(text: str) -> str:
    """A text without what nobody can see and no file can hold."""
    if text.isprintable():
        return text
    return "".join(one for one in text if one in KEPT or unicodedata.category(one) not in UNSEEN)
