"""Refusals as problem details (RFC 9457): a stable code, what to do in both languages, the field at fault.

Problem    raised by a view or before it; the blueprint answers it
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response

BELOW = "/api/"
"""The addresses at which every refusal is one of these."""
MEDIA_TYPE = "application/problem+json"
GENERAL = ("not_found", "method_not_allowed", "too_large", "unsupported_media_type", "busy")
FILE = Path(__file__).parent / "problems.toml"


@dataclass(frozen=True, slots=True)
class Message:
    """The same in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, by its JSON pointer or parameter name."""

    field: str
    code: str
    message: Message


@dataclass(frozen=True, slots=True)
class Details:
    """The body of a refusal."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    message: Message
    errors: tuple[FieldError, ...] = ()


class Problem(Exception):
    """A request that is refused; `detail` says more than the code does, and nothing private."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.errors = code, detail, tuple(errors)
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status of its code."""
        return int(known()[self.code]["status"])

    def answer(self) -> Response:
        """The refusal as it is sent."""
        words = known()[self.code]
        details = Details(
            type=f"urn:huifang:problem:{self.code}",
            title=words["en"].partition(";")[0],
            status=self.status,
            code=self.code,
            detail=self.detail or words["en"],
            message=Message(words["zh"], words["en"]),
            errors=self.errors,
        )
        body = json.dumps(asdict(details), ensure_ascii=False)
        return Response(body, self.status, self.headers, content_type=MEDIA_TYPE)


def of_status(status: int) -> Problem:
    """What a request is refused for by the framework, or because it failed."""
    codes = (code for code in GENERAL if known()[code]["status"] == status)
    return Problem(next(codes, "bad_request" if status < 500 else "failed"))


@cache
def known() -> Mapping[str, Mapping[str, Any]]:
    """The words of every code."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
