"""Read what a request holds into the declared types, or say of each field what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from flask import request
from pydantic import TypeAdapter, ValidationError

from ivr.api.problems import FieldError, Message, Problem

WORDS: Mapping[str, tuple[str, str, str]] = {
    "missing": ("missing", "必须填写", "is missing"),
    "missing_argument": ("missing", "必须填写", "is missing"),
    "unexpected_keyword_argument": ("unknown", "没有这个字段", "is unknown"),
    "extra_forbidden": ("unknown", "没有这个字段", "is unknown"),
    "string_too_short": ("too_short", "不能为空或太短", "is empty or too short"),
    "string_too_long": ("too_long", "太长", "is too long"),
    "greater_than_equal": ("too_small", "太小", "is too small"),
    "less_than_equal": ("too_large", "太大", "is too large"),
    "literal_error": ("choice", "不在允许的范围内", "is none of the allowed values"),
    "datetime_from_date_parsing": ("time", "不是带时区的 ISO 8601 时间", "is no ISO 8601 time with a zone"),
    "timezone_aware": ("time", "不是带时区的 ISO 8601 时间", "is no ISO 8601 time with a zone"),
}
"""Code and words of what is wrong with a field, by the validator's own name for it."""
OTHERWISE = ("invalid", "内容不对，见 openapi.json", "does not fit, see openapi.json")


def given(body: type | None, query: type | None) -> dict[str, object]:
    """The body and the query, as far as they are declared."""
    found: dict[str, object] = {}
    if query is not None:
        found["query"] = _query(query)
    if body is not None:
        found["body"] = _body(body)
    return found


def refuse(field: str, code: str, zh: str, en: str) -> Problem:
    """A request with one wrong field."""
    return Problem("invalid", errors=[FieldError(field, code, Message(zh, en))])


@cache
def adapter(kind: type) -> TypeAdapter[Any]:
    """The validator of a declared type."""
    return TypeAdapter(kind)


def _body(kind: type) -> object:
    if request.mimetype != "application/json":
        raise Problem("unsupported_media_type")
    text = request.get_data(cache=True)
    try:
        return adapter(kind).validate_json(text, strict=True)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            raise Problem("not_json") from None
        raise Problem("invalid", errors=tuple(_wrong("/", error))) from None


def _query(kind: type) -> object:
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise refuse(repeated[0], "repeated", "只能出现一次", "may be given once only")
    try:
        return adapter(kind).validate_strings(request.args.to_dict(), strict=True)
    except ValidationError as error:
        raise Problem("invalid", errors=tuple(_wrong("", error))) from None


def _wrong(root: str, error: ValidationError) -> Iterable[FieldError]:
    """Never what was sent: it may be a number or a name."""
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        code, zh, en = WORDS.get(one["type"], OTHERWISE)
        yield FieldError(root + "/".join(str(step) for step in one["loc"]), code, Message(zh, en))
