"""Scripts of the library with one thing taken away or turned round, and what notices it."""

from __future__ import annotations

import copy
import functools
import tomllib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scripts import load, packs
from scripts.model import Script, ScriptError
from scripts.proofs import PROOFS, Proof, findings_of
from scripts.table import Table

Raw = dict[str, Any]
Way = tuple[str | int, ...]
"""The keys that lead to a value: the number of the file first, 0 is the script's own."""

DROP = object()
"""The new value of a key that is taken away."""

OWN = 0
"""The script's own file is the first."""

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
        """Every step of its own file, and its share of the steps that it includes like others."""
        for at, file in enumerate(self.files):
            for name, raw in file.get("step", {}).items():
                if at == OWN or _holder(name) == self.script.name:
                    yield Row(name, (at, "step", name), raw)

    def row(self, name: str) -> Row:
        """One step."""
        at = next(at for at, file in enumerate(self.files) if name in file.get("step", {}))
        return Row(name, (at, "step", name), self.files[at]["step"][name])

    def table(self, key: str) -> Iterator[tuple[Way, Any]]:
        """Every row of the tables of this name, where it counts: a script's own before what it includes."""
        rows = {name: ((at, key, name), row) for at, name, row in self._rows(key)}
        return iter(rows.values())

    def _rows(self, key: str) -> Iterator[tuple[int, str, Any]]:
        for at in (*range(1, len(self.files)), OWN):
            yield from ((at, name, row) for name, row in self.files[at].get(key, {}).items())


@functools.cache
def source(name: str) -> Source:
    """A shipped script."""
    path = next(path for path in load.LIBRARY.glob("*.toml") if load.read(path).text("script") == name)
    main = dict(load.read(path).raw())
    included = [load.LIBRARY / f"{one}.toml" for one in main.get("include", ())]
    files = (main, *(dict(load.read(one).raw()) for one in included))
    return Source(load.library()[name], files, (path.name, *(one.name for one in included)))


@functools.cache
def _holder(step: str) -> str:
    """Of the scripts that can come to an included step, the one that is tried with it."""
    names = [name for name, script in load.library().items() if step in script.steps]
    return names[zlib.crc32(step.encode()) % len(names)] if names else ""


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
    return next((rule for proof in PROOFS for rule in _new(proof, script, pack)), SURVIVED)


def _new(proof: Proof, script: Script, pack: packs.Pack) -> Iterator[str]:
    """The rules that a mutant breaks and the script as it is does not."""
    for finding in findings_of((proof,), script, pack):
        if (finding.rule, finding.step) not in _known(proof, script.name):
            yield finding.rule


@functools.cache
def _known(proof: Proof, name: str) -> frozenset[tuple[str, str]]:
    """What is found in the script as it is."""
    found = findings_of((proof,), load.library()[name], packs.pack())
    return frozenset((finding.rule, finding.step) for finding in found)


@functools.lru_cache(maxsize=1)
def harmless() -> tuple[tuple[str, str, str], ...]:
    """Kind, script and place of the mutants that may survive, as patterns; the file says why."""
    rows = tomllib.loads(HARMLESS.read_text(encoding="utf-8"))["harmless"]
    return tuple((row["kind"], row["script"], place) for row in rows for place in row["places"])


def is_harmless(mutant: Mutant) -> bool:
    """Whether nothing that a rule asks for is lost."""
    names = (mutant.kind, mutant.script, mutant.place)
    return any(all(map(fnmatchcase, names, patterns)) for patterns in harmless())
