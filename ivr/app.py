"""The web application: webhooks for the carrier and a health check for the engineer."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from ivr.webhooks import Edge, calls, edge


def create_app(here: Edge) -> Flask:
    """Return the application around its edge; the caller owns the writer and closes it."""
    app = Flask("huifang", static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.extensions["huifang"] = here
    app.register_blueprint(calls)
    app.add_url_rule("/health", "health", health)
    return app


def health() -> Response:
    """Say that the process answers and how many unsigned requests it turned away."""
    return jsonify(status="ok", unsigned_requests=edge().refused)
