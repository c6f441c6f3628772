"""Why a webhook is sent: for which call, as what, and what befalls it on the way."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.faults import Delivery

UNHARMED = Delivery()
"""What befalls a webhook for which no fault was thrown."""


@dataclass(frozen=True, slots=True)
class Errand:
    """The call (or conference, or queue) a webhook belongs to, its kind, and its fate."""

    owner: str = ""
    kind: str = "turn"
    fate: Delivery = UNHARMED


UNKNOWN = Errand()
"""A webhook of nobody."""
