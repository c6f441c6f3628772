"""What a command works with: settings, home, clock and an open ledger."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from dialer.lists.kinds import look_in
from ivr import clock as clocks
from ivr.home import Home
from ivr.settings import Settings, read
from ledger import audit, connect, migrate, transaction

ROW = click.IntRange(1, 2**63 - 1)
"""The number of a row."""
BY = "command"
"""Whom the audit names for what is typed as a command."""
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@dataclass(frozen=True, slots=True)
class Office:
    """Settings and what follows from them; nothing is opened before it is needed."""

    settings: Settings
    home: Home
    clock: clocks.Clock

    def note(self, conn: sqlite3.Connection, action: str, subject: str) -> None:
        """Note in the audit what is about to be shown of people."""
        with transaction(conn):
            audit.note(conn, BY, action, subject, self.clock.now())

    @contextmanager
    def ledger(self) -> Iterator[sqlite3.Connection]:
        """Open the ledger, made or brought up to date first."""
        self.home.make()
        migrate(self.settings.database)
        with closing(connect(self.settings.database)) as conn:
            yield conn


def office(*need: str, environ: Mapping[str, str] = os.environ) -> Office:
    """Return the office of this process; SettingError names a needed setting that is missing."""
    settings = read(environ, need)
    home = Home(settings.home)
    look_in(home.kinds)
    return Office(settings, home, clocks.of_home(settings.clock, settings.home))


def show(rows: Sequence[Mapping[str, Any]], *, json_wanted: bool, columns: Sequence[str]) -> None:
    """Print rows as JSON or as a table of these columns."""
    if json_wanted:
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=1))
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    table.columns[0].no_wrap = True  # what a row is called is typed into the next command
    for row in rows:
        table.add_row(*(str(row[column]) if row[column] is not None else "" for column in columns))
    Console().print(table)
