"""What TwiML's schema would complain of; the call goes on all the same (warning 12200)."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.document import Element
from exchange.numerals import is_whole
from exchange.verbs import VERBS

_UNSUPPORTED = frozenset(
    {
        "Conference",
        "Queue",
        "Refer",
        "Pay",
        "Connect",
        "Start",
        "Stop",
        "Sms",
        "Prompt",
        "Siprec",
    }
)
_NUMBERS = frozenset({"loop", "length", "numDigits", "maxLength"})


def complaints(element: Element) -> Iterator[str]:
    """One sentence for each thing wrong with a verb."""
    verb = VERBS.get(element.name)
    if verb is None:
        known = element.name in _UNSUPPORTED
        yield f"<{element.name}> is {'not supported here' if known else 'no verb of TwiML'}: skipped"
        return
    for name, value in element.attributes.items():
        if name not in verb.attributes:
            yield f"<{element.name}> has no attribute {name!r}"
        elif name in _NUMBERS and not is_whole(value):
            yield f"<{element.name}> {name}: a whole number is wanted, its default is used"
    for nested in element.children():
        if nested.name in verb.nested:
            yield from complaints(nested)
