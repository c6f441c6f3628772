"""The commands of a second terminal: `call`, `trace` and `calls`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from exchange import following, state
from exchange.errors import SettingError
from exchange.state import State

COMMANDS = ("call", "calls", "trace")
"""First words of the command line that do not start an exchange."""


def main(argv: Sequence[str]) -> int:
    """Runs one command; 2 when it cannot be carried out, 130 when it was interrupted."""
    options = _parser().parse_args(argv)
    try:
        return asyncio.run(_run(options, _exchange(options, os.environ)))
    except SettingError as error:
        print(f"exchange {options.command}: {error}", file=sys.stderr)
        return 2
    except (aiohttp.ClientError, TimeoutError) as error:
        print(f"exchange {options.command}: no answer from the exchange: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


class _Answer(argparse.Action):
    """Collects what the caller does in the order in which it was written."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: Any = None
    ) -> None:
        answers = [*(getattr(namespace, "answers", None) or ())]
        pause = {} if namespace.pause is None else {"after": namespace.pause}
        given = {"--digits": {"keys": values}, "--say": {"say": values}, "--hang-up": {"hang_up": True}}
        answers.append(given.get(option, {}) | pause)
        namespace.answers, namespace.pause = answers, None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("exchange", description="Commands for a running exchange.")
    commands = parser.add_subparsers(dest="command", required=True)
    where = _where()
    call = commands.add_parser("call", parents=[where], help="call a number of the account, and follow it")
    call.set_defaults(answers=[], pause=None)
    call.add_argument("--to", required=True)
    call.add_argument("--from", required=True, dest="caller")
    call.add_argument("--url", help="the document; default: the Voice URL of the number")
    call.add_argument(
        "--persona", help="who calls, instead of the answers below; see exchange/people/callers.toml"
    )
    call.add_argument(
        "--fact", action="append", default=[], metavar="NAME=VALUE", help="what the persona knows"
    )
    call.add_argument("--digits", action=_Answer, metavar="KEYS", help="answers the next question with keys")
    call.add_argument("--say", action=_Answer, metavar="WORDS", help="answers the next question with words")
    call.add_argument("--silent", action=_Answer, nargs=0, help="does not answer the next question")
    call.add_argument("--hang-up", action=_Answer, nargs=0, help="hangs up at the next question")
    call.add_argument("--after", type=float, dest="pause", help="seconds before the answer that follows")
    commands.add_parser("calls", parents=[where], help="the calls that run")
    trace = commands.add_parser("trace", parents=[where], help="all that happened on a call")
    trace.add_argument("sid")
    return parser


def _where() -> argparse.ArgumentParser:
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--port", type=int, help="which exchange, if several run")
    where.add_argument("--base", help="its URL, with --account-sid and --auth-token")
    where.add_argument("--state", type=Path, help="the file it left")
    where.add_argument("--account-sid", help="TWILIO_ACCOUNT_SID")
    where.add_argument("--auth-token", help="TWILIO_AUTH_TOKEN")
    return where


def _exchange(options: argparse.Namespace, environment: Mapping[str, str]) -> State:
    if options.base is None:
        return state.found(options.state, options.port, environment)
    sid = options.account_sid or environment.get("TWILIO_ACCOUNT_SID")
    token = options.auth_token or environment.get("TWILIO_AUTH_TOKEN")
    if not sid or not token:
        raise SettingError("--base: give --account-sid and --auth-token, too, or TWILIO_… of the same name")
    return State(options.base.rstrip("/"), sid, token, 0)


async def _run(options: argparse.Namespace, exchange: State) -> int:
    if options.command == "trace":
        print(await following.trace(exchange, options.sid), end="")
        return 0
    if options.command == "calls":
        for call in await following.listing(exchange):
            print(_row(call))
        return 0
    return await _call(options, exchange)


async def _call(options: argparse.Namespace, exchange: State) -> int:
    order: dict[str, Any] = {"to": options.to, "from": options.caller, "answers": options.answers}
    if options.url:
        order["url"] = options.url
    if options.persona:
        facts = dict(fact.partition("=")[::2] for fact in options.fact)
        order |= {"persona": options.persona, "facts": facts}
    return await following.follow_call(exchange, order, lambda text: print(text, flush=True))


def _row(call: Mapping[str, Any]) -> str:
    now = call["now"] or {}
    doing = f"<{now['verb']}> {now['document']}" if now.get("verb") else ""
    return (
        f"{call['sid']}  {call['status']:<12} {call['seconds']:>7} s  {call['from']} -> {call['to']}  {doing}"
    )
