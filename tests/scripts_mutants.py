"""Scripts of the library with one thing taken away or turned round, and what notices it."""

from __future__ import annotations

import copy
import functools
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scripts import load, packs
from scripts.model import Script, ScriptError
from scripts.proofs import PROOFS
from scripts.table import Table

Raw = dict[str, Any]
Way = tuple[str | int, ...]
"""The keys that lead to a value: the number of the file first, 0 is the script's own."""

DROP = object()
"""The new value of a key that is taken away."""

LOADER, SURVIVED = "loader", ""

HARMLESS = Path(__file__).parent / "data" / "mutants_harmless.toml"


@dataclass(frozen=True, slots=True)
class Edit:
    """One value of the files as it is in the mutant."""

    way: Way
    value: object


@dataclass(frozen=True, slots=True)
class Mutant:
    """A script of the library with something wrong: the kind of defect, and where it is."""

    kind: str
    script: str
    place: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One step as it stands in its file."""

    name: str
    way: Way
    raw: Raw

    @property
    def mandatory(self) -> bool:
        """Whether there is no success without it."""
        return bool(self.raw.get("mandatory"))


@dataclass(frozen=True, slots=True)
class Source:
    """A script of the library as its files have it, and as the loader leaves it."""

    script: Script
    files: tuple[Raw, ...]
    names: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Every step that the script can come to, in the order of the files."""
        for at, file in enumerate(self.files):
            for name, raw in file.get("step", {}).items():
                if name in self.script.steps:
                    yield Row(name, (at, "step", name), raw)

    def own_rows(self) -> Iterator[Row]:
        """The steps of its own file, and of an included one where this is the first script to include it."""
        return (row for row in self.rows() if self.names[int(row.way[0])] in _first_to_hold(self.script.name))

    def tables(self, key: str) -> Iterator[tuple[Way, Raw]]:
        """The table of this name in each file that has it."""
        for at, file in enumerate(self.files):
            if key in file:
                yield (at, key), file[key]


@functools.cache
def source(name: str) -> Source:
    """A shipped script."""
    path = next(path for path in load.LIBRARY.glob("*.toml") if load.read(path).text("script") == name)
    main = dict(load.read(path).raw())
    included = [load.LIBRARY / f"{one}.toml" for one in main.get("include", ())]
    files = (main, *(dict(load.read(one).raw()) for one in included))
    return Source(load.library()[name], files, (path.name, *(one.name for one in included)))


def _first_to_hold(name: str) -> frozenset[str]:
    """The files that no script before this one holds."""
    names = list(load.library())
    before = (held for one in names[: names.index(name)] for held in source(one).names)
    return frozenset(source(name).names) - frozenset(before)


def edited(files: tuple[Raw, ...], edits: Iterable[Edit]) -> list[Raw]:
    """The files with the edits; what is not on the way to one is shared."""
    found = list(files)
    for edit in edits:
        at, *keys = edit.way
        here: Any = found
        for key in (at, *keys[:-1]):
            here[key] = copy.copy(here[key])
            here = here[key]
        if edit.value is DROP:
            del here[keys[-1]]
        else:
            here[keys[-1]] = edit.value
    return found


def mutated(mutant: Mutant) -> Script:
    """The script of a mutant; ScriptError where it does not even load."""
    base = source(mutant.script)
    raws = edited(base.files, mutant.edits)
    main, *files = (Table(raw, name) for raw, name in zip(raws, base.names, strict=True))
    main.texts("include")
    return load.join(main, files)


def noticed(mutant: Mutant) -> str:
    """What refuses a mutant: the loader, or the first rule that is broken; SURVIVED where nothing does."""
    try:
        script = mutated(mutant)
    except ScriptError:
        return LOADER
    pack = packs.pack()
    found = (finding.rule for proof in PROOFS for finding in proof(script, pack))
    return next(found, SURVIVED)


@functools.lru_cache(maxsize=1)
def harmless() -> tuple[tuple[str, str, str], ...]:
    """Kind, script and place of the mutants that may survive, as patterns; the file says why."""
    rows = tomllib.loads(HARMLESS.read_text(encoding="utf-8"))["harmless"]
    return tuple((row["kind"], row["script"], place) for row in rows for place in row["places"])


def is_harmless(mutant: Mutant) -> bool:
    """Whether nothing that a rule asks for is lost."""
    names = (mutant.kind, mutant.script, mutant.place)
    return any(all(map(fnmatchcase, names, patterns)) for patterns in harmless())
