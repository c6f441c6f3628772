"""A script on paper as PDF, by WeasyPrint (https://doc.courtbouillon.org/weasyprint/)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from scripts.model import Script
from scripts.paper import paper
from scripts.values import Facts

HERE = Path(__file__).parent
STYLE = HERE / "static" / "print" / "paper.css"


class NoPrinter(RuntimeError):
    """The libraries that make a PDF are not on this machine."""


def html(script: Script, facts: Facts | None = None, *, letter: bool = False) -> str:
    """The form for a visit, or the letter, blank or of one customer."""
    shelf = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: Mapping[str, Any] = facts or {}
    return shelf.get_template("paper.html").render(paper=paper(script, facts), facts=known, letter=letter)


def pdf(page: str) -> bytes:
    """The page as PDF; NoPrinter says what is missing."""
    try:
        from weasyprint import CSS, HTML
    except OSError as error:
        raise NoPrinter(
            "a PDF needs Pango; install libpangoft2-1.0-0 (Debian) or pango (Homebrew)"
        ) from error
    made: bytes = HTML(string=page).write_pdf(stylesheets=[CSS(filename=STYLE)])
    return made
