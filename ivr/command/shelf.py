"""Where a command finds the script that it is given."""

from __future__ import annotations

from pathlib import Path

import click

from scripts.load import library, load, named
from scripts.model import Script


def find(script: str) -> Script:
    """Return a shipped script (`name`, `name@region`) or a file's; the loader's error says what is wrong."""
    shipped = library().get(script)
    if shipped:
        return shipped
    if "@" in script:
        return named(script)
    if Path(script).suffix != ".toml":
        raise click.ClickException(
            f'script "{script}": not shipped; choose {", ".join(library())}, or name a .toml'
        )
    return load(script)
