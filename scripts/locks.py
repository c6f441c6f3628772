"""Locks on verbatim texts: what was approved, by its SHA-256, with the reference of the approval."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scripts.model import AGENTS, COMMON, Script, Step
from scripts.table import Table, fault
from scripts.texts import Text

FILE = "locks.toml"
"""What the file of locks is called, beside the scripts that it locks."""

SHIPPED = Path(__file__).with_name(FILE)
"""The locks of the library, which hold for copies of its scripts elsewhere too."""

PARTS = ("say", f"{AGENTS}say", "explain", "again")
"""The texts of a step that are locked together."""

HEAD = """\
# Verbatim texts as they were approved: SHA-256 of each with its explanation, reference and day of approval.
# `huifang scripts lock` writes this file; what scripts include stands under the name of its own file.
"""


@dataclass(frozen=True, slots=True)
class Lock:
    """One approval of the words of one step."""

    sha256: str
    reference: str
    date: date


Locks = Mapping[str, Mapping[str, Lock]]
"""The locks of a file: by script, `script@region` or included file, then by step."""


def verbatim(script: Script) -> Iterator[Step]:
    """The steps whose words nobody may change without an approval."""
    return (step for step in script.steps.values() if step.verbatim)


def fingerprint(script: Script, step: Step) -> str:
    """The SHA-256 of the words of a step: what is said, by whom, and how it is explained."""
    texts = {part: script.texts.get((step.name, part)) for part in PARTS}
    words = {part: _template(text) for part, text in texts.items() if text}
    return hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def shelves(script: Script) -> tuple[Locks, ...]:
    """The locks beside the script's file, and those of the library."""
    return tuple(read(path) for path in dict.fromkeys((file_of(script), SHIPPED)))


def file_of(script: Script) -> Path:
    """The file of a script's own locks."""
    folder = Path(script.folder)
    return SHIPPED if not script.folder or folder == SHIPPED.with_name("library") else folder / FILE


def lock_of(script: Script, step: Step, kept: tuple[Locks, ...]) -> Lock | None:
    """The lock that holds for a step: of its region, its script, or the file that it is included from."""
    names = (script.place, script.name, Path(step.file).stem, COMMON)
    found = (locks.get(name, {}).get(step.name) for name in names for locks in kept)
    return next((lock for lock in found if lock), None)


def read(path: Path) -> Locks:
    """The locks of a file; none where there is no file, ScriptError where it is spoilt."""
    if not path.is_file():
        return {}
    try:
        rows = Table(tomllib.loads(path.read_text(encoding="utf-8")), FILE)
    except tomllib.TOMLDecodeError as error:
        raise fault(FILE, "", "file", f"is not TOML: {error}") from None
    return {name: {step: _lock(row) for step, row in rows.tables(name).items()} for name in rows.names()}


def renewed(script: Script, reference: str, day: date, kept: tuple[Locks, ...]) -> dict[str, dict[str, Lock]]:
    """The locks of the first shelf with those of the script as it is; what is locked so already stays."""
    rows = {name: dict(steps) for name, steps in kept[0].items()}
    for step in verbatim(script):
        words, lock = fingerprint(script, step), lock_of(script, step, kept)
        if lock is None or lock.sha256 != words:
            rows.setdefault(_owner(script, step), {})[step.name] = Lock(words, reference, day)
    mine = {step.name for step in verbatim(script)}
    if script.place in rows:
        rows[script.place] = {name: lock for name, lock in rows[script.place].items() if name in mine}
    return rows


def text(locks: Locks) -> str:
    """The file of these locks."""
    tables = (_table(name, steps) for name, steps in sorted(locks.items()) if steps)
    return "\n".join((HEAD, *tables))


def _lock(row: Table) -> Lock:
    day = row.get("date")
    if not isinstance(day, date):
        raise row.fault("date", "must be a day, write it like 2026-11-22")
    return Lock(row.needed("sha256"), row.needed("reference"), day)


def _owner(script: Script, step: Step) -> str:
    """Under which name new words are locked: of the script, or of the file that others include too."""
    own = next(one.file for one in script.steps.values() if one.name not in script.opening)
    return script.place if step.file == own else Path(step.file).stem


def _table(name: str, steps: Mapping[str, Lock]) -> str:
    rows = (f"{step} = {_row(lock)}\n" for step, lock in sorted(steps.items()))
    return "".join((f"[{_quoted(name)}]\n", *rows))


def _row(lock: Lock) -> str:
    sha256, reference = _quoted(lock.sha256), _quoted(lock.reference)
    return f"{{ sha256 = {sha256}, reference = {reference}, date = {lock.date} }}"


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)


def _template(text: Text) -> str:
    return text.spoken(tuple(f"{{{name}}}" for name in text.names))
