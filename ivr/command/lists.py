"""`huifang lists`: lists of contacts, as core systems export them."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dialer.lists.check import Terms
from dialer.lists.importer import Report, import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import SAMPLE, load_products
from ivr.command.kinds import KIND
from ivr.command.office import ROW, Office, as_json, office, show
from ledger import lists as stored

SHOWN = 20
"""Refused rows printed; `huifang lists errors` prints them all."""


@click.group()
def lists() -> None:
    """Lists of contacts."""


@lists.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=KIND, required=True, help="See huifang lists kinds.")
@as_json
def import_(file: Path, kind: str, as_json: bool) -> None:
    """Import FILE; refused rows are reported with row, field, reason, and the rest goes on."""
    report = run_import(office(), file, kind, quiet=as_json)
    if as_json:
        click.echo(report.to_json())
    else:
        print_report(report)


def run_import(here: Office, file: Path, kind: str, *, quiet: bool) -> Report:
    """Import a file with the home's product catalogue and a running count."""
    products = here.home.products_file
    terms = Terms(
        kind=load_kind(kind),
        products=load_products(products if products.exists() else SAMPLE),
        secret=here.home.customer_key(),
        now=here.clock.now(),
        calendar=here.home.calendar(),
    )
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,} rows"), TimeElapsedColumn())
    with here.ledger() as conn, Progress(*columns, transient=True, disable=quiet) as bar:
        task = bar.add_task(file.name)
        return import_list(conn, file, terms, progress=lambda rows: bar.update(task, completed=rows))


def print_report(report: Report, console: Console | None = None) -> None:
    """Print what became of a file."""
    console = console or Console()
    again = " (imported before, nothing changed)" if report.unchanged else ""
    console.print(
        f"{report.name}: {report.rows} rows, [green]{report.accepted} accepted[/], "
        f"[red]{len(report.refused)} refused[/], [yellow]{len(report.flagged)} flagged[/] "
        f"· {report.encoding} · list {report.list_id}{again}"
    )
    for year in report.unknown_years:
        console.print(
            f"[yellow]no published holidays for {year}: contacts are due then, and nobody is called; "
            f"supply them in holidays.csv, as {year}-01-01,off[/]"
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("row", "field", "code", "reason"):
        table.add_column(column)
    for finding in report.refused[:SHOWN]:
        table.add_row(str(finding.row), finding.field, finding.code, finding.reason)
    console.print(table)
    if len(report.refused) > SHOWN:
        console.print(f"… and {len(report.refused) - SHOWN} more: huifang lists errors {report.list_id}")


@lists.command("show")
@click.argument("list_id", type=ROW, required=False)
@as_json
def show_(list_id: int | None, as_json: bool) -> None:
    """Show all lists, or one."""
    with office().ledger() as conn:
        found = [row for row in stored.listing(conn) if list_id in (None, row.list_id)]
    if list_id and not found:
        raise click.ClickException(f"list {list_id}: there is none; see huifang lists show")
    rows = [
        {
            "id": row.list_id,
            "kind": row.kind,
            "name": row.name,
            "rows": row.rows,
            "accepted": row.accepted,
            "refused": row.refused,
            "locked": row.locked_at.isoformat() if row.locked_at else None,
        }
        for row in found
    ]
    show(rows, json_wanted=as_json, columns=("id", "kind", "name", "rows", "accepted", "refused", "locked"))


@lists.command()
@click.argument("list_id", type=ROW)
@as_json
def errors(list_id: int, as_json: bool) -> None:
    """Print every refused row of a list."""
    with office().ledger() as conn:
        if stored.get(conn, list_id) is None:
            raise click.ClickException(f"list {list_id}: there is none; see huifang lists show")
        found = stored.list_errors(conn, list_id)
    rows = [{"row": e.row, "field": e.field, "code": e.code, "reason": e.reason} for e in found]
    show(rows, json_wanted=as_json, columns=("row", "field", "code", "reason"))
