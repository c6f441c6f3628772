"""What every page works with: the ledger, the clock, the settings and the carrier's webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from ivr.clock import Clock
from ivr.settings import Settings
from ivr.store import Store
from ivr.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Edge:
    """The parts of one web process; the caller of `create_app` made them and closes them."""

    webhooks: Webhooks
    store: Store
    clock: Clock
    settings: Settings


def edge() -> Edge:
    """The parts of the application that answers this request."""
    return cast(Edge, current_app.extensions["huifang"])


def store() -> Store:
    """The ledger of this request."""
    return edge().store


def now() -> datetime:
    """The moment on the application's clock."""
    return edge().clock.now()
