"""An agent's page without a browser: one keep-alive connection, a session, and the desk's document."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

CSRF = re.compile(rb'name="csrf" content="([^"]+)"')
COOKIE = re.compile(rb"(?im)^set-cookie: ([^;\r]+)")


class Refused(Exception):
    """The server answered with something else than 200."""


@dataclass(slots=True)
class Wire:
    """One keep-alive connection; a request at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, head: str, body: str = "") -> tuple[bytes, bytes]:
        """Send a request, give head and body of the answer."""
        data = body.encode()
        size = f"Content-Length: {len(data)}\r\n" if body else ""
        self.writer.write(f"{head}Host: 127.0.0.1\r\n{size}\r\n".encode() + data)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"(?i)content-length: (\d+)", answer)
        content = await self.reader.readexactly(int(found[1])) if found else b""
        if answer[9:12] != b"200":
            raise Refused(f"{answer[9:12].decode()}: {content[:300].decode(errors='replace')}")
        return answer, content


async def connect(port: int) -> Wire:
    """Open a connection to the web process."""
    return Wire(*await asyncio.open_connection("127.0.0.1", port))


@dataclass(slots=True)
class Page:
    """The page of one agent; `latencies` are the milliseconds of each click."""

    wire: Wire
    cookie: str
    digits: str
    csrf: str = ""
    latencies: list[float] = field(default_factory=list)

    async def open(self) -> dict[str, Any]:
        """Load the page and the document."""
        head, content = await self.wire.ask(f"GET /desk HTTP/1.1\r\nCookie: huifang={self.cookie}\r\n")
        token = CSRF.search(content)
        assert token is not None, "the page has no form token"
        self.csrf = token[1].decode()
        if form := COOKIE.search(head):
            self.cookie += f"; {form[1].decode()}"
        return await self.now()

    async def now(self) -> dict[str, Any]:
        """The document of the desk."""
        _, content = await self.wire.ask(f"GET /desk/now HTTP/1.1\r\nCookie: huifang={self.cookie}\r\n")
        return dict(json.loads(content))

    async def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do something; the answer is the document as it is after it."""
        head = (
            f"POST {path} HTTP/1.1\r\n"
            f"Cookie: huifang={self.cookie}\r\nX-CSRF-Token: {self.csrf}\r\n"
            "Content-Type: application/json\r\n"
        )
        _, content = await self.wire.ask(head, json.dumps(body or {}))
        return dict(json.loads(content))

    async def attempt(self, path: str, body: dict[str, Any] | None = None) -> None:
        """Do something that may be too late."""
        with suppress(Refused):
            await self.post(path, body)

    async def click(self, call: dict[str, Any]) -> dict[str, Any]:
        """Answer the step that the document shows."""
        began = time.perf_counter()
        path = f"/desk/calls/{call['id']}/turns/{call['turn'] + 1}"
        document = await self.post(path, answer(call["step"], self.digits))
        self.latencies.append((time.perf_counter() - began) * 1000)
        return document


def answer(step: dict[str, Any], digits: str) -> dict[str, Any]:
    """What an honest customer says, read in full: whatever lets the script go on."""
    offered = [one["category"] for one in step["answers"]]
    if step["input"] == "digits":
        return {"digits": digits, "whole": True}
    if step["input"] == "words":
        return {"words": "没有别的", "choice": "value" if "value" in offered else "", "whole": True}
    good = next(
        (one for one in ("match", "yes", "continue") if one in offered), offered[0] if offered else ""
    )
    return {"choice": good, "whole": True}
