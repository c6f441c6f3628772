"""What every request to a page passes: rights, then the token that only our own forms and scripts have."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

from ivr.people import refusals, rights

LARGEST = 256 * 1024
"""Bytes of a form; nobody types more."""


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
    CSRFProtect(app)
    refusals.register(app)


def without_forms(app: Flask, blueprint: Blueprint) -> None:
    """Ask for no form token in these views: no browser's cookie opens them."""
    app.extensions["csrf"].exempt(blueprint)
