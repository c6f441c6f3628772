"""`huifang lists`: lists of contacts, as core systems export them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from dialer.lists.findings import Finding
from dialer.lists.importer import Progress as Reached
from dialer.lists.importer import Report, import_list
from dialer.lists.kinds import load_kind
from dialer.lists.layout import find_layout
from dialer.lists.refused import write_refused
from dialer.lists.source import open_source
from dialer.lists.words import header
from dialer.lists.workbook import tables
from ivr.command.kinds import KIND
from ivr.command.office import ROW, Office, as_json, office, show
from ivr.list_terms import list_terms
from ledger import list_content, transaction
from ledger import lists as stored

SHOWN = 20
"""Refused rows printed; `huifang lists errors` prints them all."""


@click.group()
def lists() -> None:
    """Lists of contacts."""


def _pairs(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """`客户电话=phone`, each once."""
    pairs = [text.rpartition("=") for text in given]
    for name, _, column in pairs:
        if not name.strip() or not column.strip():
            raise click.BadParameter("write HEADER=COLUMN, like 客户电话=phone")
    return {name.strip(): column.strip() for name, _, column in pairs}


@lists.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=KIND, required=True, help="See huifang lists kinds.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_pairs,
    metavar="HEADER=COLUMN",
    help="Read a header that is not known as this column; kept for the next lists of the kind.",
)
@as_json
def import_(file: Path, kind: str, mapping: Mapping[str, str], as_json: bool) -> None:
    """Import FILE; refused rows are reported with row, field, reason, and the rest goes on."""
    report = run_import(office(), file, kind, mapping=mapping, quiet=as_json)
    if as_json:
        click.echo(report.to_json())
    else:
        print_report(report)


def run_import(
    here: Office, file: Path, kind: str, *, quiet: bool, mapping: Mapping[str, str] | None = None
) -> Report:
    """Import a file with the home's product catalogue and a bar of the bytes that are read."""
    terms = list_terms(here.home, kind, here.clock.now())
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with here.ledger() as conn, Progress(*columns, transient=True, disable=quiet) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size, rows=0)

        def show_progress(reached: Reached) -> None:
            bar.update(task, completed=reached.done, rows=reached.rows)

        return import_list(conn, file, terms, mapping=mapping, progress=show_progress)


def print_report(report: Report, console: Console | None = None) -> None:
    """Print what became of a file."""
    console = console or Console()
    again = " (imported before, nothing changed)" if report.unchanged else ""
    console.print(
        f"{report.name}: {report.rows} rows, [green]{report.accepted} accepted[/], "
        f"[red]{len(report.refused)} refused[/], [yellow]{len(report.flagged)} flagged[/] "
        f"· {report.encoding} · list {report.list_id}{again}"
    )
    for what, names in (("columns", report.ignored_columns), ("sheets", report.skipped_sheets)):
        if names:
            console.print(f"{what} not read: {', '.join(names)}", markup=False)
    if report.ended:
        console.print(
            f"over by this list: {report.ended} policies or claims, {report.cancelled} tasks cancelled"
        )
    _print_findings(report.refused[:SHOWN], console)
    if report.refused:
        more = f"… and {len(report.refused) - SHOWN} more; " if len(report.refused) > SHOWN else ""
        console.print(
            f"{more}all: huifang lists errors {report.list_id}; "
            f"to correct and import them: huifang lists refused {report.list_id} --out FILE"
        )
    if report.flagged:
        counts = Counter(one.code for one in report.flagged)
        flags = ", ".join(f"{count} {code}" for code, count in counts.items())
        console.print(f"flagged: {flags}; all: huifang lists errors {report.list_id} --flagged")


