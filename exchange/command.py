"""The command line of the exchange."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from exchange import clock, faults_file, state, terminal
from exchange.account import Account, sid
from exchange.board import Plan
from exchange.errors import SettingError
from exchange.faults import Faults
from exchange.people import persona_file
from exchange.people.persona import Town
from exchange.phone.access import link
from exchange.server import serving
from exchange.speaking.ears import ears
from exchange.speaking.speech import PACK, Speech
from exchange.speaking.synthesis import booth, default_cache
from exchange.state import State

_FEWEST, _MOST = 0.0001, 1_000_000.0  # calls per second
_LAST_PORT = 65_535


def main(argv: Sequence[str]) -> int:
    """Runs an exchange until SIGINT or SIGTERM, 2 when it cannot start; or a command for one that runs."""
    if argv and argv[0] in terminal.COMMANDS:
        return terminal.main(argv)
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING)
    try:
        plan = _plan(options, os.environ)
        asyncio.run(_serve(plan, options))
    except SettingError as error:
        print(f"exchange: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "exchange",
        description="A local exchange that speaks Twilio's voice API.",
        epilog="For one that runs: exchange call --help, exchange calls --help, exchange trace --help.",
    )
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--speed", type=float, help="how many times as fast as the wall clock")
    parser.add_argument("--clock", help="START*SPEED[@ANCHOR], instead of --speed (HUIFANG_CLOCK)")
    parser.add_argument(
        "--personas", type=Path, default=persona_file.SHIPPED, help="simulated customers (TOML)"
    )
    parser.add_argument("--people", type=Path, help="what single numbers know (JSON)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same customers")
    parser.add_argument("--faults", type=Path, help="misfortune on purpose (TOML)")
    parser.add_argument("--cps", type=float, default=1.0, help="calls dialled per second")
    parser.add_argument("--speech", type=Path, action="append", default=[], help="more rendered sentences")
    parser.add_argument("--speech-cache", type=Path, default=default_cache(), help="where new ones are kept")
    parser.add_argument("--styles", type=Path, help="speakers of the voice model (docs/voice.md)")
    parser.add_argument(
        "--tls-proxy",
        type=int,
        metavar="PORT",
        help="be api.twilio.com behind HTTPS_PROXY; 0 takes a free one",
    )
    parser.add_argument("--ca-file", type=Path, help="where to write the authorities to trust behind it")
    parser.add_argument("--account-sid", help="TWILIO_ACCOUNT_SID, or a new one")
    parser.add_argument("--auth-token", help="TWILIO_AUTH_TOKEN, or a new one")
    parser.add_argument("--api-key", help="TWILIO_API_KEY, or a new one")
    parser.add_argument("--api-secret", help="TWILIO_API_SECRET, or a new one")
    parser.add_argument("--state", type=Path, help="where to leave URL and credentials for `exchange call`")
    parser.add_argument("--verbose", action="store_true", help="log every warning of every call")
    return parser


def _plan(options: argparse.Namespace, environment: Mapping[str, str]) -> Plan:
    for name, port in (("port", options.port), ("tls-proxy", options.tls_proxy or 0)):
        if not 0 <= port <= _LAST_PORT:
            raise SettingError(f"--{name} {port}: give a number from 0 to {_LAST_PORT}")
    if not _FEWEST <= options.cps <= _MOST:
        raise SettingError(f"--cps {options.cps:g}: give a number from {_FEWEST:g} to {_MOST:g}")
    spec = options.clock or (None if options.speed is not None else environment.get("HUIFANG_CLOCK"))
    personas = persona_file.everybody(options.personas)
    people = persona_file.people(options.people, personas) if options.people else {}
    return Plan(
        account=_account(options, environment),
        clock=clock.parse(spec) if spec else clock.running(1.0 if options.speed is None else options.speed),
        town=Town(personas, people, options.seed),
        faults=faults_file.load(options.faults, options.seed) if options.faults else Faults(),
        speech=Speech(
            [*options.speech, options.speech_cache, PACK], booth(options.speech_cache, options.styles)
        ),
        cps=options.cps,
        ears=ears(),
    )


def _account(options: argparse.Namespace, environment: Mapping[str, str]) -> Account:
    account = Account(
        options.account_sid or environment.get("TWILIO_ACCOUNT_SID") or sid("AC"),
        options.auth_token or environment.get("TWILIO_AUTH_TOKEN") or sid(""),
        options.api_key or environment.get("TWILIO_API_KEY") or sid("SK"),
        options.api_secret or environment.get("TWILIO_API_SECRET") or sid(""),
    )
    for name, given, form in (("account-sid", account.sid, "AC"), ("api-key", account.api_key, "SK")):
        if not re.fullmatch(f"{form}[0-9a-fA-F]{{32}}", given):
            raise SettingError(f"--{name} {given!r}: {form} and 32 hexadecimal digits are wanted")
    return account


async def _serve(plan: Plan, options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(serving(plan, options.host, options.port))
        here = State(board.base_url, plan.account.sid, plan.account.auth_token, os.getpid())
        stack.enter_context(state.left(here, options.state, os.environ))
        lines = _greeting(plan, board.base_url, options, os.environ)
        if options.tls_proxy is not None:
            lines += await _front(stack, board.base_url, options)
        gc.freeze()  # what was loaded stays: looking through it again and again would halt every call
        print(lines, flush=True)
        await stop.wait()


async def _front(stack: AsyncExitStack, base_url: str, options: argparse.Namespace) -> str:
    """Puts the TLS proxy before the exchange; its package is an optional one."""
    from exchange.web.front import fronting

    port = urlsplit(base_url).port or 0
    front = await stack.enter_async_context(fronting(port, options.tls_proxy, options.ca_file))
    return f"\ntls proxy  {front.proxy}\nca file    {front.ca_file}"


def _greeting(plan: Plan, base_url: str, options: argparse.Namespace, environment: Mapping[str, str]) -> str:
    """What somebody needs who points an application here; secrets he gave himself are not shown again."""
    account = plan.account
    token_given = options.auth_token or environment.get("TWILIO_AUTH_TOKEN")
    secret_given = options.api_secret or environment.get("TWILIO_API_SECRET")
    return "\n".join(
        (
            f"exchange   {base_url}",
            f"account    {account.sid}",
            f"token      {'(as given)' if token_given else account.auth_token}",
            f"api key    {account.api_key}",
            f"api secret {'(as given)' if secret_given else account.api_secret}",
            f"clock      {plan.clock.now().isoformat(timespec='seconds')}, speed {plan.clock.speed:g}",
            f"phone      {link(base_url, account)}",
        )
    )
