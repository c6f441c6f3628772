"""Load script files: read, include, merge, check, digest."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from scripts import spoken
from scripts.check import check, reachable
from scripts.listening import listen
from scripts.model import COMMON, ON, Branch, Only, Reveal, Script, ScriptError, Variable
from scripts.overlay import regional
from scripts.parse import Part, read_needs, read_phrases, read_step
from scripts.table import Table, fault, read
from scripts.texts import Text
from scripts.values import Performer, Purpose

LIBRARY = Path(__file__).parent / "library"
"""The shipped scripts; an include is looked for beside the file and then here."""

PARTS = ("common.toml", "handed.toml")
"""The files of the library that are no scripts of their own: what several scripts include."""

EXAMPLES: Mapping[str, str | int] = {
    "text": "示例",
    "money": "12000.00",
    "date": "2026-11-27",
    "time": "09:30",
    "count": 10,
    "percent": "2.5%",
    "digits": "1007",
    "name": "王",
    "title": "女士",
    "month_day": "0506",
    "slot": "2026-11-24T09:30:00+08:00",
}
"""A value of each way to speak, for variables that give no `example` of their own."""

PHRASES = ("silence", "no_match", "again")
"""The phrases that go before a question asked once more."""


@functools.lru_cache(maxsize=1)
def library() -> dict[str, Script]:
    """The shipped scripts by name, loaded once."""
    scripts = (load(path) for path in sorted(LIBRARY.glob("*.toml")) if path.name not in PARTS)
    return {script.name: script for script in scripts}


@functools.lru_cache(maxsize=1)
def by_digest() -> dict[str, Script]:
    """The shipped scripts by digest, as calls name them."""
    return {script.digest: script for script in library().values()}


def load(path: str | Path, region: str = "") -> Script:
    """Read one script with what it includes, in the words of a region where one is named.

    Raises ScriptError with file, step, key and what to do.
    """
    path = Path(path)
    main = read(path)
    files = [read(_find(name, path)) for name in main.texts("include")]
    if region:
        main, *files = regional((main, *files), region)
        main.texts("include")
    return replace(join(main, files), folder=str(path.parent))


@functools.lru_cache(maxsize=64)
def named(name: str) -> Script:
    """A shipped script by its name, or by `name@region` in the words of that region."""
    base, _, region = name.partition("@")
    if base not in library():
        raise ScriptError(f'script "{name}": is not shipped, choose one of: {", ".join(library())}')
    if not region:
        return library()[base]
    return next(load(path, region) for path in LIBRARY.glob("*.toml") if read(path).text("script") == base)


def restore(canonical: str) -> Script:
    """The script of a canonical text, whole: the same words, wires and digest."""
    return join(*_tables(canonical))


def reread(canonical: str) -> Script:
    """The words of a canonical text, to be read only: what an earlier loader took need not pass this one."""
    script = _Merge(*_tables(canonical)).merged()
    return replace(script, canonical=canonical, digest=_digest(canonical))


def _tables(canonical: str) -> tuple[Table, list[Table]]:
    data = json.loads(canonical)
    main, *files = (Table(raw, f"kept script {at}") for at, raw in enumerate(data["files"]))
    main.texts("include")
    return main, files


def _digest(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


def join(main: Table, files: list[Table]) -> Script:
    """The script of tables that are read already: its own and what it includes."""
    return _Merge(main, files).script()


def _find(name: str, path: Path) -> Path:
    for folder in (path.parent, LIBRARY):
        if (found := folder / f"{name}.toml").is_file():
            return found
    raise fault(path.name, "", "include", f'"{name}.toml" is neither beside the script nor in the library')


class _Merge:
    """One script being put together from its file and the included ones."""

    def __init__(self, main: Table, files: list[Table]) -> None:
        self.main, self.files = main, files
        self.minutes = main.whole("minutes", 1) or 0
        if self.minutes < 1:
            raise main.fault("minutes", "must be a whole number from 1 on")
        self.constants = {
            "about": main.text("about"),
            "minutes": spoken.say("count", self.minutes),
        }
        self.own = self._parts(main)
        self.included = [part for table in files for part in self._parts(table)]
        self.common = [read_phrases(table) for table in (*files, main)]

    def script(self) -> Script:
        """The finished script, checked and sealed."""
        script = self.merged()
        for table in (self.main, *self.files):
            table.done()
        check(script, self.main.file, set(self.constants))
        canonical = _canonical(self.main, self.files, tuple(script.steps))
        return replace(script, canonical=canonical, digest=_digest(canonical))

    def merged(self) -> Script:
        """The script of the tables, whatever is left over in them."""
        name, title = self.main.needed("script"), self.main.needed("title")
        version = self.main.whole("version") or 0
        if version < 1:
            raise self.main.fault("version", "must be a whole number from 1 on; raise it with every change")
        opening, on = self.main.texts("opening"), self._on()
        hears = self._hears(on)
        parts = self._kept(self._ordered(opening), opening, on, hears)
        return Script(
            name=name,
            region=self.main.text("region"),
            title=title,
            version=version,
            purpose=self.main.one_of("purpose", Purpose) or Purpose.DUTY,
            basis=self.main.texts("basis"),
            covers=self.main.texts("covers"),
            performers=self._performers(),
            retention=self.main.text("retention"),
            clocks=self.main.texts("clock"),
            person=self.main.text("person"),
            about=self.main.text("about"),
            minutes=self.minutes,
            digest="",
            canonical="",
            variables=self._variables(),
            steps=MappingProxyType({part.step.name: part.step for part in parts}),
            opening=opening,
            human_first=tuple(read_needs(self.main, "human_first")),
            texts=MappingProxyType(self._texts(parts)),
            hears=hears,
            on=on,
            identity=any(part.step.fact for part in parts if part.step.name in opening),
            mandatory=tuple(p.step for p in parts if p.step.mandatory and p.step.only is not Only.WIRED),
        )

    def _performers(self) -> tuple[Performer, ...]:
        names = self.main.texts("performers") or tuple(Performer)
        for name in names:
            if name not in list(Performer):
                raise self.main.fault("performers", f"{name!r} is unknown, use: {', '.join(Performer)}")
        return tuple(Performer(name) for name in names)

    def _parts(self, table: Table) -> list[Part]:
        rows = table.table("step")
        parts = [read_step(Table(rows.get(name), table.file, name)) for name in rows.names()]
        for part in parts:
            part.step = replace(part.step, names=tuple(n for n in part.step.names if n not in self.constants))
        return parts

    def _ordered(self, opening: tuple[str, ...]) -> list[Part]:
        """The opening, the script's own steps, the rest of what is included: the order of the talk."""
        parts = {part.step.name: part for part in self.included}
        for part in self.own:
            if part.step.name in parts:
                raise fault(
                    part.step.file, part.step.name, "name", "an included step has this name, choose another"
                )
        first = [self._opening_part(parts, name) for name in opening]
        return [*first, *self.own, *(part for part in self.included if part.step.name not in opening)]

    def _opening_part(self, parts: Mapping[str, Part], name: str) -> Part:
        if name not in parts:
            raise self.main.fault("opening", f'no included step is named "{name}", correct or include it')
        return parts[name]

    def _kept(
        self, parts: list[Part], opening: tuple[str, ...], on: Mapping[str, str], hears: Mapping[str, Branch]
    ) -> list[Part]:
        """Only what this script can reach of the included steps, each with what it listens for."""
        steps = {part.step.name: part.step for part in parts}
        own = [part.step.name for part in self.own]
        reached = reachable(steps, (*opening, *own), on, hears)
        kept = [p for p in parts if p.step.name in reached or p.step.file == self.main.file]
        words = [pair for part in self.common for pair in part.words]
        for part in kept:
            part.step = listen(part, hears, words)
        return kept

    def _variables(self) -> Mapping[str, Variable]:
        found: dict[str, Variable] = {}
        for table in (*self.files, self.main):
            for name, row in table.tables("variables").items():
                if name in found or name in self.constants:
                    raise table.fault(f"variables.{name}", "is declared twice, keep one")
                found[name] = _variable(name, row)
        return MappingProxyType(found)

    def _on(self) -> Mapping[str, str]:
        on: dict[str, str] = {}
        for table in (*self.files, self.main):
            rows = table.table("on")
            on |= {name: rows.needed(name) for name in ON if rows.has(name)}
            rows.done(ON)
        for name in ON:
            if name not in on:
                raise self.main.fault(
                    f"on.{name}", 'is missing, name the step that follows (or include "common")'
                )
        return MappingProxyType(on)

    def _hears(self, on: Mapping[str, str]) -> Mapping[str, Branch]:
        merged = {"human": Branch(then=on["human"])}
        merged |= {name: branch for part in self.common for name, branch in (part.step.hears or {}).items()}
        return MappingProxyType(merged)

    def _texts(self, parts: Iterable[Part]) -> dict[tuple[str, str], Text]:
        texts = {key: text for part in (*self.common, *parts) for key, text in part.texts.items()}
        for name in PHRASES:
            if (COMMON, name) not in texts:
                raise self.main.fault(f"phrases.{name}", 'is missing, write it (or include "common")')
        return {key: _filled(text, self.constants) for key, text in texts.items()}


