"""`huifang scripts`: what is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from ivr.command.check import check
from ivr.command.differing import differing, tell
from ivr.command.form import form
from ivr.command.lock import lock
from ivr.command.office import as_json, office, show
from ivr.command.play import diagram, play
from ivr.command.release import STEPS
from ivr.command.shelf import find
from ivr.heard import step_line
from ledger import script_life
from ledger.script_life import Version
from scripts.diff import diff
from scripts.load import library
from scripts.model import Script

COLUMNS = ("name", "region", "version", "title", "purpose", "status", "author", "calls", "digest")


@click.group()
def scripts() -> None:
    """What is said: read it, check it, bring it into force."""


scripts.add_command(check)
scripts.add_command(differing)
scripts.add_command(form)
scripts.add_command(diagram)
scripts.add_command(play)
scripts.add_command(lock)
for step in STEPS:
    scripts.add_command(step)


@scripts.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List every version of every script, shipped or in the ledger, and how many calls were made with it."""
    here, kept, calls = office(), list[Version](), dict[str, int]()
    if here.settings.database.exists():
        with here.ledger() as conn:
            kept, calls = script_life.listing(conn), script_life.calls_made(conn)
    known = {one.digest for one in kept}
    new = [one for one in library().values() if one.digest not in known]
    rows = [_row(one, one.status, one.author) | {"calls": calls.get(one.digest, 0)} for one in kept]
    rows += [_row(one, "shipped", script_life.SHIPPED) for one in new]
    rows = sorted(rows, key=lambda row: (row["name"], row["region"], row["version"]))
    if not as_json:
        rows = [row | {"digest": row["digest"][:12]} for row in rows]
    show(rows, json_wanted=as_json, columns=COLUMNS)


def _row(script: Script | Version, status: str, author: str) -> dict[str, Any]:
    return {
        "name": script.name,
        "region": script.region,
        "version": script.version,
        "title": script.title,
        "purpose": str(script.purpose),
        "status": status,
        "author": author,
        "calls": 0,
        "digest": script.digest,
    }


@scripts.command("show")
@click.argument("script")
@click.option("--region", default="", help="In the words of this region, with what is different there.")
def show_(script: str, region: str) -> None:
    """Print every text of a script (a name, or a file), step by step."""
    found = find(f"{script}@{region}" if region else script)
    click.echo(f"{found.title} · {found.place} {found.version} · {found.digest[:12]}")
    for line in _life(found.digest):
        click.echo(line)
    if region:
        tell(diff(find(script), found))
    for (step, part), text in found.texts.items():
        if part != "question":
            marks = "*" if step in found.steps and found.steps[step].mandatory else " "
            click.echo(f"{marks} {step}.{part}: {text.spoken(tuple(f'{{{name}}}' for name in text.names))}")


def _life(digest: str) -> Iterator[str]:
    """What has happened to a version, as far as it is in the ledger."""
    here = office()
    if not here.settings.database.exists():
        return
    with here.ledger() as conn:
        for step in script_life.steps(conn, digest):
            yield f"  {step_line(step)}"
