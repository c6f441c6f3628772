"""`huifang fallback`, `policy`, `appointments`: what a duty becomes beside its calls."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from dialer import bookings, news_file, updates, ways
from dialer.errors import FallbackError
from dialer.ways import OUTCOMES, Act
from ivr.command.office import BY, ROW, Office, as_json, office, show
from ledger import fallbacks, news, people, promised, transaction
from ledger.fallbacks import OPEN, STOPPED, Way
from ledger.people import User

MOMENT = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])
DAY = click.DateTime(["%Y-%m-%d"])
on = click.option("--on", "day", type=DAY, help="The day on which it was done; today without it.")
by = click.option("--by", "user", required=True, help="Who does it, by log-in name.")
WAYS = ("id", "task", "channel", "status", "why", "branch", "due")
PROMISES = ("id", "kind", "due", "task", "call", "made")
Write = Callable[[sqlite3.Connection, Act], Way | None]


@click.group()
def fallback() -> None:
    """Duties that go on by e-link, visit or letter (S002-95, S002-96)."""


@fallback.command("list")
@click.option("--status", default=OPEN, show_default=True, help="open, stopped, done, failed, cancelled …")
@as_json
def list_ways(status: str, as_json: bool) -> None:
    """Show what is to be done, first what is due first."""
    with office().ledger() as conn:
        rows = [_way(way) for way in fallbacks.listing(conn, status)]
    show(rows, json_wanted=as_json, columns=WAYS)


@fallback.command()
@as_json
def share(as_json: bool) -> None:
    """Show visits and letters against all callbacks, by campaign, branch and month (S002-97)."""
    with office().ledger() as conn:
        rows = [asdict(one) | {"state": state} for one, state in ways.shares(conn)]
    show(rows, json_wanted=as_json, columns=("of", "name", "all", "outside", "state"))


@fallback.command()
@click.argument("number", type=ROW)
@click.option("--reason", required=True, help="Why more visits and letters are made than S002-97 allows.")
@by
def allow(number: int, reason: str, user: str) -> None:
    """Let a stopped visit or letter NUMBER pass; supervisors only, audited."""
    _do(user, None, lambda conn, act: ways.allow(conn, number, reason, act))


@fallback.command()
@click.argument("number", type=ROW)
@click.option("--visitor", help="Who visits, by log-in name; not the seller.")
@click.option("--signed", "reference", help="Where the signed form is filed.")
@click.option("--outcome", type=click.Choice(OUTCOMES), default=OUTCOMES[0], show_default=True)
@click.option("--failed", "why", help="Why the visit led to nothing.")
@on
@by
def visit(
    number: int,
    visitor: str | None,
    reference: str | None,
    outcome: str,
    why: str | None,
    day: datetime | None,
    user: str,
) -> None:
    """Visit NUMBER: name the visitor, register the signed form, or say why it failed."""
    _one_of({"--visitor": visitor, "--signed": reference, "--failed": why})

    def write(conn: sqlite3.Connection, act: Act) -> Way | None:
        if visitor:
            return ways.assign(conn, number, _person(conn, visitor), act)
        if reference:
            return ways.signed(conn, number, outcome, reference, act)
        return ways.failed(conn, number, why or "", act)

    _do(user, day, write)


@fallback.command()
@click.argument("number", type=ROW)
@click.option("--sent", help="The number of the letter at the post office.")
@click.option("--answered", "reference", help="Where the answer is filed.")
@click.option("--outcome", type=click.Choice(OUTCOMES), default=OUTCOMES[0], show_default=True)
@click.option("--returned", "why", help="Why the letter came back.")
@on
@by
def letter(
    number: int,
    sent: str | None,
    reference: str | None,
    outcome: str,
    why: str | None,
    day: datetime | None,
    user: str,
) -> None:
    """Letter NUMBER: posted, answered, or returned. Print it: huifang scripts form --letter --task TASK."""
    _answered(number, {"--sent": sent, "--answered": reference, "--returned": why}, outcome, day, user)


@fallback.command()
@click.argument("number", type=ROW)
@click.option("--sent", help="The number of the message.")
@click.option("--answered", "reference", help="How the customer proved to be the customer (B8).")
@click.option("--outcome", type=click.Choice(OUTCOMES), default=OUTCOMES[0], show_default=True)
@click.option("--failed", "why", help="Why the link could not be sent.")
@on
@by
def link(
    number: int,
    sent: str | None,
    reference: str | None,
    outcome: str,
    why: str | None,
    day: datetime | None,
    user: str,
) -> None:
    """E-link NUMBER: sent, answered, or failed."""
    _answered(number, {"--sent": sent, "--answered": reference, "--failed": why}, outcome, day, user)


@fallback.command()
@click.argument("task", type=ROW)
def why(task: int) -> None:
    """Print every attempt and step of a TASK with date and reason (B3 Art 10)."""
    with office().ledger() as conn:
        if fallbacks.duty(conn, task) is None:
            raise FallbackError(f"task {task}: there is none; see huifang fallback list")
        click.echo(ways.account(conn, task))


@click.group()
def policy() -> None:
    """News of policies and claims."""


@policy.command()
@click.argument("number")
@click.option("--state", type=click.Choice(list(updates.states())), required=True)
@click.option("--claim", is_flag=True, help="NUMBER is a claim's.")
def update(number: str, state: str, claim: bool) -> None:
    """Cancel what is no longer due for policy NUMBER in every campaign."""
    here = office()
    key = "claim_no" if claim else "policy_no"
    with here.ledger() as conn, transaction(conn):
        done = updates.apply(conn, key=number, kind_of_key=key, state=state, source=BY, now=here.clock.now())
    if not done.new:
        click.echo("nothing is changed: this was known")
        return
    click.echo(
        f"{done.tasks} tasks and {done.rounds} planned rounds cancelled; {len(done.talking)} talked to"
    )


@policy.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Apply a list FILE with a column for the number and one for the state; other states are passed over."""
    here = office()
    with here.ledger() as conn:
        done = news_file.apply_file(conn, file, here.clock.now())
    passed = "; ".join(f"{word or '-'}: {count}" for word, count in done.passed.items())
    click.echo(f"{done.rows} rows: {done.tasks} tasks and {done.rounds} planned rounds cancelled")
    if passed:
        click.echo(f"passed over: {passed}")


