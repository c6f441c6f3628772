"""What people and scripts get instead of the page they asked for."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WSGIResponse

from ivr.api import problems
from ivr.people.rights import asks_for_json
from ivr.texts import library, t
from ledger import LedgerBusy

log = logging.getLogger(__name__)

KNOWN = frozenset(library()["zh"]["errors"])


def refuse(code: str, status: int) -> Response:
    """The answer that says why not, as a page or as `{"error": {"code", "message"}}`; the API has its own."""
    if request.path.startswith(problems.BELOW):
        return problems.of_status(status).answer()
    message = t(f"errors.{code}" if code in KNOWN else "errors.failed")
    if asks_for_json():
        return make_response(jsonify(error={"code": code, "message": message}), status)
    return make_response(render_template("refused.html", message=message, status=status), status)


def register(app: Flask) -> None:
    """Answer every error in the person's language, and none in its own words.

    An overflow is a number or a day in an address that no row can have.
    """
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(CSRFError, lambda _: refuse("stale", 400))
    app.register_error_handler(LedgerBusy, lambda _: refuse("busy", 503))
    app.register_error_handler(OverflowError, lambda _: refuse("not_found", 404))
    app.register_error_handler(Exception, _failed)


NAMES = {401: "signed_out", 403: "not_allowed", 404: "not_found", 405: "not_found", 413: "too_large"}


def _refused(error: HTTPException) -> WSGIResponse:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    return refuse(NAMES.get(error.code, "bad_request" if error.code < 500 else "failed"), error.code)


def _failed(error: Exception) -> Response:
    log.error("a page failed", exc_info=error)
    return refuse("failed", 500)
