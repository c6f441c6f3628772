"""`huifang tokens`: what other systems prove themselves with at the API."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ivr.api.bearer import new_secret, spell
from ivr.clock import wall
from ivr.command.office import BY, as_json, office, show
from ledger import audit, transaction
from ledger import tokens as kept

COLUMNS = ("id", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")


@click.group()
def tokens() -> None:
    """Tokens of other systems: add, list, revoke."""


@tokens.command()
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(kept.SCOPES), multiple=True, required=True)
@click.option("--until", type=click.DateTime(), help="When it ends, in UTC; without it, until revoked.")
def add(name: str, scopes: tuple[str, ...], until: datetime | None) -> None:
    """Make a token for the system NAME and print it, this once."""
    here, secret = office(), new_secret()
    now = wall().now()
    ends = until.replace(tzinfo=UTC) if until else None
    if ends and ends <= now:
        raise click.BadParameter("must lie in the future", param_hint="--until")
    with here.ledger() as conn, transaction(conn):
        token_id = kept.add(conn, name, secret, scopes, now, expires_at=ends)
        audit.note(conn, BY, "token_added", f"token:{token_id}", now)
    click.echo(spell(token_id, secret))


@tokens.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List all tokens, without what they are proved by."""
    with office().ledger() as conn:
        found = kept.listing(conn)
    rows = [
        {
            "id": token.token_id,
            "name": token.name,
            "scopes": " ".join(token.scopes),
            "created_at": token.created_at.isoformat(),
            "expires_at": _text(token.expires_at),
            "last_used_at": _text(token.last_used_at),
            "revoked_at": _text(token.revoked_at),
        }
        for token in found
    ]
    show(rows, json_wanted=as_json, columns=COLUMNS)


@tokens.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Let the system NAME in no more, from the next request on."""
    here = office()
    now = wall().now()
    with here.ledger() as conn, transaction(conn):
        found = kept.by_name(conn, name)
        if found is None:
            raise click.ClickException(f"token {name}: there is none in force; see huifang tokens list")
        kept.revoke(conn, found.token_id, now)
        audit.note(conn, BY, "token_revoked", f"token:{found.token_id}", now)
    click.echo(f"token {name} revoked")


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
