"""The web application: the carrier's webhooks in front, pages in Flask behind them."""

from __future__ import annotations

from flask import Flask, Response, current_app, jsonify

from ivr.webhooks import Webhooks


def create_app(webhooks: Webhooks, secret_key: str) -> Flask:
    """Return the application; the caller owns the conversation's writer and closes it."""
    app = Flask("huifang", static_folder=None)
    app.secret_key = secret_key
    app.extensions["huifang"] = webhooks
    app.wsgi_app = webhooks.before(app.wsgi_app)  # type: ignore[assignment, method-assign]
    app.add_url_rule("/health", "health", health)
    return app


def health() -> Response:
    """Say that the process answers and how many unsigned requests it turned away."""
    webhooks: Webhooks = current_app.extensions["huifang"]
    return jsonify(status="ok", unsigned_requests=webhooks.refused)
