"""A region's own words laid over a script: texts change, wiring does not."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from scripts import packs
from scripts.model import AGENTS
from scripts.table import Table, fault

TEXTS = ("say", "explain", "again", f"{AGENTS}say", "tell", "ask")
"""The keys of a step, and of its answers, that hold words."""

EVERYWHERE = ("phrases", "hears")
"""What belongs to no step: an overlay replaces its texts under these names."""


def regional(files: Sequence[Table], region: str) -> list[Table]:
    """A script's file and its includes in the words of a region, which stands in the header from then on.

    Only a text that the base has can be replaced, so that the same steps are reached by the same answers;
    what a text says of values may need variables of the region's own.
    """
    name = files[0].needed("script")
    laid = [copy.deepcopy(dict(table.raw())) for table in files]
    laid[0]["region"] = region
    if table := packs.overlay(region, name):
        _declare(laid[0], table)
        for step, texts in table.tables("overlay").items():
            _lay(_found(laid, step, texts), texts)
    return [Table(raw, old.file) for raw, old in zip(laid, files, strict=True)]


def _declare(main: dict[str, object], table: Table) -> None:
    own = table.table("variables")
    known = main.setdefault("variables", {})
    assert isinstance(known, dict)
    for name in own.names():
        if name in known:
            raise own.fault(name, "is declared by the script already, use it or choose another name")
        known[name] = own.get(name)


def _found(files: Sequence[Mapping[str, object]], step: str, texts: Table) -> dict[str, object]:
    """The step's own table in the file that has it; what belongs to every step, in the file that has that."""
    for raw in files:
        rows = raw if step in EVERYWHERE else raw.get("step")
        found = rows.get(step) if isinstance(rows, dict) else None
        if isinstance(found, dict):
            return found
    raise fault(texts.file, step, "overlay", "the script has no such step, correct the name or remove it")


def _lay(base: dict[str, object], texts: Table) -> None:
    for key in texts.names():
        old, new = base.get(key), texts.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            _lay(old, texts.table(key))
        elif isinstance(old, str) and isinstance(new, str) and _is_text(texts, key):
            base[key] = new
        else:
            raise texts.fault(
                key, f"the base has no such text, a region may replace: {', '.join(_parts(base))}"
            )


def _is_text(texts: Table, key: str) -> bool:
    return key in TEXTS or texts.path == "overlay.phrases"


def _parts(base: Mapping[str, object], path: str = "") -> list[str]:
    """Every text of a step, as an overlay writes it."""
    found = []
    for key, value in base.items():
        if isinstance(value, dict):
            found += _parts(value, f"{path}{key}.")
        elif key in TEXTS:
            found.append(f"{path}{key}")
    return found
