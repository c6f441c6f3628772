"""`huifang scripts add, approve, file, activate, retire, remove`: who brings which words into force."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from dialer import release
from ivr.command.office import Office, office
from ivr.command.shelf import find, one
from ledger import audit, people, script_life, transaction
from ledger.people import User
from ledger.script_life import Version, named

by = click.option("--by", "by", required=True, metavar="USER", help="Who does it, by the name of the log-in.")
names = click.argument("scripts", nargs=-1, required=True, metavar="SCRIPT...")


@click.command()
@click.argument("scripts", nargs=-1, metavar="[FILE|NAME@REGION]...")
@click.option("--by", "by", default="", metavar="USER", help="Who wrote the file.")
def add(scripts: tuple[str, ...], by: str) -> None:
    """Take scripts into the ledger as drafts and check them; all the shipped ones where none is named."""
    here = office()
    with here.ledger() as conn:
        if not scripts:
            for refusal in release.take_in_shipped(conn, here.clock.now()):
                click.echo(refusal)
        good = [_added(here, conn, script, by) for script in scripts]
        if not scripts:
            _tell(script_life.listing(conn))
    sys.exit(0 if all(good) else 1)


def _added(here: Office, conn: sqlite3.Connection, script: str, by: str) -> bool:
    """Take in one script and print what its check found; a file has an author."""
    written = Path(script.partition("@")[0]).suffix == ".toml"
    if written and not by:
        raise click.ClickException(f"{script}: whose words are they? say so with --by USER")
    proven, now = release.proof(find(script)), here.clock.now()
    author = _person(conn, by) if written else None
    with transaction(conn):
        digest = release.take_in(conn, proven, author.user_id if author else None, now)
        audit.note(conn, author.name if author else script_life.SHIPPED, "script.add", _subject(digest), now)
    _tell([script_life.needed(conn, digest)])
    _tell_findings(proven)
    return not proven.findings


@click.command()
@names
@by
def approve(scripts: tuple[str, ...], by: str) -> None:
    """Answer for the words of checked scripts; never one's own."""
    _prove_and("approve", scripts, by, release.approve)


@click.command()
@names
@by
def activate(scripts: tuple[str, ...], by: str) -> None:
    """Let campaigns begin with approved scripts; the version before is superseded."""
    _prove_and("activate", scripts, by, release.activate)


def _prove_and(
    action: str,
    scripts: tuple[str, ...],
    by: str,
    step: Callable[[sqlite3.Connection, release.Proof, int, datetime], None],
) -> None:
    """Check each of them by the rules of today, then take the step with all of them or none."""
    here = office()
    with here.ledger() as conn:
        who = _person(conn, by)
        proofs = [release.proof_of(conn, one(conn, script).digest) for script in scripts]
        now = here.clock.now()
        for proven in proofs:
            _tell_findings(proven)
        with transaction(conn):
            for proven in proofs:
                step(conn, proven, who.user_id, now)
                audit.note(conn, who.name, f"script.{action}", _subject(proven.script.digest), now)
        _tell([script_life.needed(conn, proven.script.digest) for proven in proofs])


@click.command("file")
@click.argument("script")
@click.option("--reference", required=True, help="Under which the authority has it.")
@click.option("--on", type=click.DateTime(("%Y-%m-%d",)), required=True, help="The day of filing.")
@by
def file_(script: str, reference: str, on: datetime, by: str) -> None:
    """Note that an approved script was filed with the authority."""
    _take(
        "file",
        script,
        by,
        lambda conn, digest, who, now: script_life.file(conn, digest, reference, on.date(), who, now),
    )


@click.command()
@click.argument("script")
@by
def retire(script: str, by: str) -> None:
    """Place no call with it any more; campaigns that run with it end, calls in progress go on."""
    _take("retire", script, by, script_life.retire)


@click.command()
@click.argument("script")
@by
def remove(script: str, by: str) -> None:
    """Take away a version that nobody ever heard."""
    _take("remove", script, by, script_life.remove)


def _take(
    action: str, script: str, by: str, step: Callable[[sqlite3.Connection, str, int, datetime], None]
) -> None:
    here = office()
    with here.ledger() as conn:
        who, version, now = _person(conn, by), one(conn, script), here.clock.now()
        with transaction(conn):
            step(conn, version.digest, who.user_id, now)
            audit.note(conn, who.name, f"script.{action}", _subject(version.digest), now)
        left = script_life.get(conn, version.digest)
    if left is None:
        click.echo(f"{named(version)}: removed")
    else:
        _tell([left])


def _person(conn: sqlite3.Connection, name: str) -> User:
    user = people.by_name(conn, name)
    if user is None:
        raise click.ClickException(f"{name}: there is nobody of this name; see huifang users list")
    return user


def _subject(digest: str) -> str:
    return f"script:{digest[:12]}"


def _tell(versions: list[Version]) -> None:
    for version in versions:
        found = f", {version.findings} findings" if version.findings else ""
        click.echo(f"{named(version)}: {version.status}{found} ({version.digest[:12]})")


def _tell_findings(proven: release.Proof) -> None:
    for finding in proven.findings:
        click.echo(f"    {finding.step or finding.file}: {finding.rule}: {finding.message()}")


STEPS = (add, approve, file_, activate, retire, remove)
"""The commands, in the order of a script's life."""
