"""`huifang webhooks`: messages to other systems that wait, or were given up."""

from __future__ import annotations

from datetime import datetime

import click

from dialer.results.targets import read_targets
from ivr.command.office import ROW, as_json, office, show
from ledger import outbox, transaction

COLUMNS = ("id", "target", "event", "status", "attempts", "next_at", "error")


@click.group()
def webhooks() -> None:
    """Messages to other systems: list, retry."""


@webhooks.command("list")
@click.option("--limit", type=ROW, default=100, show_default=True)
@as_json
def list_(limit: int, as_json: bool) -> None:
    """List what waits or was given up after a day, oldest first."""
    here = office()
    read_targets(here.home.root / "webhooks.toml")
    with here.ledger() as conn:
        found = outbox.open_deliveries(conn, limit=limit)
    rows = [
        {
            "id": one.delivery_id,
            "target": one.target,
            "event": one.kind,
            "status": one.status,
            "attempts": one.attempts,
            "next_at": _text(one.next_at) if one.status == "waiting" else None,
            "error": one.error,
        }
        for one in found
    ]
    show(rows, json_wanted=as_json, columns=COLUMNS)


@webhooks.command()
@click.argument("message", type=ROW, required=False)
def retry(message: int | None) -> None:
    """Send MESSAGE again that was given up, or all of them."""
    here = office()
    with here.ledger() as conn, transaction(conn):
        again = outbox.again(conn, message, here.clock.now())
    if message is not None and not again:
        raise click.ClickException(f"message {message}: was not given up; see huifang webhooks list")
    click.echo(f"{again} to be sent again")


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
