"""Facts to try a script with: what its wiring reads, how that can fall, and one whole set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scripts.model import Kind, Need, Script
from scripts.values import Facts

Value = str | int | bool

OTHER = "其他"
"""A text that no condition names."""

CALL: Mapping[str, tuple[Value, ...]] = {"direction": ("outbound", "inbound")}
"""Facts of the call itself, with all the values that they ever have."""

IDENTITY: Mapping[str, Value] = {"id_tail": "1234", "birthday": "0506"}
"""What the identity check of a tried call compares with."""


def domain(script: Script) -> Mapping[str, tuple[Value, ...]]:
    """Every fact that a condition reads, with one value for each way in which the conditions can go."""
    return ways(script, _needs(script))


def ways(script: Script, needs: Iterable[Need]) -> Mapping[str, tuple[Value, ...]]:
    """Every fact that these conditions read, with one value for each way in which they can go."""
    found: dict[str, list[Need]] = {}
    for need in needs:
        found.setdefault(need.fact, []).append(need)
    return {fact: tuple(_values(script, fact, read)) for fact, read in found.items()}


def facts(script: Script, chosen: Facts | None = None) -> dict[str, str | int | bool | None]:
    """A whole set: examples of what is spoken, the first way of every condition, then the chosen."""
    examples = {variable.fact: variable.example for variable in script.variables.values()}
    firsts = {fact: values[0] for fact, values in domain(script).items()}
    identity = {
        step.fact: IDENTITY.get(step.fact, "1234")
        for step in script.steps.values()
        if step.kind is Kind.IDENTITY
    }
    return {**firsts, **examples, **identity, **(chosen or {})}


def _needs(script: Script) -> Iterator[Need]:
    yield from script.human_first
    for step in script.steps.values():
        yield from step.when


def _values(script: Script, fact: str, needs: list[Need]) -> Iterator[Value]:
    if fact in CALL:
        yield from CALL[fact]
        return
    named = list(dict.fromkeys(value for need in needs for value in need.values))
    if all(isinstance(value, bool) for value in named) and named:
        yield from (True, False)
        return
    yield from named
    bounds = sorted({bound for need in needs for bound in (need.least, need.most) if bound is not None})
    if bounds:
        yield from dict.fromkeys(value for bound in bounds for value in (bound, bound - 1, bound + 1))
    elif any(isinstance(value, str) for value in named):
        yield _other(script, fact, named)


def _other(script: Script, fact: str, named: list[Value]) -> Value:
    """The example of the variable that speaks the fact, where no condition names it."""
    examples = (variable.example for variable in script.variables.values() if variable.fact == fact)
    return next((value for value in examples if value not in named), OTHER)
