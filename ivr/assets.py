"""Scripts and styles: one digest of them all stands in their URLs, so that browsers may keep them for ever.

The digest is a folder of the URL, so that modules which import each other by relative names stay together.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory, url_for

from ivr.people.rights import ANYONE, allowed

HERE = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

blueprint = Blueprint("assets", __name__)


@cache
def digest() -> str:
    """The digest of every name and content, read once."""
    found = hashlib.sha256()
    for path in sorted(path for path in HERE.rglob("*") if path.is_file()):
        found.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


def asset(name: str) -> str:
    """The URL of a file of the static folder, for templates."""
    return url_for("assets.file", version=digest(), name=name)


@blueprint.get("/static/<version>/<path:name>")
@allowed(ANYONE)
def file(version: str, name: str) -> Response:
    """A file; under the digest of another version browsers must ask again."""
    answer = send_from_directory(HERE, name)
    answer.headers["Cache-Control"] = FOR_EVER if version == digest() else ASK_AGAIN
    return answer
