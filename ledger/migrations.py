"""The versions of the schema, applied once each and in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database, Migrations

from ledger.connection import connect, transaction

MIGRATIONS = Migrations("huifang")
HERE = Path(__file__).parent


@MIGRATIONS()
def first_tables(db: Database) -> None:
    """The tables of the first version."""
    _run(db, "schema.sql")


@MIGRATIONS()
def people_and_desks(db: Database) -> None:
    """Users with their rights, desks, callers who wait for a person."""
    _run(db, "schema_desk.sql")


@MIGRATIONS()
def calls_that_come_in(db: Database) -> None:
    """The parts of a call on the hotline."""
    _run(db, "schema_hotline.sql")


@MIGRATIONS()
def life_of_a_script(db: Database) -> None:
    """Status and steps of every version of a script."""
    _run(db, "schema_scripts.sql")


@MIGRATIONS()
def calls_for_a_few(db: Database) -> None:
    """The mark of a call that is nobody's but the unit's for reports."""
    _run(db, "schema_restricted.sql")


@MIGRATIONS()
def counts_of_campaigns(db: Database) -> None:
    """Counts of tasks, calls and problems that the database keeps itself."""
    _run(db, "schema_tallies.sql")


@MIGRATIONS()
def selection_of_lists(db: Database) -> None:
    """Who is left out and why, quotas, cohorts, alarm points."""
    _run(db, "schema_selection.sql")


@MIGRATIONS()
def duties_beside_calls(db: Database) -> None:
    """News of policies, other ways than the telephone, further rounds, and agreed times."""
    _run(db, "schema_duties.sql")


@MIGRATIONS()
def shares_of_campaigns(db: Database) -> None:
    """Priority and caps of campaigns, and why one was stopped."""
    _run(db, "schema_sharing.sql")


@MIGRATIONS()
def word_from_outside(db: Database) -> None:
    """External do-not-call lists, reasons of revocations, what the core system said before a call."""
    _run(db, "schema_outside.sql")


@MIGRATIONS()
def files_to_be_imported(db: Database) -> None:
    """The queue of uploads and of files in watched folders."""
    _run(db, "schema_intakes.sql")


@MIGRATIONS()
def tokens_of_other_systems(db: Database) -> None:
    """Tokens, and answers to be given again."""
    _run(db, "schema_tokens.sql")


@MIGRATIONS()
def what_other_systems_are_told(db: Database) -> None:
    """The outbox, which triggers fill, and its deliveries."""
    _run(db, "schema_outbox.sql")


@MIGRATIONS()
def intake_of_lists(db: Database) -> None:
    """Remarks, sheets and the digest of what came of a list; saved mappings of headers."""
    _run(db, "schema_intake.sql")


@MIGRATIONS()
def calls_of_all_campaigns(db: Database) -> None:
    """The way from a contact to its tasks, and the trainings of agents."""
    _run(db, "schema_gate.sql")


@MIGRATIONS()
def making_of_campaigns(db: Database) -> None:
    """Which campaigns are still being made."""
    _run(db, "schema_making.sql")


def migrate(path: str | Path) -> None:
    """Bring the ledger at `path` up to date; a second process waits for the first and finds nothing to do."""
    with closing(connect(path)) as conn:
        db = Database(conn, execute_plugins=False)
        with transaction(conn):
            MIGRATIONS.apply(db)


def _run(db: Database, name: str) -> None:
    for statement in statements((HERE / name).read_text(encoding="utf-8")):
        db.conn.execute(statement)


def statements(text: str) -> Iterator[str]:
    """Cut SQL text into statements; `executescript` would commit the migration half way."""
    pending = ""
    for piece in text.split(";")[:-1]:
        pending += piece + ";"
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
