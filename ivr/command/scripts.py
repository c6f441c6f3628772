"""`huifang scripts`: what is said."""

from __future__ import annotations

import click

from ivr.command.check import check
from ivr.command.differing import differing, tell
from ivr.command.form import form
from ivr.command.lock import lock
from ivr.command.office import as_json, show
from ivr.command.play import diagram, play
from ivr.command.shelf import find
from scripts.diff import diff
from scripts.load import library

COLUMNS = ("name", "version", "title", "purpose", "steps", "mandatory", "digest")


@click.group()
def scripts() -> None:
    """The shipped scripts."""


scripts.add_command(check)
scripts.add_command(differing)
scripts.add_command(form)
scripts.add_command(diagram)
scripts.add_command(play)
scripts.add_command(lock)


@scripts.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the scripts."""
    rows = [
        {
            "name": script.name,
            "version": script.version,
            "title": script.title,
            "purpose": script.purpose.value,
            "steps": len(script.steps),
            "mandatory": len(script.mandatory),
            "digest": script.digest if as_json else script.digest[:12],
        }
        for script in library().values()
    ]
    show(rows, json_wanted=as_json, columns=COLUMNS)


@scripts.command("show")
@click.argument("script")
@click.option("--region", default="", help="In the words of this region, with what is different there.")
def show_(script: str, region: str) -> None:
    """Print every text of a script (a name, or a file), step by step."""
    found = find(f"{script}@{region}" if region else script)
    click.echo(f"{found.title} · {found.place} {found.version} · {found.digest[:12]}")
    if region:
        tell(diff(find(script), found))
    for (step, part), text in found.texts.items():
        if part != "question":
            marks = "*" if step in found.steps and found.steps[step].mandatory else " "
            click.echo(f"{marks} {step}.{part}: {text.spoken(tuple(f'{{{name}}}' for name in text.names))}")
