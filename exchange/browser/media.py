"""The way to a peer, for who may not have the packages that carry sound to browsers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from exchange.errors import SignalError
from exchange.sound.clip import Samples

if TYPE_CHECKING:
    from exchange.browser.peer import Peer


def peer(frame: Callable[[], Samples], push: Callable[[Samples], None], lost: Callable[[], None]) -> Peer:
    """A new peer (see `Peer`), or error 31000 where the extra is not installed."""
    try:
        from exchange.browser.peer import Peer
    except ImportError as error:
        raise SignalError(31000, MISSING) from error
    return Peer(frame, push, lost)


MISSING = "The exchange has no sound for browsers: pip install 'huifang[exchange]'"
"""What a browser is told that wants to talk without the extra."""
