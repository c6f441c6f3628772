"""A process of its own for a model: loading one in a thread holds up every call for a second."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor


def worker() -> ProcessPoolExecutor:
    """One process, which begins with its first work and ends with the exchange."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_leave_signals)


def _leave_signals() -> None:
    # Ctrl-C reaches the worker too, and would be answered with a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
