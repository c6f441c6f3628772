"""A dialer in a process of its own, for tests that kill it: its ledger, carrier and anchor of the clock."""

from __future__ import annotations

import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from dialer.carrier import Carrier
from dialer.loop import run
from dialer.profile import load_profile
from tests.dialing import BOOK, FastClock, orders
from tests.tiny_twilio import ACCOUNT

ONCE = replace(BOOK, policy=lambda campaign_id: replace(load_profile("cn_life"), in_total=1))
"""Nobody is tried again, so that a number dialed twice is a fault however slow the machine is."""


def main(database: str, url: str, anchor: str, account: str = ACCOUNT) -> None:
    """Dial until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    carrier = Carrier(account, "secret", url, "http://127.0.0.1:1", timeouts=(1, 0.5))
    run(orders(Path(database), book=ONCE), carrier, FastClock(anchor=float(anchor)), stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
