"""`huifang dnc refresh` and `huifang dnc sources`: the do-not-call lists of others."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import asdict
from datetime import datetime, timedelta

import click

from dialer.dnc_lists.refresh import declared
from dialer.dnc_lists.refresh import refresh as refresh_one
from dialer.errors import DncListError
from ivr.command.office import Office, as_json, office, show
from ledger import dnc_lists
from ledger.dnc_lists import DncList

COLUMNS = (
    "name",
    "purpose",
    "scope",
    "state",
    "rows",
    "refused",
    "fetched_at",
    "max_age",
    "digest",
    "problem",
)


@click.command()
@click.argument("names", nargs=-1)
@as_json
def refresh(names: tuple[str, ...], as_json: bool) -> None:
    """Fetch the external lists of dnc.toml now, or those named; exit code 1 if one could not be had."""
    here = office()
    with here.ledger() as conn:
        externals = declared(conn, here.home.root)
        if unknown := set(names) - {one.name for one in externals}:
            raise DncListError(f'list "{min(unknown)}": dnc.toml has no list of this name')
        wanted = [one for one in externals if not names or one.name in names]
        done = [refresh_one(conn, one, here.home.root, here.clock.now()) for one in wanted]
    if as_json or not done:
        show([asdict(one) for one in done], json_wanted=as_json, columns=("name", "problem"))
    for one in () if as_json else done:
        said = f"{one.rows} numbers, {one.added} new, {one.ended} ended" if one.changed else "nothing new"
        left_out = f", {one.refused} lines left out" if one.refused else ""
        click.echo(f"{one.name}: {one.problem or said + left_out}")
    sys.exit(1 if any(one.problem for one in done) else 0)


@click.command()
@as_json
def sources(as_json: bool) -> None:
    """Show the external lists, how old they are, and what they hold; calls wait for one that is too old."""
    here = office()
    with here.ledger() as conn:
        declared(conn, here.home.root)
        rows = [_row(row, here.clock.now()) for row in dnc_lists.listing(conn)]
    show(rows, json_wanted=as_json, columns=COLUMNS)


def warn(here: Office, conn: sqlite3.Connection) -> None:
    """Say on standard error which external lists keep calls from being made."""
    declared(conn, here.home.root)
    for name in dnc_lists.stale(conn, "", here.clock.now()):
        click.echo(f"external list {name}: is too old, calls wait for it; see huifang dnc sources", err=True)


def _row(row: DncList, now: datetime) -> dict[str, object]:
    """A list as it is shown; `state` is fresh, stale, or not used any more."""
    state = ("stale" if row.stale(now) else "fresh") if row.required else "not used"
    found = asdict(row) | {"state": state, "max_age": _span(row.max_age)}
    moments = {name: value.isoformat() for name, value in found.items() if isinstance(value, datetime)}
    return found | moments


def _span(age: timedelta) -> str:
    return f"{age.total_seconds() / 3600:g}h"
