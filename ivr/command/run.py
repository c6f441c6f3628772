"""The processes: init, serve, dial, collect, exchange; and the demo that runs them all."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Event
from types import FrameType

import click

from dialer import release
from dialer.carrier import Carrier
from dialer.dnc_lists.refresh import kept_fresh
from dialer.ending import open_book
from dialer.loop import Orders
from dialer.loop import run as run_loop
from dialer.pacing import Pace
from dialer.policy_source import read_inquiry
from dialer.recall import watched
from ivr import logs, morning
from ivr import serve as web
from ivr.command.office import Office, office
from ivr.demo import COMPANY
from ivr.home import write_company
from ledger import migrate, people
from recordings.carrier import CarrierAudio
from recordings.collector import run as run_collector

CARRIER = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")


@click.command()
def init() -> None:
    """Make the home: database, keys, and a company.toml to be filled in."""
    here = office()
    here.home.customer_key()
    migrate(here.settings.database)
    if not here.home.company_file.exists():
        write_company(here.home.company_file, COMPANY)
        click.echo(f"{here.home.company_file}: fill in who calls; the names in it are made up")
    click.echo(f"{here.settings.database}: ready")
    with here.ledger() as conn:
        for refusal in release.take_in_shipped(conn, here.clock.now()):
            click.echo(refusal)
        click.echo("scripts are drafts until somebody here approves and activates them: huifang scripts list")
        if not people.count(conn):
            click.echo(people.NOBODY)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--live-port", type=int, help="Where pages get live updates; the port after --port without it.")
def serve(host: str, port: int, live_port: int | None) -> None:
    """Answer the carrier's webhooks and serve the pages."""
    web.run(host, port, live_port or port + 1)


@click.command()
@click.option("--cps", default=1.0, show_default=True, help="Calls per second that the account allows.")
@click.option("--lines", default=30, show_default=True, help="Calls in progress at the same time.")
@click.option("--inbound-lines", "kept", default=0, show_default=True, help="Lines kept free for callers.")
def dial(cps: float, lines: int, kept: int) -> None:
    """Place the calls of every running campaign, as far as the gate lets them through."""
    logs.begin()
    here = office(*CARRIER, "HUIFANG_PUBLIC_URL")
    company = here.home.company()
    settings = here.settings
    carrier = Carrier(
        settings.account_sid, settings.auth_token, settings.api_base or None, settings.signed_url
    )
    here.home.make()
    migrate(settings.database)
    try:
        pace = Pace(cps, lines, kept)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    book = open_book(settings.database, here.home.calendar())
    inquiry = read_inquiry(here.home.policy_source_file)
    orders = Orders(settings.database, pace, company.callers(), book, here.home.wishes, inquiry)
    with (
        kept_fresh(settings.database, here.home.root, here.clock),
        watched(settings.database, carrier, here.clock),
    ):
        run_loop(orders, carrier, here.clock, until_told())


@click.command()
def collect() -> None:
    """Fetch, check and seal the recordings that the carrier announced."""
    logs.begin()
    here = office(*CARRIER)
    here.home.make()
    migrate(here.settings.database)
    fetch = CarrierAudio(here.settings.account_sid, here.settings.auth_token, here.settings.api_base or None)
    run_collector(here.settings.database, here.home.root, fetch, here.clock.now, until_told())


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def exchange(arguments: tuple[str, ...]) -> int:
    """Run the local telephone exchange (see: huifang exchange --help, docs/exchange.md)."""
    from exchange.command import main

    here = office()
    starts = not arguments or arguments[0].startswith("-")  # else a command for one that runs
    if starts and here.settings.clock and not {"--speed", "--clock"} & set(arguments):
        arguments = ("--clock", here.clock.spec(), *arguments)
    return main(arguments)


@click.command()
@click.option("--once", is_flag=True, help="Exit when the morning is over.")
@click.option(
    "--desk", is_flag=True, help="Begin in the afternoon: agents at their desks, no morning before."
)
@click.option("--speed", default=60.0, show_default=True, help="Seconds of the clock in one second.")
@click.option("--list", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None)
def demo(*, once: bool, desk: bool, speed: float, file: Path | None) -> None:
    """Run a day of callbacks on the embedded exchange: the robot's morning, then the agents' afternoon."""
    if once and desk:
        raise click.UsageError("--once ends when the morning is over, and --desk has none; give one of them")
    here: Office = office(environ={**os.environ, "HUIFANG_CLOCK": ""})
    morning.run(here.home, file or morning.SHIPPED, speed, once=once, desk=desk)


def until_told() -> Event:
    """An event that SIGTERM or SIGINT sets."""
    stop = Event()

    def tell(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    return stop
