"""`huifang scripts lock`: the verbatim texts of a script as they were approved."""

from __future__ import annotations

from collections.abc import Iterator

import click

from dialer.calendar import LOCAL
from ivr.command.office import office
from ivr.command.shelf import find
from scripts import locks


@click.command("lock")
@click.argument("script")
@click.option("--reference", required=True, help="The approval of these words, as your files name it.")
def lock(script: str, reference: str) -> None:
    """Lock the verbatim texts of a script (a name, or a file) in the words that were approved."""
    if not reference.strip():
        raise click.ClickException("--reference: is empty, name the approval of these words")
    found = find(script)
    kept = locks.shelves(found)
    rows = locks.renewed(found, reference.strip(), office().clock.now().astimezone(LOCAL).date(), kept)
    if not any(rows.values()):
        raise click.ClickException(
            f"{script}: no step of its own has verbatim = true, nothing is to be locked"
        )
    path = locks.file_of(found)
    try:
        path.write_text(locks.text(rows), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    new = [
        f"{name}.{step}"
        for name, step in _places(rows)
        if kept[0].get(name, {}).get(step) != rows[name][step]
    ]
    click.echo("\n".join((*new, f"{path}: {len(new)} locked now, {sum(map(len, rows.values()))} in all")))


def _places(rows: locks.Locks) -> Iterator[tuple[str, str]]:
    return ((name, step) for name, steps in rows.items() for step in steps)
