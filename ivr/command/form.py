"""`huifang scripts form`: a script on paper, for a visit or a letter (S002-95, S002-96)."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ivr.command.office import ROW, office
from ivr.command.shelf import find
from ivr.paper import NoPrinter, html, pdf
from ledger import glance
from scripts.values import Facts


@click.command("form")
@click.argument("script")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The PDF to write.")
@click.option("--letter", is_flag=True, help="To be sent and answered by letter, not filled in at a visit.")
@click.option("--task", type=ROW, help="Of this task's customer; without it blank, with every item.")
def form(script: str, out: Path, letter: bool, task: int | None) -> None:
    """Print a script (a name, or a file) as a form with the same items."""
    found = find(script)
    facts = None if task is None else _facts(task)
    try:
        out.write_bytes(pdf(html(found, facts, letter=letter)))
    except (NoPrinter, OSError) as error:
        raise click.ClickException(f"{out}: {error}") from None
    click.echo(f"{out}: {found.title} · {found.name} {found.version} · {found.digest[:12]}")


def _facts(task: int) -> Facts:
    """What is known of a task's customer; that it was looked at is in the audit."""
    works = office()
    with works.ledger() as conn:
        row = glance.task(conn, task)
        if row is None:
            raise click.ClickException(f"task {task}: there is none; see huifang campaign status")
        works.note(conn, "form_printed", f"task {task}")
    return {**json.loads(row.facts), **works.home.company().facts()}
