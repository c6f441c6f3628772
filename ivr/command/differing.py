"""`huifang scripts diff`: what is different in another version of a script, or in the words of a region."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import click

from ivr.command.shelf import find
from scripts.diff import Change, Mark, Row, Side, Sort, diff

SIGNS = {Change.ADDED: "+", Change.REMOVED: "-", Change.MOVED: ">", Change.CHANGED: "~"}
AROUND = {Side.BOTH: ("", ""), Side.OLD: ("[-", "-]"), Side.NEW: ("{+", "+}")}
COLOURS = {Side.BOTH: None, Side.OLD: "red", Side.NEW: "green"}
SAME = "nothing is different"


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def differing(old: str, new: str, json_wanted: bool) -> None:
    """Print what is different in NEW (each a name, NAME@REGION or a file)."""
    rows = diff(find(old), find(new))
    if json_wanted:
        click.echo(json.dumps([dataclasses.asdict(row) for row in rows], ensure_ascii=False, indent=2))
    else:
        tell(rows)


def tell(rows: Sequence[Row]) -> None:
    """Print the rows, each under its step."""
    place = ""
    for row in rows:
        if (here := row.step or row.sort) != place:
            click.echo(here)
            place = here
        click.echo(f"  {SIGNS[row.change]} {_line(row)}")
    if not rows:
        click.echo(SAME)


def _line(row: Row) -> str:
    if row.marks:
        return f"{row.key}: {''.join(map(_marked, row.marks))}"
    if row.change is Change.MOVED:
        return f"moved: after {row.old or '-'} -> after {row.new or '-'}"
    if row.sort is Sort.STEP:
        return f"step {row.change} ({row.new or row.old})"
    if row.change is Change.CHANGED:
        return f"{row.key}: {row.old} -> {row.new}"
    return f"{row.key}: {row.new or row.old}"


def _marked(mark: Mark) -> str:
    left, right = AROUND[mark.side]
    return click.style(f"{left}{mark.words}{right}", fg=COLOURS[mark.side])
