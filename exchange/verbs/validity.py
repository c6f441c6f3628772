"""What TwiML's schema would complain of; the call goes on all the same.

https://www.twilio.com/docs/api/errors/12200: an element or attribute nobody knows, or in the wrong place, is
passed over; a value that makes no sense counts as not given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.document import Element
from exchange.verbs import VERBS
from exchange.verbs.schema import SCHEMA_WARNING, TWIML, Grammar

_NOT_PERFORMED = 13750  # "Twiml verb not supported by this API version"
_ERRORS = frozenset({13231, 13239, 13338, 13621, 13750, 14201, 14206, 14210, 14300, 16002})
"""The codes below that Twilio's dictionary calls errors; the others are warnings."""

_LONGEST_SAY = 4096


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a document, with Twilio's code."""

    code: int
    text: str

    @property
    def level(self) -> str:
        """Whether Twilio's dictionary calls it an error or a warning."""
        return "error" if self.code in _ERRORS else "warning"


def faults(response: Element) -> Iterator[Fault]:
    """Everything wrong with a document, in the order it was written."""
    yield from _faults(response)
    for verb in response.children():
        if verb.name in TWIML["Response"].holds and verb.name not in VERBS:
            yield Fault(_NOT_PERFORMED, f"<{verb.name}> is not performed by this exchange: passed over")


def _faults(element: Element) -> Iterator[Fault]:
    grammar = TWIML[element.name]
    if grammar.anything:
        return
    yield from _of_attributes(element, grammar)
    yield from _of_words(element, grammar)
    for nested in element.children():
        if nested.name in grammar.holds:
            yield from _faults(nested)
        elif not (nested.name.startswith("amazon:") and grammar is not TWIML["Response"]):
            yield Fault(grammar.misplaced, _misplaced(element, nested, grammar))


def _of_attributes(element: Element, grammar: Grammar) -> Iterator[Fault]:
    for name, value in element.attributes.items():
        if name == "xmlns" or ":" in name:
            continue
        attribute = grammar.attributes.get(name)
        if attribute is None:
            yield Fault(SCHEMA_WARNING, f"<{element.name}> has no attribute {name!r}")
        elif not attribute.pattern.fullmatch(value.strip()):
            wanted = f"{attribute.wanted} is wanted, its default is used"
            yield Fault(attribute.code, f"<{element.name}> {name}: {wanted}")
    for name in grammar.needs:
        if name not in element.attributes:
            yield Fault(SCHEMA_WARNING, f"<{element.name}> needs the attribute {name!r}")


def _of_words(element: Element, grammar: Grammar) -> Iterator[Fault]:
    if not grammar.words and any(isinstance(piece, str) and piece.strip() for piece in element.content):
        yield Fault(SCHEMA_WARNING, f"<{element.name}> may hold no text of its own: passed over")
    if element.name != "Say":
        return
    length = len(element.text())
    if not length and not any(element.children()):
        yield Fault(13520, "<Say> has nothing to say")
    elif length > _LONGEST_SAY:
        yield Fault(13521, f"<Say> has more than {_LONGEST_SAY} characters")


def _misplaced(element: Element, nested: Element, grammar: Grammar) -> str:
    expected = (
        f"One of '{{{', '.join(grammar.holds)}}}' is expected." if grammar.holds else "None is expected."
    )
    return f"<{element.name}>: invalid content was found starting with element '{nested.name}'. {expected}"
