"""What went wrong on calls, as Twilio's debugger would show it."""

from __future__ import annotations

import logging
from collections import Counter, deque
from dataclasses import asdict, dataclass

_KEPT = 5000
_logger = logging.getLogger("exchange")


@dataclass(frozen=True, slots=True)
class Notification:
    """One error or warning of a call."""

    at: float
    call_sid: str
    code: int
    level: str
    message: str
    url: str


class Log:
    """The last notifications, and counters of everything."""

    def __init__(self) -> None:
        self.notifications: deque[Notification] = deque(maxlen=_KEPT)
        self.counts: Counter[str] = Counter()

    def notify(self, notification: Notification) -> None:
        """Keeps a notification; only its code goes to the log file, for URLs and texts may be private."""
        self.notifications.append(notification)
        self.counts[f"notification {notification.code}"] += 1
        _logger.info("%s: %s %d", notification.call_sid, notification.level, notification.code)

    def listing(self, call_sid: str | None = None) -> list[dict[str, object]]:
        """The notifications, of one call if it is named."""
        return [asdict(one) for one in self.notifications if call_sid in (None, one.call_sid)]
