"""Where a call from the phone page goes: to a URL, an application's number, or somebody else's browser."""

from __future__ import annotations

from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from exchange.board import Board
from exchange.directory import arriving
from exchange.order import Order, Target
from exchange.phone import numbers

_RINGS = 60


def order(board: Board, caller: str, to: str, url: str) -> Order | str:
    """What is dialled, or the word for why nothing can be."""
    if url:
        return _quick_try(caller, to, url)
    address = numbers.address(to)
    if address is None:
        return "number"
    if address == caller:
        return "own-number"
    if address in board.directory.numbers:
        return _to_application(board, caller, address)
    if board.handsets.at(address):
        return Order(address, caller, _bridge(caller, address))
    return "nobody"


def _quick_try(caller: str, to: str, url: str) -> Order | str:
    address = numbers.address(to) if to else caller
    if address is None:
        return "number"
    return Order(address, caller, Target(url)) if _is_url(url) else "url"


def _to_application(board: Board, caller: str, number: str) -> Order | str:
    voice = board.directory.voice_of(number)
    return (arriving(voice, number, caller) if voice else None) or "no-voice-url"


def _bridge(caller: str, address: str) -> str:
    """Two people are connected as any application would do it."""
    noun = "Client" if address.startswith("client:") else "Number"
    name = escape(address.removeprefix("client:"))
    options = f"callerId={quoteattr(caller)} timeout='{_RINGS}' answerOnBridge='true'"
    return f"<Response><Dial {options}><{noun}>{name}</{noun}></Dial><Reject/></Response>"


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
