"""The API in the application: its parts, and the document that describes them."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Flask, Response, jsonify

from ivr.api import campaigns, dnc, health, lists, openapi, policies, results
from ivr.api.operations import Part
from ivr.people.protection import without_forms
from ivr.people.rights import ANYONE, allowed

PARTS: tuple[Part, ...] = (
    lists.lists,
    campaigns.campaigns,
    policies.policies,
    dnc.dnc,
    results.results,
    health.health,
)
document = Blueprint("api", __name__, url_prefix="/api/v1")


def register(app: Flask) -> None:
    """Serve the API: tokens instead of cookies, so that no form token is asked for."""
    for part in PARTS:
        app.register_blueprint(part.blueprint)
        without_forms(app, part.blueprint)
    app.register_blueprint(document)


@document.get("/openapi.json")
@allowed(ANYONE)
def described() -> Response:
    """The description of the API (OpenAPI 3.1), which holds nothing of anybody."""
    return jsonify(_document())


@cache
def _document() -> dict[str, object]:
    return openapi.document(PARTS)
