"""Rule packs: what regulation asks of every script, and of each script by name, nationally and by region.

A pack is `packs/<name>.toml` with one file for each script in `packs/<name>/`. A regional pack names its base
and says only what is different there: rows of the same name replace those of the base.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from scripts.model import Branch, Need, Reveal, ScriptError
from scripts.parse import read_needs
from scripts.problems import PROBLEMS
from scripts.table import Table, read
from scripts.values import Performer, Purpose

FOLDER = Path(__file__).parent / "packs"
NATIONAL = "national"
"""The pack that every other one is based on."""


class Must(StrEnum):
    """How much an item asks for: the wanted answer, being told to its end, or being there at all.

    `if_asked`: the wanted answer too, but only of whom another answer leads to it.
    """

    AFFIRMED = "affirmed"
    TOLD = "told"
    IF_ASKED = "if_asked"
    ASKED = "asked"


class Label(StrEnum):
    """How a synthetic voice is made known (B26): words in the first turn, with or without a tone before each
    later turn, or nothing for recorded people.
    """

    FIRST_TURN = "first_turn"
    EVERY_TURN = "every_turn"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Item:
    """One prescribed item: the steps of which one must apply exactly where `when` holds, and how.

    `speaks` names the variables that each of its steps must say; `problems` the code that an answer must
    leave, with "" for every answer but the wanted; `covers` the entries of the catalogue that owe it, () all
    those of its file.
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
    problems: tuple[tuple[str, str], ...] = ()
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What must follow where a customer says this; a script that covers one of `but` has ways of its own."""

    branch: Branch
    basis: tuple[str, ...]
    but: tuple[str, ...] = ()
    where_heard: bool = False


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Words that no customer may hear but inside what an `allowed` pattern covers."""

    name: str
    words: tuple[str, ...]
    allowed: tuple[re.Pattern[str], ...]
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What a pack asks of scripts that cover these entries; an empty purpose, clock or performer is any."""

    covers: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    purpose: Purpose | None = None
    clocks: tuple[str, ...] = ()
    performers: tuple[Performer, ...] = ()
    human_first: tuple[Need, ...] = ()
    wired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one place. `lengths` is the most characters by `text`, `choice` and `disclosure`.

    `filing`: a script must be filed with the regulator, with reference and date, before it is used.
    `rules` is how many rules each source of the regulation report has. `scripts` is what is asked, by the
    library's names, and `free` the entries of the catalogue that owe no items, with their purposes. `heard`
    is what follows what every customer may say, `reveal` who may hear a value, by its source or by itself,
    `wired` the included steps that only an answer leads to, `unsuccessful` reasons that are no success.
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
    free: Mapping[str, tuple[Purpose, ...]]
    heard: Mapping[str, Heard]
    reveal: Mapping[str, Reveal]
    wired: tuple[str, ...]
    unsuccessful: tuple[str, ...]

    def prescribed(self, covers: Collection[str]) -> tuple[Prescribed, ...]:
        """What is asked of a script that covers these entries, whatever its name."""
        found = (one for one in self.scripts.values() if set(one.covers) & set(covers))
        return tuple(replace(one, items=tuple(_owed(one.items, covers))) for one in found)

    @property
    def catalogue(self) -> tuple[str, ...]:
        """Every entry that a script may cover."""
        return (*(entry for one in self.scripts.values() for entry in one.covers), *self.free)


def _owed(items: tuple[Item, ...], covers: Collection[str]) -> Iterator[Item]:
    return (item for item in items if not item.covers or set(item.covers) & set(covers))


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
            free=MappingProxyType({**(base.free if base else {}), **_free(main)}),
            heard=MappingProxyType({**(base.heard if base else {}), **dict(_heard(main))}),
            reveal=MappingProxyType({**(base.reveal if base else {}), **_reveal(main)}),
            wired=main.texts("wired") or (base.wired if base else ()),
            unsuccessful=main.texts("unsuccessful") or (base.unsuccessful if base else ()),
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
        covers=table.texts("covers") or base.covers,
        items=tuple(items.values()),
        purpose=table.one_of("purpose", Purpose) or base.purpose,
        clocks=table.texts("clock") or base.clocks,
        performers=tuple(Performer(name) for name in performers) or base.performers,
        human_first=tuple(read_needs(table, "human_first")) or base.human_first,
        wired=table.texts("wired") or base.wired,
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
            problems=tuple(_problems(row)),
            covers=row.texts("covers"),
        )
        row.done()


def _problems(row: Table) -> Iterator[tuple[str, str]]:
    """The code of every unwanted answer, or a table of answers with theirs."""
    if isinstance(row.get("problem"), dict):
        codes = row.table("problem")
        found = [(answer, codes.text(answer)) for answer in codes.names()]
    else:
        found = [("", row.text("problem"))] if row.has("problem") else []
    for _, code in found:
        if code not in PROBLEMS:
            raise row.fault("problem", f"{code} is unknown, use a code of problems.toml (P01 to P30)")
    yield from found


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


def _heard(main: Table) -> Iterator[tuple[str, Heard]]:
    for name, row in main.tables("heard").items():
        branch = Branch(
            problem=row.text("problem") or None,
            block=row.text("block") or None,
            early=row.flag("early"),
            before=row.text("before"),
        )
        yield name, Heard(branch, row.texts("basis"), row.texts("but"), row.flag("where_heard"))
        row.done()


def _reveal(main: Table) -> dict[str, Reveal]:
    rows = main.table("reveal")
    return {name: rows.one_of(name, Reveal) or Reveal.PRIVATE for name in rows.names()}


def _free(main: Table) -> dict[str, tuple[Purpose, ...]]:
    rows = main.table("free")
    return {name: tuple(Purpose(purpose) for purpose in rows.texts(name)) for name in rows.names()}


def _wholes(main: Table, key: str) -> dict[str, int]:
    rows = main.table(key)
    return {name: rows.whole(name) or 0 for name in rows.names()}
