"""Rules that leave contacts out, by their facts. What the facts do not tell leaves nobody out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Facts = Mapping[str, str | int | bool | None]

_CITY = re.compile(r"^(?:.{2,8}?(?:省|自治区))?(.{1,10}?)(?:市|自治州|州|盟|地区)")
_CODE = re.compile(r"^[1-9][0-9]{5}$")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a fact: one of `values`, a number or a day within bounds, or the same place.

    `since` is included, `before` is not.
    """

    fact: str
    values: tuple[str | int | bool, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    since: date | None = None
    before: date | None = None
    same_place_as: str = ""

    def holds(self, facts: Facts) -> bool:
        """Whether it is so; not where the facts do not tell."""
        value = facts.get(self.fact)
        if value is None or value == "":
            return False
        if self.values:
            return any(value == wanted and type(value) is type(wanted) for wanted in self.values)
        if self.same_place_as:
            return is_same_place(str(value), str(facts.get(self.same_place_as) or ""))
        if self.since or self.before:
            return self._is_day_within(str(value))
        return self._is_number_within(str(value))

    def _is_day_within(self, text: str) -> bool:
        day = _day(text)
        if day is None:
            return False
        return (self.since is None or day >= self.since) and (self.before is None or day < self.before)

    def _is_number_within(self, text: str) -> bool:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return False
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom all conditions hold for is left out under this name.

    Where `evidence` and `approval` name facts, only who has both is left out (S000-25); others stay in.
    """

    name: str
    conditions: tuple[Condition, ...]
    basis: tuple[str, ...]
    evidence: str = ""
    approval: str = ""

    def applies(self, facts: Facts) -> bool:
        """Whether the rule is about this contact."""
        return all(condition.holds(facts) for condition in self.conditions)

    def proof(self, facts: Facts) -> tuple[str, str] | None:
        """Evidence and approval, empty where none are asked for; None where they are and one is missing."""
        found = tuple(str(facts.get(name) or "").strip() for name in (self.evidence, self.approval) if name)
        if not self.evidence:
            return "", ""
        return (found[0], found[1]) if all(found) else None


def is_same_place(one: str, other: str) -> bool:
    """Whether two places are in one city; region codes (GB/T 2260) by their first four digits."""
    first, second = _city(one), _city(other)
    return bool(first) and first == second


def _city(text: str) -> str:
    text = re.sub(r"\s", "", text)
    if _CODE.match(text):
        return text[:4]
    found = _CITY.match(text)
    return found[1] if found else text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def read_rule(table: Mapping[str, Any]) -> Rule:
    """A rule of a recipe; ValueError and KeyError say what is wrong with it."""
    conditions = tuple(_condition(fact, wanted) for fact, wanted in table["when"].items())
    if not conditions:
        raise ValueError(f'rule "{table["rule"]}": when: names no fact; without one it would leave out all')
    evidence, approval = table.get("evidence", ""), table.get("approval", "")
    if bool(evidence) != bool(approval):
        raise ValueError(f'rule "{table["rule"]}": give both evidence and approval, or neither')
    return Rule(table["rule"], conditions, tuple(table["basis"]), evidence, approval)


def _condition(fact: str, wanted: object) -> Condition:
    if isinstance(wanted, list):
        return Condition(fact, tuple(wanted))
    if not isinstance(wanted, dict):
        if not isinstance(wanted, str | int):
            raise ValueError(f"when.{fact}: give a text, a whole number, true or false, a list, or bounds")
        return Condition(fact, (wanted,))
    for key, value in wanted.items():
        if key not in _BOUNDS or not isinstance(value, _BOUNDS[key]):
            raise ValueError(f"when.{fact}.{key}: choose one of {', '.join(_BOUNDS)}, days as 2026-06-30")
    numbers = {key: Decimal(wanted[key]) for key in ("least", "most") if key in wanted}
    return Condition(fact, **{**wanted, **numbers})


_BOUNDS: Mapping[str, type] = {"least": int, "most": int, "since": date, "before": date, "same_place_as": str}
