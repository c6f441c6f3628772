"""All the tabs: one that lost its connection is waited for, and its call goes on meanwhile."""

from __future__ import annotations

import asyncio

from aiohttp import web

from exchange.board import Board
from exchange.phone.tab import Send, Tab

PATIENCE = 8.0
"""Seconds a tab may be gone, as while its page is loaded anew."""


class Tabs:
    """The tabs by the secret names they gave themselves."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._tabs: dict[str, Tab] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}

    def come(self, name: str, send: Send) -> Tab:
        """The tab of this name, with the call it had, or a new one."""
        if name in self._leaving:
            self._leaving.pop(name).cancel()
        tab = self._tabs.setdefault(name, Tab(self._board, send, self._show))
        if tab.send is not None and tab.send is not send:
            tab.send({"type": "refused", "reason": "elsewhere"})
        tab.send = send
        return tab

    def lose(self, name: str, send: Send) -> None:
        """The connection is gone; nothing happens when the tab has a newer one."""
        tab = self._tabs.get(name)
        if tab is not None and tab.send is send:
            tab.send = None
            self._leaving[name] = asyncio.get_running_loop().call_later(PATIENCE, self._forget, name)

    def _forget(self, name: str) -> None:
        del self._leaving[name]
        self._tabs.pop(name).leave()

    def _show(self) -> None:
        """Somebody signed in or out: everybody sees who can be called."""
        for tab in self._tabs.values():
            tab.show()

    async def close(self) -> None:
        """Ends every sound; the exchange ends."""
        for timer in self._leaving.values():
            timer.cancel()
        await asyncio.gather(*(tab.be_quiet() for tab in self._tabs.values()))


TABS = web.AppKey("tabs", Tabs)
"""Where the handlers find the tabs."""
