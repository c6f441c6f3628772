"""`huifang db`: the ledger's file."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from ivr.command.office import office
from ledger import backup as backups
from ledger import events, list_content, lists, migrate


@click.group()
def db() -> None:
    """The ledger: migrate, verify, backup, restore."""


@db.command("migrate")
def migrate_() -> None:
    """Make the ledger, or bring it up to date."""
    here = office()
    here.home.make()
    migrate(here.settings.database)
    click.echo(f"{here.settings.database}: up to date")


@db.command()
def verify() -> None:
    """Recompute every hash; exit 1 and name each row that does not hold."""
    with office().ledger() as conn:
        findings = [*events.verify(conn), *list_content.altered(conn, lists.listing(conn))]
        count = events.count(conn)
    for finding in findings:
        click.echo(finding)
    if findings:
        sys.exit(1)
    click.echo(f"ok: {count} events, every hash holds")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the ledger into FILE while it is in use."""
    with office().ledger() as conn:
        backups.copy_to(conn, file)
    click.echo(f"{file}: copied")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put the copy FILE in the place of a ledger that is missing; stop every process first."""
    here = office()
    here.home.make()
    with closing(backups.open_copy(file)) as copy:
        backups.put_back(copy, here.settings.database)
    click.echo(f"{here.settings.database}: restored from {file}")
