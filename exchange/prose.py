"""What happened on a call, as lines to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

Shown = Mapping[str, object]


def told(entries: Iterable[Shown], dropped: int = 0) -> str:
    """The whole trace."""
    lines = [f"({dropped} earlier entries were dropped)"] if dropped else []
    for entry in entries:
        lines += [line(entry), *details(entry)]
    return "\n".join(lines) + "\n"


def line(entry: Shown) -> str:
    """What happened, in one line."""
    at = entry["at"]
    moment = datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-3] if isinstance(at, float) else ""
    kind = str(entry["kind"])
    return f"{moment}  {kind:<12}  {_SAID.get(kind, _plain)(entry)}".rstrip()


def details(entry: Shown) -> Iterator[str]:
    """What was sent and answered, indented."""
    for name, value in _pairs(entry.get("headers")):
        yield f"    > {name}: {value}"
    for name, value in parse_qsl(str(entry.get("body") or ""), keep_blank_values=True):
        yield f"    > {name} = {value}"
    for name, value in _pairs(entry.get("answer_headers")):
        yield f"    < {name}: {value}"
    for text in str(entry.get("answer") or "").splitlines():
        yield f"    < {text}"


def _pairs(value: object) -> Iterable[tuple[str, str]]:
    return value.items() if isinstance(value, Mapping) else ()


def _request(entry: Shown) -> str:
    what = entry.get("webhook") or "api"
    ms = "" if entry.get("real_ms") is None else f", {entry['real_ms']} ms"
    outcome = entry.get("failure") or entry.get("status") or "no answer yet"
    fault = f" [{entry['fault']} by the faults file]" if entry.get("fault") else ""
    return f"{what}: {entry['method']} {entry['url']} -> {outcome}{ms}{fault}"


def _verb(entry: Shown) -> str:
    return " ".join(
        [f"<{entry['verb']}>", *(f"{name}={value}" for name, value in _pairs(entry["attributes"]))]
    )


def _notification(entry: Shown) -> str:
    return f"{entry['level']} {entry['code']}: {entry['message']}"


def _plain(entry: Shown) -> str:
    known = ("number", "at", "call", "kind")
    return " ".join(str(value) for name, value in entry.items() if name not in known and value != "")


_SAID: Mapping[str, Callable[[Shown], str]] = {
    "webhook": _request,
    "rest": _request,
    "verb": _verb,
    "notification": _notification,
}
