"""The description of the API, made from the declarations by which its requests are validated (OpenAPI 3.1).

pydantic gives the schemas (JSON Schema 2020-12, the dialect of OpenAPI 3.1) of the very types that validate.
Frameworks that bring an application class of their own (APIFlask, flask-openapi3) or blueprints and a second
schema language (flask-smorest) would stand beside the guard of the pages instead of behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from ivr.api.once import HEADER
from ivr.api.operations import JSON, Operation, Part
from ivr.api.problems import MEDIA_TYPE, Details, known
from ivr.api.reading import adapter

Schema = dict[str, Any]
USUAL = ("bad_request", "unauthorized", "forbidden", "too_many_failures", "busy", "failed")
"""What every request may be refused for."""
PARAMETER = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>")
FILES = ("application/octet-stream", "text/csv")


def document(parts: Sequence[Part]) -> Schema:
    """The whole description."""
    operations = [(name, asked) for part in parts for name, asked in part.operations.items()]
    schemas, definitions = _schemas(asked for _, asked in operations)
    paths: dict[str, Schema] = {}
    for name, asked in operations:
        path = PARAMETER.sub(r"{\3}", f"/api/v1{asked.path}")
        paths.setdefault(path, {})[asked.method.lower()] = _operation(name, asked, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Huifang 回访",
            "version": "1",
            "description": "Lists in, campaigns, news of policies, do-not-call, results. See docs/api.md.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _schemas(operations: Iterable[Operation]) -> tuple[dict[tuple[type, str], Schema], Schema]:
    wanted: dict[tuple[type, JsonSchemaMode], TypeAdapter[Any]] = {
        (Details, "serialization"): adapter(Details)
    }
    for asked in operations:
        wanted[asked.answer, "serialization"] = adapter(asked.answer)
        for given in (asked.body, asked.query):
            if given is not None:
                wanted[given, "validation"] = adapter(given)
    inputs = [(kind, mode, found) for (kind, mode), found in wanted.items()]
    found, rest = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    return dict(found), rest.get("$defs", {})  # type: ignore[arg-type]


def _operation(name: str, asked: Operation, schemas: Mapping[tuple[type, str], Schema]) -> Schema:
    found: Schema = {
        "operationId": f"{asked.path.split('/')[1]}_{name}",
        "summary": asked.summary,
        "description": f"Scope: {' or '.join(asked.scopes) or 'any'}.",
        "tags": [asked.path.split("/")[1]],
        "parameters": [*_in_path(asked), *_in_query(asked, schemas), *_in_header(asked)],
        "responses": dict(_responses(asked, schemas)),
    }
    if asked.body is not None:
        content = {JSON: {"schema": schemas[asked.body, "validation"]}}
        found["requestBody"] = {"required": True, "content": content}
    elif asked.upload:
        found["requestBody"] = {"required": True, "content": {kind: {} for kind in FILES}}
    return found


def _in_path(asked: Operation) -> Iterator[Schema]:
    for converter, choices, name in PARAMETER.findall(asked.path):
        schema: Schema = {"type": "string", "minLength": 1, "maxLength": 100}
        if converter == "int":
            schema = {"type": "integer", "minimum": 1}
        elif converter == "any":
            schema = {"type": "string", "enum": [choice.strip() for choice in choices.split(",")]}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(asked: Operation, schemas: Mapping[tuple[type, str], Schema]) -> Iterator[Schema]:
    if asked.query is None:
        return
    fields = adapter(asked.query).json_schema()
    for name, schema in fields["properties"].items():
        required = name in fields.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": schema}


def _in_header(asked: Operation) -> Iterator[Schema]:
    if asked.replays:
        schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        yield {"name": HEADER, "in": "header", "required": False, "schema": schema}


def _responses(asked: Operation, schemas: Mapping[tuple[type, str], Schema]) -> Iterator[tuple[str, Schema]]:
    content = {JSON: {"schema": schemas[asked.answer, "serialization"]}}
    for status in (asked.status, 200) if asked.upload else (asked.status,):
        yield str(status), {"description": asked.summary, "content": content}
    refused = {MEDIA_TYPE: {"schema": schemas[Details, "serialization"]}}
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys((*_refusals(asked), *USUAL)):
        by_status.setdefault(known()[code]["status"], []).append(code)
    for status, codes in sorted(by_status.items()):
        yield str(status), {"description": ", ".join(codes), "content": refused}


def _refusals(asked: Operation) -> Iterator[str]:
    yield from asked.refusals
    if PARAMETER.search(asked.path):
        yield "not_found"
    if asked.body is not None or asked.query is not None:
        yield "invalid"
    if asked.body is not None:
        yield from ("not_json", "unsupported_media_type", "too_large")
    if asked.replays:
        yield from ("in_progress", "key_reused")
