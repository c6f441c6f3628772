"""`huifang dnc`: who must not be called."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from dialer.dnc_lists.numbers import BadLine, number_of, read_numbers
from dialer.dnc_lists.rising import rising
from dialer.dnc_lists.terms import span
from ivr.command.dnc_lists import refresh, sources, warn
from ivr.command.office import BY, ROW, Office, as_json, office, show
from ledger import audit, people, transaction
from ledger import dnc as entries
from ledger.dnc import DncRow, Origin

PURPOSES = click.Choice(["all", "marketing"])
SCOPES = click.Choice(["company", "industry"])
COLUMNS = ("dnc_id", "number", "purpose", "scope", "reason", "source", "starts_at", "ends_at", "revoked_at",
           "revoke_reason", "revoked_by")  # fmt: skip
SHOWN = 1_000
"""Bad lines that are named one by one; of more only the count is told."""

purpose = click.option("--purpose", type=PURPOSES, default="all", show_default=True)
scope = click.option("--scope", type=SCOPES, default="company", show_default=True, help="Whose wish it is.")
by = click.option("--by", default="", metavar="USER", help="Who does it, by the name of the log-in.")


def _span(context: click.Context, option: click.Parameter, text: str | None) -> timedelta | None:
    """Read a span like `365d`."""
    try:
        return span(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


lasting = click.option("--for", "lasting", callback=_span, help="How long it lasts, like 365d.")
until = click.option("--until", type=click.DateTime(), help="The day it ends, in UTC.")


@click.group()
def dnc() -> None:
    """The do-not-call register."""


dnc.add_command(refresh)
dnc.add_command(sources)


@dnc.command()
@click.argument("number", required=False)
@click.option("--policy", default="", help="Forbid the customer of this policy or claim number.")
@click.option("--customer", default="", help="Forbid the customer with this key.")
@purpose
@scope
@click.option("--reason", default="asked", show_default=True)
@lasting
@until
@by
def add(
    number: str | None,
    policy: str,
    customer: str,
    by: str,
    lasting: timedelta | None,
    until: datetime | None,
    **said: str,
) -> None:
    """Never call NUMBER again, nor the customer whose number it is; without a term, until it is revoked."""
    if sum(map(bool, (number, policy, customer))) != 1:
        raise click.UsageError("name one of: a number, --policy, --customer")
    here = office()
    now = here.clock.now()
    ends_at = _ends(now, lasting, until)
    with here.ledger() as conn:
        who = _person(conn, by)
        with transaction(conn):
            numbers, key = _whom(conn, number, policy, customer)
            made = entries.add(
                conn,
                numbers=numbers,
                customer_key=key,
                purpose=said["purpose"],
                scope=said["scope"],
                reason=said["reason"],
                source="command",
                call_id=None,
                starts_at=now,
                ends_at=ends_at,
                now=now,
            )
            audit.note(conn, who, "dnc_added", f"dnc:{made[0]}", now)
    click.echo(f"entry {', '.join(map(str, made))} in force")


def _ends(now: datetime, lasting: timedelta | None, until: datetime | None) -> datetime | None:
    """When it ends: after a span, or on a day."""
    if lasting and until:
        raise click.UsageError("--for and --until say the same; give one of them")
    if until:
        return until.replace(tzinfo=now.tzinfo)
    return now + lasting if lasting else None


def _person(conn: sqlite3.Connection, name: str) -> str:
    """Whom the audit names: somebody who is known, or the command line."""
    if name and people.by_name(conn, name) is None:
        raise click.ClickException(f"{name}: there is nobody of this name; see huifang users list")
    return name or BY


def _whom(conn: sqlite3.Connection, number: str | None, policy: str, customer: str) -> tuple[list[int], str]:
    """The numbers and the customer that are forbidden."""
    if number:
        return entries.around(conn, _number(number))
    key = customer or _holder(conn, policy)
    return entries.numbers_of(conn, key), key


def _holder(conn: sqlite3.Connection, policy: str) -> str:
    found = entries.holders_of(conn, policy)
    if len(found) != 1:
        names = "nobody" if not found else f"{len(found)} customers"
        raise click.ClickException(
            f"policy {policy}: lists name {names} with it; give --customer or a number"
        )
    return found[0]


@dnc.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@purpose
@scope
@click.option("--source", default="", help="Where the numbers come from; the file's name without it.")
@click.option("--column", default="", help="The header of the column; found out without it.")
@click.option("--encoding", default="", help="Found out without it.")
@lasting
@until
@as_json
def import_(
    file: Path,
    column: str,
    encoding: str,
    as_json: bool,
    lasting: timedelta | None,
    until: datetime | None,
    **said: str,
) -> None:
    """Import FILE: CSV or one number a line. Lines without a number are told, the rest is imported."""
    here = office()
    ends_at = _ends(here.clock.now(), lasting, until)
    origin = Origin(said["source"] or file.name, said["purpose"], said["scope"], ends_at=ends_at)
    bad = Bad()
    numbers = read_numbers(file, bad.take, encoding=encoding, column=column)
    read, added = take_in(here, file.name, numbers, origin, quiet=as_json)
    if as_json:
        lines = [asdict(one) for one in bad.lines]
        body = {"numbers": read, "new": added, "bad": bad.count, "bad_lines": lines}
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    for one in bad.lines:
        click.echo(f"{file.name}: line {one.line}: {one.reason}", err=True)
    told = f", {bad.count} lines left out: correct them and import the file again" if bad.count else ""
    click.echo(f"{file.name}: {read} numbers, {added} new{told}")


class Bad:
    """Counts bad lines and keeps the first ones."""

    def __init__(self) -> None:
        self.count, self.lines = 0, list[BadLine]()

    def take(self, line: BadLine) -> None:
        """Note a line."""
        self.count += 1
        if len(self.lines) < SHOWN:
            self.lines.append(line)


def take_in(
    here: Office, name: str, numbers: Iterator[int], origin: Origin, *, quiet: bool
) -> tuple[int, int]:
    """Import numbers under a progress bar; returns how many there were, and how many were new."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    read = added = 0
    with here.ledger() as conn, Progress(*columns, transient=True, disable=quiet) as bar:
        reading, writing = bar.add_task(f"{name}: read", total=None), bar.add_task("written", total=None)

        def counted() -> Iterator[int]:
            nonlocal read
            for number in numbers:
                read += 1
                if not read % 10_000:
                    bar.update(reading, completed=read)
                yield number
            bar.update(reading, completed=read, total=read)
            bar.update(writing, total=read)

        for new in entries.import_sorted(conn, rising(counted()), origin, here.clock.now()):
            added += new
            bar.advance(writing, entries.BATCH)
    return read, added


