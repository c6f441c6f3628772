"""The command line: `huifang …`. A command that fails prints one clear line and exits with 2."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

import click

from dialer.errors import DialerError
from ivr.command.calls import call, problems
from ivr.command.campaigns import campaign
from ivr.command.db import db
from ivr.command.dnc import dnc
from ivr.command.duties import appointments, fallback, policy
from ivr.command.gate import gate
from ivr.command.hotline import hotline
from ivr.command.kinds import kinds_
from ivr.command.lists import lists
from ivr.command.recordings import recordings
from ivr.command.run import collect, demo, dial, exchange, init, serve
from ivr.command.scripts import scripts
from ivr.command.selection import COMMANDS as SELECTION
from ivr.command.tokens import tokens
from ivr.command.users import users
from ivr.command.watch import watch
from ivr.command.webhooks import webhooks
from ivr.demo import DemoError
from ivr.home import HomeError
from ivr.serve import ServeError
from ivr.settings import SettingError
from ledger import LedgerError
from scripts.model import ScriptError

FAILED = 2
PRIVATE = 0o077
"""Ledger, logs, lists and backups hold what customers said: nobody but the owner may read a file we make."""
OURS = (SettingError, HomeError, LedgerError, ScriptError, DialerError, DemoError, ServeError, OSError)


@click.group()
@click.version_option(package_name="huifang")
def huifang() -> None:
    """Huifang 回访: prescribed callbacks, provably said."""


for command in (
    init,
    demo,
    serve,
    dial,
    collect,
    exchange,
    db,
    scripts,
    lists,
    campaign,
    dnc,
    fallback,
    policy,
    appointments,
    gate,
    hotline,
    call,
    problems,
    recordings,
    users,
    tokens,
    watch,
    webhooks,
):
    huifang.add_command(command)
for command in SELECTION:
    campaign.add_command(command)

lists.add_command(kinds_)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and turn every expected error into one line and exit code 2."""
    os.umask(PRIVATE)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = huifang.main(arguments, prog_name="huifang", standalone_mode=False)
    except click.Abort:
        click.echo("huifang: interrupted", err=True)
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(FAILED)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "huifang"
        click.echo(f"{where}: {' '.join(error.format_message().split())}", err=True)
        sys.exit(FAILED)
    except click.ClickException as error:
        click.echo(f"huifang: {error.format_message()}", err=True)
        sys.exit(FAILED)
    except OURS as error:
        if "--json" in given and isinstance(error, DialerError) and error.fault:
            click.echo(json.dumps({"error": {"code": error.fault, "about": error.about}}, ensure_ascii=False))
        click.echo(f"huifang: {error}", err=True)
        sys.exit(FAILED)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
