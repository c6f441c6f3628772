"""What every request to a page passes: rights, then the token that only our own forms and scripts have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Flask, current_app, request
from flask_wtf.csrf import CSRFProtect

from ivr.people import refusals, rights

LARGEST = 256 * 1024
"""Bytes of a form; nobody types more."""


View = TypeVar("View", bound=Callable[..., Any])


def takes(largest: int) -> Callable[[View], View]:
    """Declare that a view takes a file of so many bytes, which it reads as a stream."""

    def declare(view: View) -> View:
        view.largest = largest  # type: ignore[attr-defined]
        return view

    return declare


def measure() -> None:
    """Before the form token is looked for: how much the view takes."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "largest", LARGEST)


def protect(app: Flask, secret_key: str, *, https: bool) -> None:
    """Rights first, so that a request nobody may send is not asked for its token; then the token.

    The secret key signs the cookie with the form token and nothing else.
    """
    app.secret_key = secret_key
    app.config.update(
        SESSION_COOKIE_NAME="__Host-huifang_form" if https else "huifang_form",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LARGEST,
    )
    app.before_request(rights.guard)
    app.before_request(measure)
    CSRFProtect(app)
    refusals.register(app)


def without_forms(app: Flask, blueprint: Blueprint) -> None:
    """Ask for no form token in these views: no browser's cookie opens them."""
    app.extensions["csrf"].exempt(blueprint)
