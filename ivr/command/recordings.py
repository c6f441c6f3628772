"""`huifang recordings`: the audio of calls."""

from __future__ import annotations

import sys

import click

from ivr.command.office import as_json, office, show
from ledger import recordings as rows
from recordings.verify import verify as findings_of

COLUMNS = ("id", "call", "status", "seconds", "channels", "path", "detail")


@click.group()
def recordings() -> None:
    """Recordings: list, verify."""


@recordings.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List every recording."""
    with office().ledger() as conn:
        listed = [
            {
                "id": row.recording_id,
                "call": row.call_id,
                "status": row.status,
                "seconds": None if row.duration_ms is None else row.duration_ms / 1000,
                "channels": row.channels,
                "path": row.path,
                "sha256": row.sha256,
                "detail": row.detail,
            }
            for row in rows.listing(conn)
        ]
    show(listed, json_wanted=as_json, columns=COLUMNS)


@recordings.command()
def verify() -> None:
    """Compare every stored file with the ledger; exit 1 and name what is missing, changed or extra."""
    here = office()
    with here.ledger() as conn:
        stored = sum(row.status == "stored" for row in rows.listing(conn))
    findings = findings_of(here.settings.database, here.home.root)
    for finding in findings:
        click.echo(str(finding))
    if findings:
        sys.exit(1)
    click.echo(f"ok: {stored} recordings, every digest holds")
