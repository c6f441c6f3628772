"""What went wrong on calls, as Twilio's debugger would show it."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from exchange.account import sid
from exchange.web.masking import without_password

if TYPE_CHECKING:
    from exchange.journal import Journal

_KEPT = 5000
BODY_KEPT = 4000
"""Bytes of an answer that are kept: five thousand notifications must not fill the memory."""

_SHOWN = ("at", "call_sid", "code", "level", "message", "url", "sid")
_logger = logging.getLogger("exchange")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to an application and its answer; `body` is no more than the beginning of the answer."""

    method: str = ""
    variables: Sequence[tuple[str, str]] = ()
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


NOWHERE = Visit()
"""No request was made."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One error or warning of a call: https://www.twilio.com/docs/usage/api/notification."""

    at: float
    call_sid: str
    code: int
    level: str
    message: str
    url: str
    visit: Visit = NOWHERE
    sid: str = field(default_factory=lambda: sid("NO"))

    @property
    def log(self) -> str:
        """Twilio's number of the level: 0 for an error, 1 for a warning."""
        return "0" if self.level == "error" else "1"

    @property
    def more_info(self) -> str:
        """Where Twilio explains the code."""
        return f"https://www.twilio.com/docs/errors/{self.code}"

    @property
    def message_text(self) -> str:
        """What happened, as a query string: the form Twilio's debugger has it in."""
        level = "ERROR" if self.level == "error" else "WARN"
        said = [("LogLevel", level), ("Msg", self.message), ("ErrorCode", str(self.code))]
        return urlencode(said + ([("url", self.url)] if self.url else []))

    @property
    def request_url(self) -> str:
        """The address that was asked."""
        return self.url

    @property
    def request_method(self) -> str:
        """How it was asked."""
        return self.visit.method

    @property
    def request_variables(self) -> str:
        """What it was sent, as a query string."""
        return urlencode(self.visit.variables)

    @property
    def response_headers(self) -> str:
        """The headers of its answer."""
        return urlencode(self.visit.headers)

    @property
    def response_body(self) -> str:
        """The beginning of its answer."""
        return self.visit.body.decode("utf-8", "replace")


class Log:
    """The last notifications, and counters of everything."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.notifications: deque[Notification] = deque(maxlen=_KEPT)
        self.counts: Counter[str] = Counter()

    def notify(self, notification: Notification) -> None:
        """Keeps a notification, also in the call's trace, without passwords.

        Only its code goes to the log file, for URLs and texts may be private.
        """
        notification = replace(notification, url=without_password(notification.url))
        facts = {name: getattr(notification, name) for name in ("code", "level", "message", "url")}
        self._journal.note(notification.call_sid, "notification", **facts)
        self.notifications.append(notification)
        self.counts[f"notification {notification.code}"] += 1
        _logger.info("%s: %s %d", notification.call_sid, notification.level, notification.code)

    def listing(self, call_sid: str | None = None) -> list[dict[str, object]]:
        """The notifications without what was sent and answered, of one call if it is named."""
        return [
            {name: getattr(one, name) for name in _SHOWN}
            for one in self.notifications
            if call_sid in (None, one.call_sid)
        ]
