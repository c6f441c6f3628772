"""Connection overrides in a webhook URL's fragment.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag

from exchange.errors import WebhookError
from exchange.numerals import is_whole

TOTAL_MS = 15_000
"""No webhook of a call may take longer, retries included."""

_IX = ("ashburn", "frankfurt", "london", "san-jose", "singapore", "sydney", "tokyo")
EDGES = frozenset(
    {"ashburn", "dublin", "frankfurt", "roaming", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla"}
    | {f"{place}-ix" for place in _IX}
)
"""Twilio's edge locations: https://www.twilio.com/docs/global-infrastructure/edge-locations."""

_POLICIES = frozenset({"4xx", "5xx", "ct", "rt", "all"})


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
_DEFAULTS = {"ct": 5000, "rt": 15_000, "tt": TOTAL_MS, "rc": 1}


def split(url: str) -> tuple[str, Overrides]:
    """The URL without its fragment, and what the fragment asks; a number out of range is ignored.

    Errors 11240 (no such edge) and 11243 (no such retry policy). The edges are otherwise without effect,
    and so is `sni`: here every request leaves from the same place and names its server.
    """
    try:
        bare, fragment = urldefrag(url.strip())
    except ValueError as error:
        raise WebhookError(11100, url, "the URL is not usable") from error
    if not fragment:
        return bare, Overrides()
    given = {name: values[-1] for name, values in parse_qs(fragment).items()}
    edges = given.get("e", "").split(",") if given.get("e") else []
    if not EDGES.issuperset(edges):
        raise WebhookError(11240, bare, f"e={given['e']}: no edge location of Twilio")
    policy = frozenset(given.get("rp", "ct").split(","))
    if not policy <= _POLICIES:
        raise WebhookError(11243, bare, f"rp={given['rp']}: use 4xx, 5xx, ct, rt or all")
    connect, read, total, retries = (_number(name, given.get(name)) for name in _LIMITS)
    return bare, Overrides(connect, read, total, max(retries, len(edges) - 1), policy)


def _number(name: str, text: str | None) -> int:
    low, high = _LIMITS[name]
    if text is None or not is_whole(text) or not low <= int(text) <= high:
        return _DEFAULTS[name]
    return int(text)
