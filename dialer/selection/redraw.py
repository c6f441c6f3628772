"""Drawing again from what the ledger kept: the same seed must give the same people (S002-69)."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from decimal import Decimal

from dialer.errors import CampaignError
from dialer.selection.choice import NOT_DRAWN
from dialer.selection.draw import is_drawn
from ledger import selection
from ledger.selection import Selection


def differences(conn: sqlite3.Connection, campaign_id: int) -> list[str]:
    """What is not as the kept draw says; nothing where drawing again gives the same."""
    kept = selection.get(conn, campaign_id)
    if kept is None or not kept.rate:
        raise CampaignError(f"campaign {campaign_id}: nothing was drawn for it; it has no sample")
    drawn = [row for row in selection.considered(conn, campaign_id) if row[1] or row[2] == NOT_DRAWN]
    return [*_digests(kept, drawn), *_lots(kept, drawn)]


def _digests(kept: Selection, drawn: list[tuple[str, bool, str]]) -> Iterator[str]:
    if _digest(key for key, _, _ in drawn) != kept.population_digest:
        yield "the numbers drawn from are not those of the draw"
    if _digest(key for key, called, _ in drawn if called) != kept.chosen_digest:
        yield "the numbers drawn are not those of the draw"


def _lots(kept: Selection, drawn: list[tuple[str, bool, str]]) -> Iterator[str]:
    rate = Decimal(kept.rate)
    for key, called, _ in drawn:
        if is_drawn(kept.seed, key, rate) is not called:
            yield f"{key}: its lot says {'called' if not called else 'not called'}"


def _digest(keys: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{key}\n" for key in keys).encode()).hexdigest()
