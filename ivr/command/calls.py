"""`huifang call` and `huifang problems`: what was said, heard and decided."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import click

from dialer.versions import words
from ivr.command.office import ROW, as_json, office, show
from ivr.heard import as_rows, lines
from ivr.transcript import transcript
from ledger import events
from ledger import problems as cases
from ledger.story import conversation
from scripts.problems import PROBLEMS


@click.group()
def call() -> None:
    """Single calls: show, heard, verify."""


@call.command("show")
@click.argument("call_id", type=ROW)
@as_json
def show_(call_id: int, as_json: bool) -> None:
    """Print the conversation: what was said, heard and decided, at which second.

    Of a call that is restricted to the unit for reports only its end is told.
    """
    here = office()
    with here.ledger() as conn:
        story = conversation(conn, call_id)
        here.note(conn, "call.read", f"call:{call_id}")
        told = list(transcript(story, partial(words, conn)))
    if as_json and story.call.restricted:
        known = {"call_id": call_id, "restricted": True, "outcome": story.call.outcome}
        click.echo(json.dumps(known, indent=1))
    elif as_json:
        click.echo(json.dumps(asdict(story), ensure_ascii=False, indent=1, default=_plain))
    else:
        click.echo("\n".join(told))


@call.command()
@click.argument("call_id", type=ROW)
@as_json
def heard(call_id: int, as_json: bool) -> None:
    """Print what exactly the customer heard, word for word, and who answers for the words."""
    here = office()
    with here.ledger() as conn:
        story = conversation(conn, call_id)
        here.note(conn, "call.read", f"call:{call_id}")
        if as_json:
            text = json.dumps(as_rows(conn, story), ensure_ascii=False, indent=1)
        else:
            text = "\n".join(lines(conn, story))
    click.echo(text)


@call.command()
@click.argument("call_id", type=ROW)
def verify(call_id: int) -> None:
    """Recompute the hashes of one call; exit 1 and name each row that does not hold."""
    with office().ledger() as conn:
        conversation(conn, call_id)
        findings = events.verify_call(conn, call_id)
    for finding in findings:
        click.echo(finding)
    if findings:
        sys.exit(1)
    click.echo(f"ok: call {call_id}, every hash holds")


@click.group()
def problems() -> None:
    """Problem cases (问题件)."""


@problems.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the open problem cases, most urgent first."""
    with office().ledger() as conn:
        rows = [_case(case) for case in cases.listing(conn)]
    show(rows, json_wanted=as_json, columns=("id", "code", "title", "severity", "due", "call"))


@problems.command("show")
@click.argument("problem_id", type=ROW)
def show_problem(problem_id: int) -> None:
    """Show one problem case."""
    with office().ledger() as conn:
        case = cases.get(conn, problem_id)
    if case is None:
        raise click.ClickException(f"problem {problem_id}: there is none; see huifang problems list")
    for name, value in _case(case).items():
        click.echo(f"{name:<10}{value}")


def _case(case: cases.Case) -> dict[str, Any]:
    return {
        "id": case.problem_id,
        "code": case.code,
        "title": PROBLEMS[case.code].title,
        "severity": case.severity,
        "status": case.status,
        "step": case.step,
        "opened": case.opened_at.isoformat(timespec="seconds"),
        "due": case.due_at.isoformat(timespec="minutes") if case.due_at else None,
        "call": case.call_id,
    }


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
