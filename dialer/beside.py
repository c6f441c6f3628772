"""Work that goes on beside the dialing, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def beside(name: str, work: Callable[[Event], None]) -> Iterator[None]:
    """Let `work` run as long as the block lasts; it returns soon after its event is set."""
    stop = Event()
    thread = Thread(target=work, args=(stop,), name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
