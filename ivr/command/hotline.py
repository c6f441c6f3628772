"""`huifang hotline`: the number that customers call."""

from __future__ import annotations

import click

from dialer import wiring
from dialer.carrier import Carrier
from ivr.command.office import office
from ivr.hotline import reception

CARRIER = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "HUIFANG_PUBLIC_URL")
COMES = "comes to the hotline"
ELSEWHERE = "is no number of this account; buy it, or correct numbers in company.toml"


@click.group()
def hotline() -> None:
    """The number that customers call."""


@hotline.command()
def connect() -> None:
    """Let calls to every number of company.toml come to the hotline."""
    here = office(*CARRIER)
    settings = here.settings
    carrier = Carrier(
        settings.account_sid, settings.auth_token, settings.api_base or None, settings.signed_url
    )
    with here.ledger() as conn:
        lacking = reception.lacking(conn)
    if lacking:
        raise click.ClickException(
            f"no version is in force of: {', '.join(lacking)}; huifang scripts approve, then activate"
        )
    for number in here.home.company().numbers:
        found = wiring.hotline(carrier, number)
        click.echo(f"+{number}: {COMES if found else ELSEWHERE}")
