"""Where a command finds the script that it is given."""

from __future__ import annotations

from pathlib import Path

import click

from scripts.load import library, load, named
from scripts.model import Script


def find(script: str) -> Script:
    """Return a shipped script by name, or the script of a file; with `@region` in that region's words.

    The loader's error names what is wrong.
    """
    name, _, region = script.partition("@")
    if name in library():
        return named(script)
    if Path(name).suffix != ".toml":
        raise click.ClickException(
            f'script "{name}": not shipped; choose {", ".join(library())}, or name a .toml'
        )
    return load(name, region)
