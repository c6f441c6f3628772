"""The start page, and the way from page to page: navigation shows what a role may open."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, url_for
from werkzeug.wrappers import Response

from ivr.people.rights import EVERYBODY, allowed, may

blueprint = Blueprint("home", __name__)

WAY = (
    ("desk.page", "nav.desk"),
    ("console.page", "nav.console"),
    ("campaigns.listing", "nav.campaigns"),
    ("lists.listing", "nav.lists"),
    ("authoring.listing", "nav.scripts"),
    ("people.listing", "nav.people"),
    ("audit.listing", "nav.audit"),
    ("account.page", "nav.account"),
)
"""Endpoints and texts in the order of the navigation."""
START = ("console.page", *(endpoint for endpoint, _ in WAY))
"""The first of these that a role may open is its start page: a supervisor begins at the console."""


def way() -> list[tuple[str, str]]:
    """The part of the navigation that is open to the person of this request."""
    return [
        (endpoint, text) for endpoint, text in WAY if endpoint in current_app.view_functions and may(endpoint)
    ]


@blueprint.get("/")
@allowed(*EVERYBODY)
def start() -> Response:
    """Lead to the page a role works with."""
    open_to = {endpoint for endpoint, _ in way()}
    return redirect(url_for(next(endpoint for endpoint in START if endpoint in open_to)), 303)