@policy.command()
@click.argument("number")
@click.option("--claim", is_flag=True, help="NUMBER is a claim's.")
@as_json
def history(number: str, claim: bool, as_json: bool) -> None:
    """Show everything that was said of policy NUMBER."""
    with office().ledger() as conn:
        found = news.history(conn, number, "claim_no" if claim else "policy_no")
    rows = [dict(zip(("state", "source", "at"), row, strict=True)) for row in found]
    show(rows, json_wanted=as_json, columns=("state", "source", "at"))


@click.group()
def appointments() -> None:
    """What customers were promised: calls, messages, visits, and whatever else somebody is to do."""


@appointments.command("list")
@click.option("--kind", default="", help="Only these: callback, reinstate, explanation …")
@click.option("--all", "everything", is_flag=True, help="Also what was kept.")
@as_json
def list_promises(kind: str, everything: bool, as_json: bool) -> None:
    """Show what is open, first what is due first."""
    with office().ledger() as conn:
        found = promised.listing(conn, kind=kind, status="" if everything else "open")
    show([_promise(one) for one in found], json_wanted=as_json, columns=PROMISES)


@appointments.command()
@click.argument("number", type=ROW)
@by
def done(number: int, user: str) -> None:
    """What was promised as NUMBER has been done."""
    here = office()
    with here.ledger() as conn, transaction(conn):
        bookings.done(conn, number, _person(conn, user), here.clock.now())
    click.echo(f"promise {number} is kept")


@appointments.command()
@click.argument("call", type=ROW)
@click.option("--at", type=MOMENT, help="Exactly then, in local time.")
@click.option("--from", "since", type=MOMENT, help="Between this and --until.")
@click.option("--until", type=MOMENT, help="Before this.")
@click.option("--agent", help="Whom the customer wants to speak with, by log-in name.")
@by
def book(
    call: int,
    at: datetime | None,
    since: datetime | None,
    until: datetime | None,
    agent: str | None,
    user: str,
) -> None:
    """Book the time that was agreed in CALL for the next call to its customer."""
    here = office()
    with here.ledger() as conn, transaction(conn):
        wanted = bookings.wanted(at, since, until, _person(conn, agent) if agent else None)
        bookings.book(conn, call, wanted, _person(conn, user), here.clock.now())
    click.echo(f"call {call}: the next call to its customer keeps this time")


def _answered(
    number: int, said: dict[str, str | None], outcome: str, day: datetime | None, user: str
) -> None:
    """Sent, answered or failed: one of the three."""
    _one_of(said)
    sent, reference, why = said.values()

    def write(conn: sqlite3.Connection, act: Act) -> Way | None:
        if sent:
            return ways.sent(conn, number, sent, act)
        if reference:
            return ways.signed(conn, number, outcome, reference, act)
        return ways.failed(conn, number, why or "", act)

    _do(user, day, write)


def _do(user: str, day: datetime | None, write: Write) -> None:
    here = office()
    with _acting(here, user, day) as (conn, act):
        way = write(conn, act)
    if way is None:
        click.echo("no way is left: the task is over, and why is written down")
    else:
        due = f", due {way.due_at:%Y-%m-%d}" if way.due_at and way.status in (OPEN, STOPPED) else ""
        click.echo(f"{way.channel} {way.fallback_id} of task {way.task_id}: {way.status}{due}")


@contextmanager
def _acting(here: Office, user: str, day: datetime | None) -> Iterator[tuple[sqlite3.Connection, Act]]:
    with here.ledger() as conn, transaction(conn):
        on_day: date | None = day.date() if day else None
        yield conn, Act(_person(conn, user), here.clock.now(), on_day, here.home.calendar())


def _person(conn: sqlite3.Connection, name: str) -> User:
    found = people.by_name(conn, name)
    if found is None or found.disabled_at is not None:
        raise FallbackError(f"user {name}: there is none who may sign in; see huifang users list")
    return found


def _one_of(given: dict[str, str | None]) -> None:
    if sum(value is not None for value in given.values()) != 1:
        raise FallbackError(f"give one of {', '.join(given)}")


def _way(way: Way) -> dict[str, object]:
    return {
        "id": way.fallback_id,
        "task": way.task_id,
        "channel": way.channel,
        "status": way.status,
        "why": way.why,
        "branch": way.branch,
        "due": f"{way.due_at:%Y-%m-%d}" if way.due_at else None,
    }


def _promise(one: promised.Promised) -> dict[str, object]:
    return {
        "id": one.appointment_id,
        "kind": one.kind,
        "due": one.due_at.isoformat() if one.due_at else None,
        "task": one.task_id,
        "call": one.call_id,
        "made": one.made_at.isoformat(),
    }
