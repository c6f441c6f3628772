"""Phone numbers as people write them, and the numbers worth offering to somebody who wants one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from exchange.board import Board
from exchange.calls.call import Call

_E164 = re.compile(r"\+[1-9]\d{4,14}", re.ASCII)
_ADDRESS = re.compile(r"client:[\w.@-]{1,121}", re.ASCII)
_PUNCTUATION = re.compile(r"[\s()./-]+")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_OFFERED = 12
_LOOKED_AT = 500


def read(text: str) -> str | None:
    """The number in its international form; a mobile number of the mainland needs no country code."""
    digits = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text))  # ＋８６ as an input method writes it
    if _MOBILE.fullmatch(digits):
        digits = f"+86{digits}"
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return digits if _E164.fullmatch(digits) else None


def address(text: str) -> str | None:
    """A number, or `client:NAME`."""
    return text.strip() if _ADDRESS.fullmatch(text.strip()) else read(text)


def customers(board: Board) -> list[str]:
    """Numbers to sign in at: those of the last calls, then those of people something is known of."""
    people = (f"+{digits}" for digits in board.plan.town.people)
    return _first(number for source in (_lately(board), people) for number in source)


def reachable(board: Board) -> list[str]:
    """Addresses to call: the account's numbers, and where others are signed in."""
    return _first([*board.directory.numbers, *board.handsets.addresses()])


def caller_name(board: Board, number: str) -> str:
    """What the account calls a number, if that is more than the number."""
    found = board.directory.numbers.get(number) or board.directory.caller_ids.get(number)
    name = found.friendly_name if found else ""
    return "" if read(name) else name


def calls_at(board: Board, number: str) -> Iterator[Call]:
    """The last calls this number made or got, newest first."""
    return (call for call in last(board) if number == _telephone(call))


def last(board: Board) -> Iterator[Call]:
    """The last calls of all, newest first."""
    return islice(board.register.calls(), _LOOKED_AT)


def _lately(board: Board) -> Iterator[str]:
    for call in last(board):
        number = _telephone(call)
        if read(number) is not None and number not in board.directory.numbers:
            yield number


def _telephone(call: Call) -> str:
    """The end of a call that is not the exchange's."""
    return call.order.caller if call.direction == "inbound" else call.order.to


def _first(numbers: Iterator[str] | list[str]) -> list[str]:
    return list(islice(dict.fromkeys(numbers), _OFFERED))
