"""Post a message: taken, not now, or never. Nothing of the body or the address is ever logged."""

from __future__ import annotations

import urllib3

from dialer.results.message import Message
from dialer.results.targets import Target

TIMEOUT = urllib3.Timeout(connect=5, read=10)
TAKEN = ""


class Post:
    """Connections to the targets, kept open; redirects are not followed, as they would lead elsewhere."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    def send(self, target: Target, message: Message) -> str:
        """Say what went wrong: nothing (`TAKEN`), a status like `503`, or the kind of failure."""
        try:
            answer = self._pool.request(
                "POST", target.url, body=message.body, headers=dict(message.headers), redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        return TAKEN if 200 <= answer.status < 300 else str(answer.status)

    def close(self) -> None:
        """Close what is open."""
        self._pool.clear()
