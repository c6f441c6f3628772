"""Connection overrides in a webhook URL's fragment: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag

from exchange.numerals import is_whole

TOTAL_MS = 15_000
"""No webhook of a call may take longer, retries included."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """How one webhook is tried: milliseconds to connect, to read and in all, retries and what is retried."""

    connect_ms: int = 5000
    read_ms: int = 15_000
    total_ms: int = TOTAL_MS
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    def retried(self, failure: str) -> bool:
        """Whether a failure (ct, rt, 4xx or 5xx) is tried again."""
        return failure in self.policy or "all" in self.policy


_LIMITS = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, TOTAL_MS), "rc": (0, 5)}


def split(url: str) -> tuple[str, Overrides]:
    """The URL without its fragment, and what the fragment asks; a value out of range is ignored."""
    bare, fragment = urldefrag(url)
    if not fragment:
        return bare, Overrides()
    given = {name: values[-1] for name, values in parse_qs(fragment).items()}
    numbers = {name: _number(name, given.get(name)) for name in _LIMITS}
    policy = frozenset(given["rp"].split(",")) if "rp" in given else frozenset({"ct"})
    return bare, Overrides(
        5000 if numbers["ct"] is None else numbers["ct"],
        15_000 if numbers["rt"] is None else numbers["rt"],
        TOTAL_MS if numbers["tt"] is None else numbers["tt"],
        1 if numbers["rc"] is None else numbers["rc"],
        policy,
    )


def _number(name: str, text: str | None) -> int | None:
    low, high = _LIMITS[name]
    if text is None or not is_whole(text) or not low <= int(text) <= high:
        return None
    return int(text)