def _print_findings(findings: Sequence[Finding], console: Console) -> None:
    table = Table("row", "field", "code", "reason", box=None, pad_edge=False, header_style="bold")
    for one in findings:
        row = f"{one.sheet}!{one.row}" if one.sheet else str(one.row)
        table.add_row(*map(escape, (row, one.field, one.code, f"{one.reason}\n{one.reason_en}")))
    if findings:
        console.print(table)


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
@click.option("--flagged", is_flag=True, help="Print the remarks instead.")
@as_json
def errors(list_id: int, flagged: bool, as_json: bool) -> None:
    """Print every refused row of a list."""
    with office().ledger() as conn:
        if stored.get(conn, list_id) is None:
            raise click.ClickException(f"list {list_id}: there is none; see huifang lists show")
        found = stored.list_remarks(conn, list_id) if flagged else stored.list_errors(conn, list_id)
    columns = ("sheet", "row", "field", "code", "reason", "reason_en")
    rows = [{column: getattr(one, column) for column in columns} for one in found]
    show(rows, json_wanted=as_json, columns=columns)


@lists.command()
@click.argument("list_id", type=ROW)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option(
    "--from",
    "original",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The imported file, if it has been moved.",
)
def refused(list_id: int, out: Path, original: Path | None) -> None:
    """Write the refused rows to a file in the original columns: correct them there and import it."""
    here = office()
    with here.ledger() as conn:
        here.note(conn, "refused rows written", f"list {list_id}")
        count = write_refused(conn, list_id, out, original)
    click.echo(f"{out}: {count} refused rows; correct them and import the file")


@lists.command()
@click.argument("list_id", type=ROW, required=False)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also say whether this is the file that was imported.",
)
def verify(list_id: int | None, file: Path | None) -> None:
    """Recompute the digest of a list's contacts, or of all lists; exit 1 when one does not hold."""
    with office().ledger() as conn:
        found = [row for row in stored.listing(conn) if list_id in (None, row.list_id)]
        if list_id and not found:
            raise click.ClickException(f"list {list_id}: there is none; see huifang lists show")
        findings = list(list_content.altered(conn, found))
    if file and open_source(file).digest not in {row.digest for row in found}:
        findings.append(f"{file.name}: is not the file that was imported")
    for finding in findings:
        click.echo(finding)
    if findings:
        sys.exit(1)
    click.echo(f"ok: {len(found)} lists, every contact is as it came of its file")


@lists.command()
@click.option("--kind", type=KIND, required=True, help="See huifang lists kinds.")
@click.option("--forget", metavar="HEADER", help="Read this header no longer as the column it was given.")
@as_json
def mapping(kind: str, forget: str | None, as_json: bool) -> None:
    """Print the headers that were given columns, and the columns of a kind with the headers they know."""
    with office().ledger() as conn:
        if forget:
            with transaction(conn):
                known = stored.forget_header(conn, kind, header(forget))
            if not known:
                raise click.ClickException(f"{forget}: is no saved header of {kind}")
        saved = stored.mapping(conn, kind)
    rows = [
        {
            "column": column.name,
            "required": column.required,
            "saved": ", ".join(name for name, given in saved.items() if given == column.name),
            "known": ", ".join(column.headers),
        }
        for column in load_kind(kind).columns
    ]
    show(rows, json_wanted=as_json, columns=("column", "required", "saved", "known"))


@lists.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=KIND, required=True)
@as_json
def headers(file: Path, kind: str, as_json: bool) -> None:
    """Print the headers of FILE that no column knows, and the required columns that found no header."""
    with office().ledger() as conn:
        saved = stored.mapping(conn, kind)
    places = [find_layout(load_kind(kind), saved, table) for table in tables(open_source(file))]
    best = max(filter(None, places), key=lambda place: len(place.positions), default=None)
    unknown = list(dict.fromkeys(best.unknown)) if best else []
    lacking = [column.name for column in best.missing] if best else []
    if as_json:
        click.echo(json.dumps({"unknown": unknown, "missing": lacking}, ensure_ascii=False))
        return
    click.echo(f"not known: {', '.join(unknown) or 'none'}")
    click.echo(f"missing: {', '.join(lacking) or 'none'}")
