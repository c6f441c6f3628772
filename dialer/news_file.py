"""News of policies and claims: from a file of numbers and states, or from the stored rows of a list."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path

from dialer import updates
from dialer.errors import UpdateError
from dialer.lists.kinds import Kind
from dialer.lists.source import Record, Table, open_source
from dialer.lists.words import clean, header
from dialer.lists.workbook import tables
from ledger import lists
from ledger.connection import transaction

FILE = Path(__file__).parent / "news_file.toml"
BATCH = 500
"""Rows per transaction: short enough that calls do not wait for it."""
TITLES = 20
"""The header is one of the first rows."""


@dataclass(slots=True)
class Applied:
    """What a file brought: rows, tasks and rounds cancelled, and rows passed over, by their word."""

    rows: int = 0
    tasks: int = 0
    rounds: int = 0
    passed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """A row: the number and what it is, and the state's word as it stands there."""

    key: str
    kind_of_key: str
    word: str


@dataclass(frozen=True, slots=True)
class Words:
    """By which headers columns, and by which words states are known; `facts` are those of stored rows."""

    columns: Mapping[str, str]
    states: Mapping[str, str]
    facts: tuple[str, ...]


def apply_file(conn: sqlite3.Connection, path: Path, now: datetime) -> Applied:
    """Apply every row whose word is a state that ends something, in transactions; again, it does nothing."""
    done = Applied()
    rows = _rows(path)
    while batch := list(islice(rows, BATCH)):
        with transaction(conn):
            for told in batch:
                _apply(conn, told, path.name, now, done)
    return done


def apply_list(
    conn: sqlite3.Connection, list_id: int, kind: Kind, now: datetime, after_each: Callable[[], None]
) -> None:
    """Apply what the stored rows of a list say of their policies or claims, in transactions.

    Again, it does nothing. `after_each` is called after each of them.
    """
    last = 0
    while batch := list(lists.contacts(conn, list_id, after=last, limit=BATCH)):
        last = batch[-1].contact_id
        said = [(one.policy_no, state) for one in batch if (state := state_of(json.loads(one.facts)))]
        if said:
            with transaction(conn):
                for key, state in said:
                    source = source_of(list_id)
                    updates.apply(conn, key=key, kind_of_key=kind.key, state=state, source=source, now=now)
        after_each()


def says_states(kind: Kind) -> bool:
    """Whether rows of this kind may say that something is over."""
    return any(column.fact in words().facts for column in kind.columns if column.fact)


def state_of(facts: Mapping[str, object]) -> str:
    """The state that ends something, of those that a row says; '' where it says none."""
    found = (words().states.get(str(facts.get(name))) for name in words().facts)
    return next(filter(None, found), "")


def source_of(list_id: int) -> str:
    """Who said what a list said."""
    return f"list {list_id}"


def _apply(conn: sqlite3.Connection, told: Told, name: str, now: datetime, done: Applied) -> None:
    done.rows += 1
    state = words().states.get(told.word)
    if state is None or not told.key:
        done.passed[told.word] = done.passed.get(told.word, 0) + 1
        return
    found = updates.apply(
        conn, key=told.key, kind_of_key=told.kind_of_key, state=state, source=f"list {name}", now=now
    )
    done.tasks += found.tasks
    done.rounds += found.rounds


@cache
def words() -> Words:
    """The shipped words."""
    data = tomllib.loads(FILE.read_text("utf-8"))
    columns = {header(text): name for name, texts in data["columns"].items() for text in texts}
    states = {text: state for state, texts in data["states"].items() for text in (state, *texts)}
    return Words(columns, states, tuple(data["facts"]["names"]))


def _rows(path: Path) -> Iterator[Told]:
    """The rows of every sheet that has both columns; UpdateError where none has."""
    fitting = False
    for table in tables(open_source(path)):
        places = _header(table)
        if places is None:
            continue
        fitting = True
        state = places.pop("state")
        kind_of_key, key = next(iter(places.items()))
        for record in table.records:
            yield Told(_cell(record, key), kind_of_key, _cell(record, state))
    if not fitting:
        wanted = "、".join(dict.fromkeys(words().columns.values()))
        raise UpdateError(f"{path.name}: no row names the columns; it needs a number and a state ({wanted})")


def _header(table: Table) -> dict[str, int] | None:
    for record in islice(table.records, TITLES):
        found = {words().columns.get(header(cell), ""): place for place, cell in enumerate(record.cells)}
        found.pop("", None)
        if "state" in found and len(found) > 1:
            return {name: found[name] for name in sorted(found)}
    return None


def _cell(record: Record, place: int) -> str:
    return clean(record.cells[place]) if place < len(record.cells) else ""