@dnc.command()
@click.argument("number")
@as_json
def check(number: str, as_json: bool) -> None:
    """Say whether NUMBER is blocked now, and by which entries."""
    here = office()
    now = here.clock.now()
    with here.ledger() as conn:
        here.note(conn, "dnc_read", "dnc")
        found = [entry for entry in entries.check(conn, _number(number)) if entry.active(now)]
    if as_json:
        rows = [_row(entry) for entry in found]
        click.echo(json.dumps({"blocked": bool(found), "entries": rows}, ensure_ascii=False, indent=1))
        return
    click.echo("blocked" if found else "not blocked")
    if found:
        show([_row(entry) for entry in found], json_wanted=False, columns=COLUMNS)


@dnc.command()
@click.argument("entry", type=ROW)
@click.option("--reason", required=True, help="Why it may be called again, like: agreed in writing.")
@by
def revoke(entry: int, reason: str, by: str) -> None:
    """Take ENTRY back; it stays in the register's history, with the reason and who did it."""
    here = office()
    with here.ledger() as conn, transaction(conn):
        if not entries.revoke(conn, entry, here.clock.now(), reason=reason, by=_person(conn, by)):
            raise click.ClickException(f"entry {entry}: there is none in force")
    click.echo(f"entry {entry} revoked")


@dnc.command("list")
@click.option("--limit", type=ROW, default=100, show_default=True)
@click.option("--after", type=click.IntRange(0, 2**63 - 1), default=0, help="Only entries with a higher id.")
@as_json
def list_(limit: int, after: int, as_json: bool) -> None:
    """List entries, oldest first."""
    here = office()
    with here.ledger() as conn:
        here.note(conn, "dnc_read", "dnc")
        warn(here, conn)
        rows = [_row(entry) for entry in entries.listing(conn, limit=limit, after=after)]
    show(rows, json_wanted=as_json, columns=COLUMNS)


def _row(entry: DncRow) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(entry).items()
    }


def _number(text: str) -> int:
    found = number_of(text.strip())
    if not found:
        raise click.BadParameter(f"{text}: is not a telephone number; write it like 13812345678 or +861…")
    return found[0]
