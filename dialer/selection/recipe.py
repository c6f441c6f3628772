"""Recipes as data: which rules leave a contact out, what is drawn, which quota or clean-up it is."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from dialer.errors import RecipeError
from dialer.selection.cleanup import Cleanup, read_cleanup
from dialer.selection.rules import Rule, read_rule
from ledger.canonical import sha256

_FOLDER = Path(__file__).parents[1] / "recipes"
_KEYS = {"title", "leave_out", "sample", "quota", "cleanup"}


@dataclass(frozen=True, slots=True)
class Quota:
    """So many successes a month for each value of the fact `by`, in the order of the draw."""

    name: str
    by: str
    successes: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a list becomes a campaign; `digest` is of all that it says."""

    name: str
    digest: str
    rules: tuple[Rule, ...] = ()
    rate: Decimal | None = None
    quota: Quota | None = None
    cleanup: Cleanup | None = None

    @property
    def coverage(self) -> str:
        """How many of the list it reaches, in the words of kinds of list."""
        return "quota" if self.quota else "sample" if self.rate is not None else "all"

    @property
    def is_drawn(self) -> bool:
        """Whether chance has a part in it, so that a seed is kept."""
        return self.rate is not None or self.quota is not None


def recipes() -> tuple[str, ...]:
    """The names of the shipped recipes."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def recipe_of(kind: str, selection: Mapping[str, Any], wanted: str = "") -> Recipe:
    """The recipe `wanted`, or the one that the kind's table is or names; what the table says goes first."""
    if wanted:
        return read_recipe(wanted, _shipped(wanted))
    return read_recipe(str(selection.get("recipe", kind)), _whole(selection))


def _whole(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """A table over the recipe that it names, table by table."""
    base = _shipped(table["recipe"]) if "recipe" in table else {}
    own = {key: value for key, value in table.items() if key != "recipe"}
    return {**base, **{key: _over(base.get(key), value) for key, value in own.items()}}


def _over(base: object, own: object) -> object:
    return {**base, **own} if isinstance(base, dict) and isinstance(own, dict) else own


@cache
def _shipped(name: str) -> Mapping[str, Any]:
    if name not in recipes():
        raise RecipeError(f'recipe "{name}" is unknown; choose one of: {", ".join(recipes())}')
    return _whole(tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def read_recipe(name: str, table: Mapping[str, Any]) -> Recipe:
    """A recipe of a table; RecipeError names the recipe and what is wrong with it."""
    try:
        if unknown := table.keys() - _KEYS:
            raise ValueError(f"{min(unknown)}: is unknown; choose one of {', '.join(sorted(_KEYS))}")
        quota, cleanup = table.get("quota"), table.get("cleanup")
        return Recipe(
            name,
            sha256(json.dumps(table, sort_keys=True, ensure_ascii=False, default=str)),
            tuple(read_rule(rule) for rule in table.get("leave_out", ())),
            _rate(table["sample"]["rate"]) if "sample" in table else None,
            _quota(quota) if quota else None,
            read_cleanup(cleanup) if cleanup else None,
        )
    except KeyError as error:
        raise RecipeError(f'recipe "{name}": {error.args[0]}: is missing') from error
    except (ValueError, TypeError, AttributeError) as error:
        raise RecipeError(f'recipe "{name}": {error}') from error


def _rate(text: object) -> Decimal:
    try:
        rate = Decimal(str(text).removesuffix("%")) / 100
    except InvalidOperation:
        rate = Decimal(0)
    if not str(text).endswith("%") or not 0 < rate <= 1:
        raise ValueError(f'sample.rate: {text!r}: write a share of all as "10%"')
    return rate


def _quota(table: Mapping[str, Any]) -> Quota:
    if not isinstance(table["successes"], int) or table["successes"] < 1:
        raise ValueError("quota.successes: give a whole number from one on")
    return Quota(table["name"], table["by"], table["successes"])
