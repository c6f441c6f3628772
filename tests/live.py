"""The live process for tests, and pages that listen to it: real sockets, no browser."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ivr.demo import free_port

ORIGIN = "http://127.0.0.1:8000"
PATIENCE = 20.0


@dataclass(slots=True)
class Page:
    """A page that listens; `events` are (id, kind, data) in the order of their coming."""

    line: socket.socket
    text: str = ""
    events: list[tuple[str, str, object]] = field(default_factory=list)
    over: bool = False

    @property
    def status(self) -> int:
        """The HTTP status."""
        return int(self._read(lambda: "\r\n\r\n" in self.text).split()[1])

    def head(self, name: str) -> str:
        """A header of the answer."""
        head = self._read(lambda: "\r\n\r\n" in self.text).split("\r\n\r\n")[0]
        return next(
            (line.split(": ", 1)[1] for line in head.split("\r\n") if line.startswith(f"{name}: ")), ""
        )

    def until(self, true: Callable[[object], bool]) -> object:
        """Wait for an event whose data fulfils this; earlier ones do not count twice."""
        at = len(self.events)
        self._read(lambda: any(true(data) for *_, data in self.events[at:]) or self.over)
        return next(data for *_, data in self.events[at:] if true(data))

    def next(self) -> tuple[str, str, object]:
        """Wait for the next event."""
        at = len(self.events)
        self._read(lambda: len(self.events) > at or self.over)
        return self.events[at]

    def wait_for_end(self) -> None:
        """Wait until the other side ends the stream."""
        self._read(lambda: self.over)

    def _read(self, true: Callable[[], bool]) -> str:
        ends = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < ends, self.text[-500:]
            self.line.settimeout(max(0.01, ends - time.monotonic()))
            data = self.line.recv(65536).decode()
            self.over = self.over or not data or data.endswith("0\r\n\r\n")
            self.text += data
            self._parse()
        return self.text

    def _parse(self) -> None:
        body = "".join(line for line in self.text.split("\r\n") if not _is_size(line))
        blocks = [block for block in body.split("\n\n")[:-1] if "data: " in block]
        for block in blocks[len(self.events) :]:
            lines = block[block.rindex("id: ") :].split("\n")
            fields = dict(line.split(": ", 1) for line in lines)
            self.events.append((fields["id"], fields.get("event", ""), json.loads(fields["data"])))


def _is_size(line: str) -> bool:
    return len(line) < 8 and all(sign in "0123456789ABCDEFabcdef" for sign in line)


@dataclass(frozen=True, slots=True)
class Live:
    """A running live process."""

    process: subprocess.Popen[bytes]
    port: int
    lines: list[socket.socket] = field(default_factory=list)

    def open(
        self, path: str, cookie: str, *, origin: str | None = ORIGIN, method: str = "GET", **more: str
    ) -> Page:
        """Ask for a stream as a page of that origin does."""
        headers = {"Host": "127.0.0.1", "Cookie": f"other=1; huifang={cookie}", **more}
        if origin is not None:
            headers["Origin"] = origin
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        line = socket.create_connection(("127.0.0.1", self.port))
        line.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode())
        self.lines.append(line)
        return Page(line)


@contextlib.contextmanager
def running(home: Path, port: int = 0, parent: int = 0) -> Iterator[Live]:
    """A live process over the ledger of a home; it ends with the block."""
    port = port or free_port()
    environ = os.environ | {"HUIFANG_HOME": str(home), "HUIFANG_PUBLIC_URL": ORIGIN, "HUIFANG_CLOCK": ""}
    command = [sys.executable, "-m", "ivr.live", "127.0.0.1", str(port), str(parent or os.getpid())]
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            await_port(port)
            yield (live := Live(process, port))
        finally:
            process.terminate()
            process.wait(10)
    for line in live.lines:
        line.close()


def await_port(port: int) -> None:
    """Wait until somebody listens there."""
    ends = time.monotonic() + PATIENCE
    while not listens(port):
        assert time.monotonic() < ends
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
