"""Rule packs: what regulation asks of every script, and of each script by name, nationally and by region.

A pack is `packs/<name>.toml` with one file for each script in `packs/<name>/`. A regional pack names its base
and says only what is different there: rows of the same name replace those of the base.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from scripts.model import Need, ScriptError
from scripts.parse import read_needs
from scripts.table import Table, read
from scripts.values import Performer, Purpose

FOLDER = Path(__file__).parent / "packs"
NATIONAL = "national"
"""The pack that every other one is based on."""


class Must(StrEnum):
    """How much an item asks for: the wanted answer, being told to its end, or being there at all."""

    AFFIRMED = "affirmed"
    TOLD = "told"
    ASKED = "asked"


class Label(StrEnum):
    """How a synthetic voice is made known (B26): words in the first turn, or nothing for recorded people."""

    FIRST_TURN = "first_turn"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Item:
    """One prescribed item: the steps of which one must apply exactly where `when` holds, and how.

    `speaks` names the variables that each of its steps must say.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    basis: tuple[str, ...]
    must: Must = Must.AFFIRMED
    wanted: str = "yes"
    verbatim: bool = False
    performer: Performer | None = None
    when: tuple[Need, ...] = ()
    speaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Words that no customer may hear but inside what an `allowed` pattern covers."""

    name: str
    words: tuple[str, ...]
    allowed: tuple[re.Pattern[str], ...]
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What a pack asks of one script: its items, its purpose, clocks, performers; () or None: any."""

    items: tuple[Item, ...] = ()
    purpose: Purpose | None = None
    clocks: tuple[str, ...] = ()
    performers: tuple[Performer, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one place. `lengths` is the most characters by `text`, `choice` and `disclosure`.

    `filing`: a script must be filed with the regulator, with reference and date, before it is used.
    `rules` is how many rules each source of the regulation report has; `catalogue` the names of its scripts.
    """

    name: str
    title: str
    base: str
    basis: tuple[str, ...]
    filing: bool
    label: Label
    forbidden: Mapping[str, Forbidden]
    lengths: Mapping[str, int]
    scripts: Mapping[str, Prescribed]
    rules: Mapping[str, int]
    catalogue: tuple[str, ...]

    def prescribed(self, script: str) -> Prescribed:
        """What is asked of the script of this name; nothing of an unknown one."""
        return self.scripts.get(script, Prescribed())


@functools.lru_cache(maxsize=1)
def packs() -> Mapping[str, Pack]:
    """Every pack by name, the national one first."""
    names = sorted((path.stem for path in FOLDER.glob("*.toml")), key=lambda name: (name != NATIONAL, name))
    found: dict[str, Pack] = {}
    for name in names:
        found[name] = _Reader(FOLDER, name, found).pack()
    return MappingProxyType(found)


def pack(name: str = NATIONAL) -> Pack:
    """The pack of this name; ScriptError where there is none."""
    if name not in packs():
        raise ScriptError(f'pack "{name}": there is none, choose one of: {", ".join(packs())}')
    return packs()[name]


def overlay(region: str, script: str) -> Table | None:
    """What this region says differently in this script: its `overlay` and `variables`; None where nothing."""
    path = FOLDER / region / f"{script}.toml"
    if region not in packs():
        pack(region)
    return read(path) if path.is_file() else None


class _Reader:
    """One pack being read over its base."""

    def __init__(self, folder: Path, name: str, known: Mapping[str, Pack]) -> None:
        self.folder, self.name = folder, name
        self.main = read(folder / f"{name}.toml")
        self.base = known.get(self.main.text("base"))
        if self.main.has("base") and self.base is None:
            raise self.main.fault("base", f'there is no pack "{self.main.text("base")}", correct the name')

    def pack(self) -> Pack:
        """The finished pack."""
        main, base = self.main, self.base
        groups = {name: tuple(_items(row)) for name, row in main.tables("group").items()}
        found = Pack(
            name=self.name,
            title=main.needed("title"),
            base=base.name if base else "",
            basis=main.texts("basis"),
            filing=main.flag("filing") if main.has("filing") or base is None else base.filing,
            label=main.one_of("label", Label) or (base.label if base else Label.FIRST_TURN),
            forbidden=MappingProxyType({**(base.forbidden if base else {}), **dict(_forbidden(main))}),
            lengths=MappingProxyType({**(base.lengths if base else {}), **_wholes(main, "length")}),
            scripts=MappingProxyType(self._scripts(groups)),
            rules=MappingProxyType({**(base.rules if base else {}), **_wholes(main, "rules")}),
            catalogue=main.texts("catalogue") or (base.catalogue if base else ()),
        )
        main.done()
        return found

    def _scripts(self, groups: Mapping[str, tuple[Item, ...]]) -> dict[str, Prescribed]:
        found = dict(self.base.scripts) if self.base else {}
        for path in sorted((self.folder / self.name).glob("*.toml")):
            found[path.stem] = _prescribed(read(path), found.get(path.stem, Prescribed()), groups)
        return found


def _prescribed(table: Table, base: Prescribed, groups: Mapping[str, tuple[Item, ...]]) -> Prescribed:
    """What a script's file asks, over what the base asks: items of the same name are replaced."""
    items = {item.name: item for item in base.items}
    for name in table.texts("groups"):
        if name not in groups:
            raise table.fault("groups", f'there is no group "{name}", use: {", ".join(groups)}')
        items |= {item.name: item for item in groups[name]}
    items |= {item.name: item for item in _items(table.table("items"))}
    performers = table.texts("performers")
    found = replace(
        base,
        items=tuple(items.values()),
        purpose=table.one_of("purpose", Purpose) or base.purpose,
        clocks=table.texts("clock") or base.clocks,
        performers=tuple(Performer(name) for name in performers) or base.performers,
    )
    for theirs in ("overlay", "variables"):
        table.get(theirs)
    table.done()
    return found


def _items(rows: Table) -> Iterator[Item]:
    for name in rows.names():
        row = rows.table(name)
        wanted = row.text("wanted", "yes")
        if wanted not in ("yes", "no"):
            raise row.fault("wanted", 'must be "yes" or "no"')
        yield Item(
            name=name,
            title=row.needed("title"),
            steps=row.texts("steps") or (name,),
            basis=row.texts("basis"),
            must=row.one_of("must", Must) or Must.AFFIRMED,
            wanted=wanted,
            verbatim=row.flag("verbatim"),
            performer=row.one_of("performer", Performer),
            when=(*read_needs(row, "when"), *read_needs(row, "unless")),
            speaks=row.texts("speaks"),
        )
        row.done()


def _forbidden(main: Table) -> Iterator[tuple[str, Forbidden]]:
    for name, row in main.tables("forbidden").items():
        allowed = tuple(_pattern(row, text) for text in row.texts("allowed"))
        yield name, Forbidden(name, row.texts("words"), allowed, row.texts("basis"))
        row.done()


def _pattern(row: Table, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise row.fault("allowed", f"{text!r} is no pattern: {error}") from None


def _wholes(main: Table, key: str) -> dict[str, int]:
    rows = main.table(key)
    return {name: rows.whole(name) or 0 for name in rows.names()}
