"""What a verb of TwiML is to the exchange, and what can follow it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.numerals import is_whole
from exchange.order import LONGEST, Target
from exchange.sound.sounding import Sound

if TYPE_CHECKING:
    from exchange.performance.session import Session


Params = tuple[tuple[str, str], ...]
"""What a verb adds to the request for the next document."""


@dataclass(frozen=True, slots=True)
class Goto:
    """The call goes on with another document."""

    document: Target | str
    params: Params = ()


@dataclass(frozen=True, slots=True)
class End:
    """The call ends, with this status."""

    status: str = "completed"


@dataclass(frozen=True, slots=True)
class Leave:
    """The call leaves the queue it waits in."""


Next = Goto | End | Leave | None
"""None: the next verb of the same document."""


def _always(element: Element) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb and how it is performed; what it may hold stands in `twiml.toml`."""

    name: str
    perform: Callable[[Element, Session], Awaitable[Next]]
    answers: Callable[[Element], bool] = _always
    """Whether the verb picks up a call that still rings."""


def whole(element: Element, name: str, default: int, *, least: int = 0) -> int:
    """A whole number among the attributes; the default stands in for what is none."""
    text = element.attributes.get(name, "").strip()
    return int(text) if is_whole(text) and int(text) >= least else default


def flag(element: Element, name: str, *, default: bool) -> bool:
    """A yes or no among the attributes."""
    text = element.attributes.get(name, "").lower()
    return text == "true" if text in ("true", "false") else default


def method(element: Element, name: str = "method") -> str:
    """GET or POST; POST when nothing else is said."""
    return "GET" if element.attributes.get(name, "").upper() == "GET" else "POST"


def repeated(sounds: list[Sound], loop: int, *, most: float = LONGEST) -> list[Sound]:
    """The sounds so many times; 0 means until the call ends, which is four hours at most."""
    seconds = sum(sound.clip.seconds for sound in sounds)
    longest = max(1, int(most / max(seconds, 1.0)))
    return sounds * min(loop or longest, longest)
