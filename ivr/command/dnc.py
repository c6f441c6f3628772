"""`huifang dnc`: who must not be called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from dialer.errors import ListError
from dialer.lists.findings import Unfit
from dialer.lists.phones import parse_phones
from ivr.command.office import ROW, as_json, office, show
from ledger import dnc as entries
from ledger import transaction
from ledger.dnc import DncRow

PURPOSES = click.Choice(["all", "marketing"])
COLUMNS = ("dnc_id", "number", "purpose", "reason", "source", "starts_at", "ends_at", "revoked_at")


@click.group()
def dnc() -> None:
    """The do-not-call register."""


@dnc.command()
@click.argument("number")
@click.option("--purpose", type=PURPOSES, default="all", show_default=True)
@click.option("--reason", default="asked", show_default=True)
@click.option("--until", type=click.DateTime(), help="The day it ends, in UTC; without it, until revoked.")
def add(number: str, purpose: str, reason: str, until: datetime | None) -> None:
    """Never call NUMBER again."""
    here = office()
    now = here.clock.now()
    with here.ledger() as conn, transaction(conn):
        (entry,) = entries.add(
            conn,
            numbers=[_number(number)],
            customer_key="",
            purpose=purpose,
            scope="company",
            reason=reason,
            source="command",
            call_id=None,
            starts_at=now,
            ends_at=until.replace(tzinfo=now.tzinfo) if until else None,
            now=now,
        )
    click.echo(f"entry {entry} in force")


@dnc.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--purpose", type=PURPOSES, default="all", show_default=True)
@click.option("--source", default="", help="Where the numbers come from; the file's name without it.")
def import_(file: Path, purpose: str, source: str) -> None:
    """Import one number a line; a line that is no number stops the import before anything is written."""
    numbers = list(read_numbers(file))
    here = office()
    with here.ledger() as conn:
        added = entries.import_many(
            conn, numbers, purpose=purpose, source=source or file.name, now=here.clock.now()
        )
    click.echo(f"{file.name}: {len(numbers)} numbers, {added} new")


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
def revoke(entry: int) -> None:
    """Take ENTRY back; it stays in the register's history."""
    here = office()
    with here.ledger() as conn, transaction(conn):
        if not entries.revoke(conn, entry, here.clock.now()):
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
        rows = [_row(entry) for entry in entries.listing(conn, limit=limit, after=after)]
    show(rows, json_wanted=as_json, columns=COLUMNS)


def _row(entry: DncRow) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(entry).items()
    }


def _number(text: str) -> int:
    try:
        phones = parse_phones(text)
    except Unfit as error:
        raise click.BadParameter(f"{text}: {error.reason}") from None
    if not phones:
        raise click.BadParameter(f"{text}: is not a telephone number; write it like 13812345678 or +861…")
    return phones[0].number


def read_numbers(file: Path) -> Iterator[int]:
    """Yield one number a line; ListError names the line that is none."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ListError(f"{file.name}: is not text in UTF-8; save it as UTF-8, one number a line") from None
    for line, text in enumerate(lines, 1):
        if text.strip():
            try:
                yield _number(text.strip())
            except click.BadParameter:
                raise ListError(
                    f"{file.name}: line {line}: is not a telephone number; correct or remove it"
                ) from None
