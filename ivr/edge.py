"""What every page works with: the ledger, the clock, the settings, the carrier and its webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast
from wsgiref.types import WSGIApplication

from flask import current_app

from dialer.ending import Book
from ivr.clock import Clock
from ivr.door import Door
from ivr.errands import Errands
from ivr.home import Company
from ivr.hotline.limping import Limping
from ivr.settings import Settings
from ivr.store import Store

if TYPE_CHECKING:
    from ivr.conversation import Conversation
    from ivr.desk.lines import Lines
    from ivr.desk.performing import Performing
    from ivr.visits import Visits


class Front(Protocol):
    """Webhooks that are answered in front of the pages."""

    def before(self, pages: WSGIApplication) -> WSGIApplication:
        """The application that answers these webhooks itself and leaves the rest to `pages`."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The parts of one web process, as `ivr.assembly` puts them together."""

    door: Door
    fronts: tuple[Front, ...]
    store: Store
    clock: Clock
    settings: Settings
    company: Company
    book: Book
    errands: Errands
    conversation: Conversation
    lines: Lines
    visits: Visits
    performing: Performing
    limping: Limping

    def close(self) -> None:
        """Finish the errands and close what was opened for reading; the writer is its owner's."""
        self.limping.close()
        self.errands.close()
        self.store.close()


def edge() -> Edge:
    """The parts of the application that answers this request."""
    return cast(Edge, current_app.extensions["huifang"])


def store() -> Store:
    """The ledger of this request."""
    return edge().store


def now() -> datetime:
    """The moment on the application's clock."""
    return edge().clock.now()
