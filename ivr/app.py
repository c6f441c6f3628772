"""The web application: the carrier's webhooks in front, pages in Flask behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, jsonify

from dialer.calendar import LOCAL
from ivr import assets, start, texts
from ivr.api import routes as api
from ivr.authoring import routes as authoring
from ivr.campaigning import routes as campaigning
from ivr.campaigning import uploads
from ivr.console import routes as console
from ivr.desk import origins
from ivr.desk import routes as desk
from ivr.edge import Edge, edge
from ivr.people import account, headers, login, rights, staff, trail
from ivr.people.protection import protect
from ivr.people.rights import ANYONE, allowed

HERE = Path(__file__).parent
BLUEPRINTS = (
    assets.blueprint,
    start.blueprint,
    login.blueprint,
    account.blueprint,
    desk.blueprint,
    console.blueprint,
    campaigning.blueprint,
    uploads.blueprint,
    authoring.blueprint,
    staff.blueprint,
    trail.blueprint,
)
"""All pages; a page is added here and, for the navigation, in `ivr.start.WAY`."""


def create_app(parts: Edge, elsewhere: Sequence[str] = ()) -> Flask:
    """Return the application; the caller closes its parts.

    `elsewhere`: origins besides ours and the carrier's that the pages' scripts may reach.
    """
    settings = parts.settings
    app = Flask("huifang", static_folder=None, template_folder=str(HERE / "templates"))
    app.extensions["huifang"] = parts
    https = settings.public_url.startswith("https://")
    protect(app, settings.secret_key, https=https)
    reached = (*elsewhere, *origins.asked(settings))
    app.after_request(headers.dress(reached, origins.loaded(settings), https=https))
    _equip(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.register(app)
    app.add_url_rule("/health", "health", health)
    served = _below(app.wsgi_app, urlsplit(settings.signed_url).path)
    for front in reversed(parts.fronts):
        served = front.before(served)
    app.wsgi_app = served  # type: ignore[assignment, method-assign]
    return app


def _equip(app: Flask) -> None:
    app.jinja_env.globals.update(
        t=texts.t,
        texts=texts.texts,
        language=texts.language,
        other_language=texts.other_language,
        asset=assets.asset,
        way=start.way,
        may=rights.may,
    )
    app.jinja_env.filters["moment"] = lambda moment: moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _below(pages: WSGIApplication, prefix: str) -> WSGIApplication:
    """Let the pages write links that lead through a proxy which serves us below a path."""

    def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return pages({**environ, "SCRIPT_NAME": prefix}, start)

    return application if prefix else pages


@allowed(ANYONE)
def health() -> Response:
    """Say that the process answers and how many unsigned requests it turned away."""
    return jsonify(status="ok", unsigned_requests=edge().door.refused)
