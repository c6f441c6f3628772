"""A phone page that is no browser: the messages of its WebSocket, sent and seen by a test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol
from uuid import uuid4

import aiohttp
import pytest
from exchange_studio import ACCOUNT, Line

from exchange.phone.access import ticket

Message = dict[str, Any]


class Page:
    """One connection, and everything the exchange told it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.told: list[Message] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._session: aiohttp.ClientSession | None = None
        self._reading: asyncio.Task[None] | None = None

    def open(self, headers: dict[str, str]) -> None:
        self._run(self._open(headers))

    async def _open(self, headers: dict[str, str]) -> None:
        self._session = aiohttp.ClientSession()
        url = f"{self._line.board.base_url}/phone/socket"
        self._socket = await self._session.ws_connect(url, headers=headers)
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        assert self._socket is not None
        async for message in self._socket:
            self.told.append(message.json())
        self.told.append({"type": "closed", "code": self._socket.close_code})

    def send(self, kind: str, **more: object) -> None:
        self.send_text({"type": kind, **more})

    def send_text(self, message: object) -> None:
        assert self._socket is not None
        if isinstance(message, str):
            self._run(self._socket.send_str(message))
        else:
            self._run(self._socket.send_json(message))

    def close(self) -> None:
        self._run(self._close())

    async def _close(self) -> None:
        if self._socket is not None and self._reading is not None:
            await self._socket.close()
            await self._reading
        if self._session is not None:
            await self._session.close()

    @property
    def state(self) -> Message:
        return next((one for one in reversed(self.told) if one["type"] == "state"), {})

    @property
    def stage(self) -> str:
        return str((self.state.get("call") or {}).get("stage", ""))

    def told_of(self, kind: str) -> list[Message]:
        return [one for one in self.told if one["type"] == kind]

    def captions(self, who: str = "them") -> list[str]:
        said = [one["caption"] for one in self.told_of("caption")]
        return [one["text"] for one in said if one["who"] == who]

    def until(self, test: Any) -> None:
        self._line.until(test)

    def reaches(self, stage: str) -> None:
        self.until(lambda: self.stage == stage)

    def ended(self) -> str:
        """How the call ended."""
        self.until(lambda: self.told_of("ended") and not self.stage)
        return str(self.told_of("ended")[-1]["call"]["status"])

    def refused(self) -> str:
        self.until(lambda: self.told_of("refused"))
        return str(self.told_of("refused")[-1]["reason"])

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._line.loop).result(10)


class Open(Protocol):
    def __call__(self, line: Line, number: str = "", **more: Any) -> Page: ...


@pytest.fixture
def phone(studio: object) -> Iterator[Open]:
    """Opens pages: `phone(line, "+86…")` is one that is signed in there."""
    with ExitStack() as stack:

        def start(
            line: Line,
            number: str = "",
            *,
            shows: str | None = None,
            tab: str | None = None,
            headers: dict[str, str] | None = None,
        ) -> Page:
            page = Page(line)
            stack.callback(page.close)
            page.open(headers or {})
            page.send("hello", ticket=ticket(ACCOUNT) if shows is None else shows, tab=tab or str(uuid4()))
            if number:
                page.until(lambda: page.state)
                page.send("sign_in", number=number)
                page.until(lambda: page.state.get("number"))
            return page

        yield start
