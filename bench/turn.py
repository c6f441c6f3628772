"""Where the time of one webhook turn goes, in one thread and in groups of twenty, as the writer commits them.

    python -m bench.turn [--calls 100]

Each stage is timed where it happens, with the caches as cold as they are there; stages named below another
contain it. Run alone, a stage takes about half as long.
"""

from __future__ import annotations

import argparse
import io
import os
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.webhook import TOKEN, Made, build, streams
from ivr import conversation, serve, webhooks
from ledger import Writer, connect, turns

BASE = "http://127.0.0.1:8000"
GROUP = 20
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("parse the form", webhooks, "parameters"),
    ("signature", webhooks.SignatureCheck, "holds"),
    ("ledger: read the call", turns.state, "read"),
    ("engine: advance", conversation, "advance"),
    ("what the turn writes", conversation.notes, "record"),
    ("ledger: write it", turns, "write"),
    ("  of which the event", turns.events, "append"),
    ("TwiML", conversation.twiml, "render"),
)


class Group:
    """Runs a webhook's writes at once and commits every twenty of them."""

    def __init__(self, database: Path) -> None:
        self.conn = connect(database)
        self.done = 0

    def run(self, _: Writer, fn: Callable[[sqlite3.Connection], object]) -> object:
        """Stand in for `Writer.run` without another thread, so that only the work is measured."""
        if self.done % GROUP == 0:
            self.conn.execute("begin immediate")
        result = fn(self.conn)
        self.done += 1
        if self.done % GROUP == 0:
            self.conn.execute("commit")
        return result


def timed(spent: dict[str, float], label: str, place: Any, name: str) -> None:
    """Replace a function by one that adds its time to `spent`."""
    original = getattr(place, name)

    def measured(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            spent[label] += time.perf_counter() - began

    setattr(place, name, measured)


def environs(made: list[Made]) -> list[dict[str, Any]]:
    """The prepared requests as a server hands them over."""
    found = []
    for stream in streams(made, BASE):
        for raw in stream:
            head, _, body = raw.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:])
            found.append(
                {
                    "REQUEST_METHOD": "POST",
                    "PATH_INFO": lines[0].split()[1],
                    "QUERY_STRING": "",
                    "CONTENT_LENGTH": headers["Content-Length"],
                    "HTTP_X_TWILIO_SIGNATURE": headers["X-Twilio-Signature"],
                    "wsgi.input": io.BytesIO(body),
                }
            )
    return found


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = build(Path(folder), options.calls)
        os.environ.update(
            HUIFANG_HOME=folder,
            HUIFANG_PUBLIC_URL=BASE,
            HUIFANG_SECRET_KEY=TOKEN,
            TWILIO_AUTH_TOKEN=TOKEN,
            HUIFANG_CLOCK="2026-11-23T09:30:00+08:00",
        )
        application = serve.application().wsgi_app
        group = Group(Path(folder) / "huifang.db")
        setattr(Writer, "run", lambda writer, fn: group.run(writer, fn))  # noqa: B010
        requests = environs(made)
        warm, measured = requests[:200], requests[200:]
        for each in warm:
            b"".join(application(each, lambda status, headers: print))  # type: ignore[arg-type]
        spent: dict[str, float] = defaultdict(float)
        for label, place, name in STAGES:
            timed(spent, label, place, name)
        began = time.perf_counter()
        for each in measured:
            b"".join(application(each, lambda status, headers: print))  # type: ignore[arg-type]
        total = time.perf_counter() - began
        print("| stage | µs per turn |\n|---|---|")
        for label, _, _ in STAGES:
            print(f"| {label} | {spent[label] / len(measured) * 1e6:.0f} |")
        print(f"| all of it, commits included | {total / len(measured) * 1e6:.0f} |")


if __name__ == "__main__":
    main()
