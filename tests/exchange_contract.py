"""A strict reader of Twilio's description: an unknown path, parameter, key, type, enum or status fails."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_EXTRACT = json.loads((Path(__file__).parent / "data" / "twilio_api_extract.json").read_text("utf-8"))
_SCHEMAS = _EXTRACT["components"]["schemas"]
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}
# The description contradicts its own examples in these.
_CONTRADICTED = frozenset({"price"})
_ERROR_KEYS = {"code", "message", "more_info", "status"}


def check(method: str, url: str, form: dict[str, Any], status: int, body: str) -> None:
    """Compares one exchange of request and answer with the description."""
    split = urlsplit(url)
    if status >= 400:
        error = json.loads(body)
        assert set(error) == _ERROR_KEYS, error
        assert error["status"] == status
        return
    operation = _operation(method.lower(), split.path)
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    assert set(parse_qs(split.query)) <= names, f"unknown query parameter in {url}"
    if form:
        content = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
        assert set(form) <= set(content["schema"]["properties"]), f"unknown field in {sorted(form)}"
    answer = operation["responses"].get(str(status))
    assert answer is not None, f"{method} {split.path} must not answer {status}"
    if status != 204:
        _value("body", json.loads(body), answer["content"]["application/json"]["schema"])


def _operation(method: str, path: str) -> Any:
    for template, operations in _EXTRACT["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method in operations:
            return operations[method]
    raise AssertionError(f"{method} {path} is not in the description")


def _value(where: str, value: Any, schema: dict[str, Any]) -> None:
    if "$ref" in schema:
        schema = _SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if value is None:
        assert schema.get("nullable") or "enum" not in schema, f"{where}: null"
        return
    if where.rpartition(".")[2] in _CONTRADICTED:
        return
    if "type" in schema:
        assert isinstance(value, _TYPES[schema["type"]]), f"{where}: {value!r} is no {schema['type']}"
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r}"
    if "pattern" in schema:
        assert re.search(schema["pattern"], value), f"{where}: {value!r}"
    if schema.get("format") == "date-time-rfc-2822":
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", value), f"{where}: {value!r}"
    if "properties" in schema:
        _object(where, value, schema["properties"])
    for place, item in enumerate(value if isinstance(value, list) else []):
        _value(f"{where}[{place}]", item, schema["items"])


def _object(where: str, value: dict[str, Any], properties: dict[str, Any]) -> None:
    assert set(value) == set(properties), f"{where}: {sorted(set(value) ^ set(properties))} differ"
    for key, one in value.items():
        if one is not None:  # the description marks few of the keys that may be null
            _value(f"{where}.{key}", one, properties[key])
