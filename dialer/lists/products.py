"""The product catalogue: what the list does not say about a product, and the talk must."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialer.errors import ProductError
from dialer.lists.words import header

SAMPLE = Path(__file__).parent / "products.toml"
"""The catalogue of the demo's products."""

WHOLE_LIFE = "终身"
TYPES = ("普通型", "分红型", "万能型", "投连型", "财产险")
_TEXTS = ("payment_options", "alternatives", "reinstate_materials", "surrender_materials", "deductible")
_PERCENT = re.compile(r"\d{1,2}(\.\d{1,4})?%")


@dataclass(frozen=True, slots=True)
class Product:
    """One product; `years` None means whole life, `electronic` the channels that sign on a screen."""

    name: str
    type: str
    years: int | None
    product_summary: str
    main_exclusions: str
    refund_text: str
    materials: str
    death_benefit: bool
    health_questions: bool
    electronic: tuple[str, ...]
    cooling_days: int | None = None
    guaranteed_rate: str | None = None
    surrender_fee_years: int | None = None
    payment_options: str | None = None
    alternatives: str | None = None
    reinstate_materials: str | None = None
    surrender_materials: str | None = None
    deductible: str | None = None


Catalogue = Mapping[str, Product]
"""Products by the comparable form of their names."""


def load_products(path: Path = SAMPLE) -> Catalogue:
    """The catalogue from a TOML file; ProductError names file, product and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProductError(f"{path.name}: cannot be read: {error}") from error
    defaults, tables = data.get("defaults", {}), data.get("products")
    if not isinstance(tables, dict) or not isinstance(defaults, dict):
        raise ProductError(f'{path.name}: give each product a table [products."name"]')
    return {
        header(name): _product(f"{path.name}: product {name}", name, defaults | table)
        for name, table in tables.items()
    }


def find_product(catalogue: Catalogue, name: str) -> Product | None:
    """The product by its name in a list; the width of brackets and blanks do not matter."""
    return catalogue.get(header(name))


def _product(place: str, name: str, table: Mapping[str, Any]) -> Product:
    entry = _Entry(place, table)
    product = Product(
        name=name,
        type=entry.one_of("type", TYPES),
        years=entry.term(),
        product_summary=entry.get("product_summary", str),
        main_exclusions=entry.get("main_exclusions", str),
        refund_text=entry.get("refund_text", str),
        materials=entry.get("materials", str),
        death_benefit=entry.get("death_benefit", bool),
        health_questions=entry.get("health_questions", bool),
        electronic=tuple(entry.get("electronic", list)),
        cooling_days=entry.maybe("cooling_days", int),
        guaranteed_rate=entry.percent("guaranteed_rate"),
        surrender_fee_years=entry.maybe("surrender_fee_years", int),
        **{name: entry.maybe(name, str) for name in _TEXTS},
    )
    entry.no_others()
    return product


class _Entry:
    """A product's table whose lookups name the place and the key when something is wrong."""

    def __init__(self, place: str, table: Mapping[str, Any]) -> None:
        self.place, self.table, self.seen = place, table, {"term"}

    def fail(self, key: str, what: str) -> ProductError:
        return ProductError(f"{self.place}: {key}: {what}")

    def maybe(self, key: str, kind: type) -> Any:
        self.seen.add(key)
        value = self.table.get(key)
        if value is not None and type(value) is not kind:
            raise self.fail(key, f"must be given as {kind.__name__}")
        return value

    def get(self, key: str, kind: type) -> Any:
        value = self.maybe(key, kind)
        if value is None or value == "":
            raise self.fail(key, "is missing")
        return value

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        value = str(self.get(key, str))
        if value not in choices:
            raise self.fail(key, f"choose one of {'、'.join(choices)}")
        return value

    def term(self) -> int | None:
        value = self.table.get("term")
        if value == WHOLE_LIFE:
            return None
        if type(value) is not int or value < 1:
            raise self.fail("term", f'give a number of years, or "{WHOLE_LIFE}"')
        return value

    def percent(self, key: str) -> str | None:
        value = self.maybe(key, str)
        if value is not None and not _PERCENT.fullmatch(value):
            raise self.fail(key, 'write it with its sign, like "1.75%"')
        return str(value) if value is not None else None

    def no_others(self) -> None:
        for key in self.table:
            if key not in self.seen:
                raise self.fail(key, "is unknown; check the spelling")