def _variable(name: str, row: Table) -> Variable:
    say, fact = row.needed("say"), row.text("from", name).rpartition(".")[2]
    if say not in EXAMPLES:
        raise row.fault("say", f"{say!r} is unknown, use one of: {', '.join(EXAMPLES)}")
    reveal = row.one_of("reveal", Reveal)
    if reveal is None:
        raise row.fault("reveal", f"is missing, use one of: {', '.join(Reveal)}")
    example = row.get("example")
    if not isinstance(example, str | int):
        example = EXAMPLES[say]
    row.done()
    return Variable(name, fact, say, reveal, example)


def _filled(text: Text, constants: Mapping[str, str]) -> Text:
    """The text with the constants of the script's header in place."""
    if not constants.keys() & set(text.names):
        return text
    pieces, names = [text.pieces[0]], []
    for name, piece in zip(text.names, text.pieces[1:], strict=True):
        if name in constants:
            pieces[-1] += constants[name] + piece
        else:
            names.append(name)
            pieces.append(piece)
    return replace(
        text,
        pieces=tuple(pieces),
        names=tuple(names),
        statement=text.statement and _filled(text.statement, constants),
        question=text.question and _filled(text.question, constants),
    )


def _canonical(main: Table, files: list[Table], order: tuple[str, ...]) -> str:
    """Every word and wire as one JSON text, in the order of the files, because the order is wiring too."""
    data = {"order": order, "files": [table.raw() for table in (main, *files)]}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
