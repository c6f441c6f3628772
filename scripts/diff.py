"""The difference of two scripts as rows: header, variables, steps, each text and wire from old to new."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from scripts.model import COMMON, Script
from scripts.overlay import TEXTS

_TOKEN = re.compile(r"\{[a-z0-9_]+\}|[A-Za-z0-9]+|.", re.DOTALL)

EVERYWHERE = ("phrases", "on", "hears", "human_first")
"""The tables of a file that belong to no step; the script's own stand over those of what it includes."""

ISLAND = 2
"""So many characters must be the same between two changes to stay unmarked; fewer are no word."""


class Sort(StrEnum):
    """What a row is about."""

    HEADER = "header"
    VARIABLE = "variable"
    STEP = "step"
    TEXT = "text"
    WIRING = "wiring"


class Change(StrEnum):
    """What became of it."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


class Side(StrEnum):
    """To which text a mark belongs: to both, to the old one, to the new one."""

    BOTH = "both"
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Mark:
    """A run of words that both texts have, or only one of them."""

    side: Side
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One difference; of a step that was moved, `old` and `new` name the step before it.

    `step` is `common` for what belongs to every step and empty for header and variables; `key` is the place
    within, with dots; `marks` is the text word by word, () for what is no text.
    """

    sort: Sort
    change: Change
    step: str
    key: str
    old: str
    new: str
    marks: tuple[Mark, ...] = ()


def diff(old: Script, new: Script) -> tuple[Row, ...]:
    """What is different in the new script, in the order of the talk; () where both say and do the same."""
    before, after = _Form(old), _Form(new)
    rows = [*_tables(Sort.HEADER, "", before.header, after.header)]
    rows += _tables(Sort.VARIABLE, "", before.variables, after.variables)
    rows += _leaves(COMMON, before.everywhere, after.everywhere)
    moved = {row.step: row for row in _moved(before.order, after.order)}
    for name in _both(before.order, after.order):
        rows += _step(name, before.steps.get(name), after.steps.get(name))
        rows += [moved[name]] if name in moved else []
    return tuple(rows)


class _Form:
    """The canonical form of a script, by place: what stands in no step, and the steps it can come to."""

    def __init__(self, script: Script) -> None:
        data: dict[str, Any] = json.loads(script.canonical)
        main, *files = data["files"]
        inside = ("step", "variables", *EVERYWHERE)
        self.order: list[str] = data["order"]
        self.header = _flat({key: value for key, value in main.items() if key not in inside})
        self.variables: dict[str, str] = {}
        self.everywhere: dict[str, str] = {}
        steps: dict[str, dict[str, str]] = {}
        for raw in (*files, main):
            self.variables |= _flat(raw.get("variables", {}))
            for table in EVERYWHERE:
                self._lay(table, raw.get(table, {}))
            steps |= {name: _flat(step) for name, step in raw.get("step", {}).items()}
        self.steps = {name: steps[name] for name in self.order}

    def _lay(self, table: str, rows: Mapping[str, Any]) -> None:
        """A row of the script's own replaces the whole row of what it includes."""
        for name, row in rows.items():
            place = f"{table}.{name}"
            kept = {k: v for k, v in self.everywhere.items() if k != place and not k.startswith(f"{place}.")}
            self.everywhere = kept | _flat({name: row}, f"{table}.")


def _flat(table: Mapping[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{path}{key}.")
        else:
            found[f"{path}{key}"] = _written(value)
    return found


def _written(value: object) -> str:
    if isinstance(value, list):
        return "、".join(_written(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _both(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The new order, with what was removed behind what stood before it."""
    found = list(new)
    for at, name in enumerate(old):
        if name not in new:
            found.insert(found.index(old[at - 1]) + 1 if at else 0, name)
    return found


def _moved(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    """The fewest steps that must be moved to come from one order to the other."""
    first, second = [name for name in old if name in new], [name for name in new if name in old]
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    kept = {name for block in blocks for name in first[block.a : block.a + block.size]}
    for name in second:
        if name not in kept:
            yield Row(Sort.STEP, Change.MOVED, name, "", _before(old, name), _before(new, name))


def _before(order: Sequence[str], name: str) -> str:
    at = order.index(name)
    return order[at - 1] if at else ""


def _step(name: str, old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> Iterator[Row]:
    if old is None or new is None:
        change = Change.ADDED if old is None else Change.REMOVED
        yield Row(
            Sort.STEP,
            change,
            name,
            "",
            "" if old is None else old["kind"],
            "" if new is None else new["kind"],
        )
    yield from _leaves(name, old or {}, new or {})


def _tables(sort: Sort, step: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Row]:
    for key in {**old, **new}:
        if (was := old.get(key)) != (now := new.get(key)):
            change = Change.ADDED if was is None else Change.REMOVED if now is None else Change.CHANGED
            yield Row(sort, change, step, key, was or "", now or "")


def _leaves(step: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Row]:
    """Texts with their marks, and wires."""
    for row in _tables(Sort.WIRING, step, old, new):
        if row.key.rpartition(".")[2] in TEXTS or row.key.startswith("phrases."):
            yield Row(Sort.TEXT, row.change, step, row.key, row.old, row.new, marks(row.old, row.new))
        else:
            yield row


def marks(old: str, new: str) -> tuple[Mark, ...]:
    """Both texts as one, word by word; {placeholders} and numbers stay whole."""
    first, second = _TOKEN.findall(old), _TOKEN.findall(new)
    found: list[Mark] = []
    gone, come = "", ""
    for tag, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        island = tag == "equal" and a > 0 and b < len(first) and b - a < ISLAND
        if tag == "equal" and not island:
            found += _change(gone, come)
            found.append(Mark(Side.BOTH, "".join(first[a:b])))
            gone = come = ""
        else:
            gone, come = gone + "".join(first[a:b]), come + "".join(second[c:d])
    return (*found, *_change(gone, come))


def _change(gone: str, come: str) -> list[Mark]:
    return [Mark(side, words) for side, words in ((Side.OLD, gone), (Side.NEW, come)) if words]
