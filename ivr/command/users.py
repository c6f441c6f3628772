"""`huifang users`: who may sign in; the first admin is made here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from dialer.calendar import LOCAL
from ivr.command.office import BY, as_json, office, show
from ivr.people import entries, passwords
from ivr.people.entries import Wrong
from ivr.texts import library
from ledger import audit, certificates, people, transaction, units
from ledger.people import ADMIN, AGENT, ROLES, User

COLUMNS = ("name", "role", "full_name", "staff_no", "unit", "certificate_until", "disabled_at")


@click.group()
def users() -> None:
    """People who sign in: add, list, disable, certify, train."""


@users.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--full-name", default="")
@click.option("--staff-no", default="")
@click.option("--unit", default="", help="The name of an organisation unit.")
@click.option("--phone", default="", help="The desk phone.")
@click.option("--ask", is_flag=True, help="Ask for the first password instead of making one up.")
def add(name: str, role: str, full_name: str, staff_no: str, unit: str, phone: str, *, ask: bool) -> None:
    """Let NAME sign in, with a first password that must be changed."""
    here = office()
    with here.ledger() as conn, _plainly():
        name = entries.login_name(name)
        form = {"role": role, "full_name": full_name, "staff_no": staff_no, "phone": phone}
        tree = {found.name: found.unit_id for found in units.listing(conn)}
        who = entries.particulars({**form, "unit": _unit(tree, unit)}, tree.values())
        password = _asked() if ask else passwords.temporary()
        kept, now = passwords.hashed(password), here.clock.now()
        with transaction(conn):
            user_id = people.add(conn, name, who, kept, now, by=None)
            audit.note(conn, BY, "user_added", f"user:{user_id}", now)
    click.echo(f"{name}: {role}" if ask else f"{name}: {role}, first password {password}")
    if role != AGENT:
        click.echo("at the first log-in the password is changed and a second factor set up")


@users.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List everybody, those who may not sign in any more last."""
    here = office()
    with here.ledger() as conn:
        here.note(conn, "people_read", "people")
        found, until = people.listing(conn), certificates.until(conn)
        names = {unit.unit_id: unit.name for unit in units.listing(conn)}
    if not found and not as_json:
        click.echo(people.NOBODY)
        return
    rows = [
        {
            "name": user.name,
            "role": user.role,
            "full_name": user.full_name,
            "staff_no": user.staff_no,
            "unit": names.get(user.unit_id) if user.unit_id else None,
            "certificate_until": until.get(user.user_id),
            "disabled_at": user.disabled_at.isoformat() if user.disabled_at else None,
        }
        for user in found
    ]
    show(rows, json_wanted=as_json, columns=COLUMNS)


@users.command()
@click.argument("name")
def disable(name: str) -> None:
    """Let NAME in no more, from the next request on."""
    here = office()
    with here.ledger() as conn:
        user, now = _named(conn, name), here.clock.now()
        with transaction(conn):
            if not people.disable(conn, user.user_id, now, by=None):
                raise click.ClickException(f"{name}: is disabled already")
            audit.note(conn, BY, "user_disabled", f"user:{user.user_id}", now)
    click.echo(f"{user.name}: disabled")
    if user.role == ADMIN:
        click.echo("see that an admin is left: huifang users list")


@users.command()
@click.argument("name")
@click.option("--reference", required=True, help="What stands on the certificate.")
@click.option("--until", type=click.DateTime(("%Y-%m-%d",)), required=True, help="Its last day.")
def certify(name: str, reference: str, until: datetime) -> None:
    """Enter a certificate of NAME that is valid from today."""
    here = office()
    with here.ledger() as conn, _plainly():
        user, now = _named(conn, name), here.clock.now()
        today = now.astimezone(LOCAL).date().isoformat()
        days = entries.days(today, until.date().isoformat())
        with transaction(conn):
            certificates.add(conn, user.user_id, entries.words(reference), days, now, by=None)
            audit.note(conn, BY, "certified", f"user:{user.user_id}", now)
    click.echo(f"{user.name}: certificate {reference} until {days[1]}")


@users.command()
@click.argument("name")
@click.option("--reference", required=True, help="What was taught, and where it is recorded.")
@click.option("--on", "day", type=click.DateTime(("%Y-%m-%d",)), help="The day of it; today without it.")
def train(name: str, reference: str, day: datetime | None) -> None:
    """Enter the yearly training of NAME: certificates are good for a year after it."""
    here = office()
    with here.ledger() as conn, _plainly():
        user, now = _named(conn, name), here.clock.now()
        today = now.astimezone(LOCAL).date()
        on = day.date() if day else today
        if on > today:
            raise click.ClickException(f"--on {on}: lies ahead; enter it when it is over")
        with transaction(conn):
            certificates.train(conn, user.user_id, entries.words(reference), on.isoformat(), now, by=None)
            audit.note(conn, BY, "trained", f"user:{user.user_id}", now)
    click.echo(f"{user.name}: trained on {on}")


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except Wrong as wrong:
        page, _, key = wrong.key.partition(".")
        raise click.ClickException(library()["en"][page][key]) from None


def _named(conn: sqlite3.Connection, name: str) -> User:
    user = people.by_name(conn, name)
    if user is None:
        raise click.ClickException(f"{name}: there is nobody of this name; see huifang users list")
    return user


def _unit(tree: dict[str, int], name: str) -> str:
    if name and name not in tree:
        raise click.ClickException(
            f"unit {name}: there is none; an admin adds units on the page 人员 (People)"
        )
    return str(tree[name]) if name else ""


def _asked() -> str:
    password: str = click.prompt("First password", hide_input=True, confirmation_prompt=True)
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        raise click.ClickException(f"the password needs at least {passwords.SHORTEST} characters")
    return password
