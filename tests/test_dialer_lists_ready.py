"""A complete row of every kind of list says everything that its script must be able to say."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from dialer.call_facts import call_facts
from dialer.lists.check import Check, Checked, Terms
from dialer.lists.kinds import Kind, kinds, load_kind
from dialer.lists.products import load_products
from dialer.lists.source import open_source
from dialer.profile import load_profile
from scripts import sample
from scripts.engine import missing
from scripts.load import library
from tests.dialer_facts import NOW

COMPANY = {"company": "平安岁月人寿", "hotline": "95500", "staff_name": "小安", "staff_no": "1001"}
PRODUCTS = load_products()
ELSEWHERE = {"direction", "age", "seller_surname", "cooling_over", "other_surveyor"}
"""What the moment of the call decides, or another fact's kind of value."""
NEVER = {
    ("new_policy", "term_over_year", False),  # no product of the sample ends within a year
    ("new_policy", "payment", "其他"),  # the column has two answers
    ("renewal_due", "reminder", "其他"),
}

Cells = dict[str, str]


def complete(kind: Kind) -> Cells:
    """A row with an example in every column."""
    return {column.name: column.example for column in kind.columns}


def variants(kind: Kind) -> Iterator[Cells]:
    """Complete rows that differ in one answer: every choice, every yes and no, every product."""
    row = complete(kind)
    yield row
    for column in kind.columns:
        answers = tuple(dict.fromkeys(column.choices.values())) or ("是", "否") * (column.parser == "yes_no")
        yield from (row | {column.name: answer} for answer in answers)
    if "product" in row:
        yield from (row | {"product": found.name, "product_type": ""} for found in PRODUCTS.values())
    yield from MORE.get(kind.name, ())
    if "suspended_on" in row:
        yield row | {"suspended_on": "2023-05-05", "reinstate_by": ""}


MORE: dict[str, tuple[Cells, ...]] = {}


def main() -> None: ...
