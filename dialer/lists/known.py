"""What is known of a row while its facts are derived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dialer.lists.products import Product
from dialer.lists.rows import Row

Fact = str | int | bool
Facts = dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Known:
    """What a derivation may look at: the row, its product if the catalogue has it, the day of the import."""

    row: Row
    product: Product | None
    today: date
