"""What is known of a row while its facts are derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dialer.lists.products import Product
from dialer.lists.rows import Row

Fact = str | int | bool
Facts = dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Known:
    """What a derivation may look at: the row, its product if the catalogue has it, the day of the import.

    `constants` are the facts of rows that say nothing else.
    """

    row: Row
    product: Product | None
    today: date
    constants: Mapping[str, Fact] = field(default_factory=dict)
