"""Watched folders, as `inbox.toml` of the home names them: which kind of list a file is says its name.

Polling is enough: a folder is read every second, and the system's events of changes do not come over the
network shares on which core systems put their exports.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dialer.lists.kinds import kinds
from ivr.home import Home, HomeError
from ivr.intake.places import write_whole
from ivr.intake.taking import Afterwards, Wanted
from ledger import campaigns

FILE = "inbox.toml"
UNFINISHED = re.compile(r"(?i)^[.~]|\.(tmp|part|partial|crdownload|filepart|swp)$")
"""Names that programs give to files which they still write."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is done with a file whose name fits, like `新契约*.csv`."""

    name: str
    kind: str
    mapping: Mapping[str, str]
    campaign: Afterwards | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A watched folder; the first pattern that fits counts."""

    path: Path
    patterns: tuple[Pattern, ...]

    def wanted(self, name: str) -> Wanted | None:
        """What is done with a file of this name; None where no pattern fits."""
        found = next((one for one in self.patterns if fnmatchcase(name, one.name)), None)
        if found is None:
            return None
        return Wanted(found.kind, name, f"folder:{self.path.name}", found.mapping, found.campaign)

    def files(self) -> Iterator[Path]:
        """What lies in the folder and is not being written by its name."""
        for path in sorted(self.path.iterdir()) if self.path.is_dir() else ():
            if path.is_file() and not path.is_symlink() and not UNFINISHED.search(path.name):
                yield path

    def reject(self, path: Path) -> None:
        """Put a file whose name fits no pattern into failed/, with a report that says so."""
        known = ", ".join(one.name for one in self.patterns)
        problem = f"{path.name}: fits no pattern of {FILE} ({known}); rename it, or add a pattern"
        place = self.path / "failed" / path.name
        report = {"status": "failed", "file": path.name, "problem": problem}
        write_whole(
            place.with_name(f"{place.name}.report.json"), json.dumps(report, ensure_ascii=False) + "\n"
        )
        path.replace(place)


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was at one look: size, time of its last change, and since when that has not changed."""

    size: int
    changed: int
    since: float

    def after(self, before: Look | None) -> Look:
        """The same, known since the look at which it was first seen like this."""
        same = before is not None and (before.size, before.changed) == (self.size, self.changed)
        return replace(self, since=before.since) if before is not None and same else self


def read_folders(home: Home) -> tuple[Folder, ...]:
    """The folders of `inbox.toml`; none without the file. HomeError names the key that is wrong."""
    path = home.root / FILE
    if not path.exists():
        return ()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HomeError(f"{path}: is not valid TOML: {error}") from None
    tables = _tables(path, data, "folder")
    return tuple(_folder(home, path, number, table) for number, table in enumerate(tables, 1))


def _folder(home: Home, file: Path, number: int, table: Mapping[str, Any]) -> Folder:
    where = f"{file}: folder {number}"
    _known(where, table, {"path", "file"})
    files = _tables(Path(where), table, "file")
    if not files:
        raise HomeError(f"{where}: has no [[folder.file]]; say which names are which kind of list")
    return Folder(home.root / _text(where, table, "path"), tuple(_pattern(where, one) for one in files))


def _pattern(where: str, table: Mapping[str, Any]) -> Pattern:
    _known(where, table, {"name", "kind", "mapping", "campaign"})
    kind = _text(where, table, "kind")
    if kind not in kinds():
        raise HomeError(f'{where}: kind "{kind}": must be one of {", ".join(kinds())}')
    columns = table.get("mapping", {})
    if not isinstance(columns, dict):
        raise HomeError(f"{where}: mapping: must be a table of headers with their columns")
    mapping = {header: _text(f"{where}: mapping", columns, header) for header in columns}
    plan = _campaign(where, table["campaign"]) if "campaign" in table else None
    return Pattern(_text(where, table, "name"), kind, mapping, plan)


def _campaign(where: str, table: object) -> Afterwards:
    if not isinstance(table, dict):
        raise HomeError(f'{where}: campaign: must be a table like {{ name = "新契约 {{date}}" }}')
    _known(f"{where}: campaign", table, {one.name for one in fields(Afterwards)})
    start = table.get("start", False)
    if not isinstance(start, bool):
        raise HomeError(f"{where}: campaign: start: must be true or false")
    texts = {key: _text(where, table, key) for key in table if key != "start"}
    if "name" not in texts:
        raise HomeError(f"{where}: campaign: name: is missing")
    if texts.get("mode", campaigns.ROBOT) not in campaigns.MODES:
        raise HomeError(f"{where}: campaign: mode: must be one of {', '.join(campaigns.MODES)}")
    return Afterwards(**texts, start=start)


def _tables(file: Path, data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    tables = data.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise HomeError(f"{file}: {key}: must be tables [[{key}]]")
    return tables


def _text(where: str, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise HomeError(f"{where}: {key}: must be a text that is not empty")
    return value.strip()


def _known(where: str, table: Mapping[str, Any], keys: set[str]) -> None:
    if unknown := sorted(set(table) - keys):
        raise HomeError(f"{where}: {unknown[0]}: is unknown; it must be one of {', '.join(sorted(keys))}")
