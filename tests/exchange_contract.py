"""A strict reader of Twilio's description: an unknown path, parameter, key, type, enum or status fails.

The description is Twilio's own, unchanged (github.com/twilio/twilio-oai; its licence is beside it).
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

DATA = Path(__file__).parent / "data"
METHODS = ("get", "post", "delete")
FORM = "application/x-www-form-urlencoded"

Schema = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
# The description contradicts its own examples in this field: a string there, a number here.
_CONTRADICTED = frozenset({"price"})
# Its own examples have nothing in this field, as long as the conference goes on.
_EMPTY_IN_EXAMPLES = frozenset({"reason_conference_ended"})
_ERROR_KEYS = {"code", "message", "more_info", "status"}
_PAGING = frozenset(
    ("end", "first_page_uri", "next_page_uri", "page", "page_size", "previous_page_uri", "start")
)
_NO_OPERATION = (20404, 20004, 20003)


@cache
def description() -> Any:
    """Twilio's description of its REST API."""
    return json.loads(gzip.decompress((DATA / "twilio_api_v2010.json.gz").read_bytes()))


def operations() -> Iterator[tuple[str, str, Any]]:
    """Every method, path template and operation that is described."""
    for template, item in description()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, template, item[method]


def check(method: str, url: str, form: Mapping[str, Any], status: int, body: str) -> None:
    """Compares one exchange of request and answer with the description."""
    split = urlsplit(url)
    check_answer(method, split.path, status, body)
    if (found := _operation(method.lower(), split.path)) is None:
        return
    operation, in_path = found
    _names(operation, split.query, form)
    if status < 400:
        _values(operation, in_path, parse_qs(split.query, keep_blank_values=True), form)


def check_answer(method: str, path: str, status: int, body: str) -> None:
    """Compares an answer with the description: a refusal needs no description, but an operation."""
    found = _operation(method.lower(), path)
    if status >= 400:
        code = _error(json.loads(body), status)
        assert found or code in _NO_OPERATION, f"{method} {path} is not in the description"
        return
    assert found, f"{method} {path} is not in the description"
    answer = found[0]["responses"].get(str(status))
    assert answer is not None, f"{method} {path} must not answer {status}"
    if status == 204:
        assert body == "", "a 204 has no body"
    else:
        value("body", json.loads(body), answer["content"]["application/json"]["schema"])


def _operation(method: str, path: str) -> tuple[Any, dict[str, str]] | None:
    """The operation for this path, with the values of the path's parameters; fixed names go first."""
    for template, pattern in _patterns():
        if (match := pattern.fullmatch(path)) and method in description()["paths"][template]:
            return description()["paths"][template][method], match.groupdict()
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    templates = sorted(description()["paths"], key=lambda template: template.count("{"))
    return [
        (template, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))))
        for template in templates
    ]


def _error(error: Any, status: int) -> int:
    assert set(error) == _ERROR_KEYS, error
    assert error["status"] == status
    code = error["code"]
    assert isinstance(code, int)
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert isinstance(error["message"], str)
    assert error["message"]
    return code


def _names(operation: Any, query: str, form: Mapping[str, Any]) -> None:
    known = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
    unknown = set(parse_qs(query, keep_blank_values=True)) - known
    assert not unknown, f"unknown query parameters {sorted(unknown)}"
    assert set(form) <= set(_fields(operation)), f"unknown fields in {sorted(form)}"


def _fields(operation: Any) -> dict[str, Schema]:
    if "requestBody" not in operation:
        return {}
    fields: dict[str, Schema] = operation["requestBody"]["content"][FORM]["schema"]["properties"]
    return fields


def _values(
    operation: Any, in_path: Mapping[str, str], query: Mapping[str, list[str]], form: Mapping[str, Any]
) -> None:
    """Holds what was sent, and taken, against the types it should have."""
    for one in operation.get("parameters", []):
        given = query.get(one["name"], []) if one["in"] == "query" else [unquote(in_path[one["name"]])]
        for text in given:
            _text(one["name"], text, one["schema"])
    required = operation.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema", {})
    missing = set(required.get("required", ())) - set(form)
    assert not missing, f"{sorted(missing)} must be sent"
    for name, schema in _fields(operation).items():
        given = form.get(name, [])
        for text in given if isinstance(given, list | tuple) else [given]:
            _text(name, str(text), schema.get("items", schema) if schema.get("type") == "array" else schema)


def _text(name: str, text: str, schema: Schema) -> None:
    """One value as a form or an address writes it."""
    schema = _resolved(schema)
    if text == "":  # an emptied field
        return
    match schema.get("type"):
        case "integer":
            assert re.fullmatch(r"-?\d+", text), f"{name}: {text!r} is no whole number"
            low, high = schema.get("minimum", int(text)), schema.get("maximum", int(text))
            assert low <= int(text) <= high, f"{name}: {text} is out of range"
        case "boolean":
            assert text.lower() in ("true", "false"), f"{name}: {text!r} is neither true nor false"
        case _:
            value(name, text, schema)


def value(where: str, given: Any, schema: Schema) -> None:
    """Holds one value against its schema."""
    schema = _resolved(schema)
    if where.rpartition(".")[2] in _CONTRADICTED:
        return
    if given is None:
        empty = where.rpartition(".")[2] in _EMPTY_IN_EXAMPLES
        assert schema.get("nullable") or empty, f"{where}: null"
        return
    if "type" in schema:
        right = isinstance(given, _TYPES[schema["type"]])
        if isinstance(given, bool):
            right = schema["type"] == "boolean"
        assert right, f"{where}: {given!r} is no {schema['type']}"
    if "enum" in schema:
        assert given in schema["enum"], f"{where}: {given!r}"
    if "pattern" in schema:
        assert re.search(schema["pattern"], given), f"{where}: {given!r}"
    if "maxLength" in schema:
        assert len(given) <= schema["maxLength"], f"{where}: {given!r} is too long"
    _format(where, given, schema.get("format", ""))
    if "properties" in schema:
        _object(where, given, schema["properties"])
    for place, item in enumerate(given if isinstance(given, list) else []):
        value(f"{where}[{place}]", item, schema["items"])


def _format(where: str, given: Any, form: str) -> None:
    match form:
        case "date-time-rfc-2822":
            assert given.endswith(" +0000"), f"{where}: {given!r}"
            datetime.strptime(given, "%a, %d %b %Y %H:%M:%S %z")
        case "date":
            date.fromisoformat(given)
        case "date-time":
            datetime.fromisoformat(given)
        case "uri":
            assert not re.search(r"\s", given), f"{where}: {given!r}"
        case "uri-map":
            assert all(isinstance(one, str) and one.startswith("/") for one in given.values()), where
        case "phone-number":
            known = r"\+?[\d*]+|\(\d{3}\) \d{3}-\d{4}|(?:client|sip):\S+"
            assert re.fullmatch(known, given), f"{where}: {given!r}"


def _object(where: str, given: dict[str, Any], properties: Schema) -> None:
    """Exactly the keys that are described; a listing without pages has none of the keys of paging."""
    wanted = set(properties)
    if not set(given) & _PAGING:
        wanted -= _PAGING
    assert set(given) == wanted, f"{where}: {sorted(set(given) ^ wanted)} differ"
    for key, one in given.items():
        value(f"{where}.{key}", one, properties[key])


def _resolved(schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
