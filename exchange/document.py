"""A TwiML document as plain elements; no DTD, no entities, no namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from exchange.errors import DocumentError

BODY_LIMIT = 64 * 1024
"""A longer answer is error 11750."""

_DEEPEST = 50  # TwiML nests four deep; thousands would exhaust the stack


@dataclass(slots=True)
class Element:
    """One element: its texts and children in the order they were written."""

    name: str
    attributes: dict[str, str]
    content: list[str | Element] = field(default_factory=list)

    def children(self) -> Iterator[Element]:
        """The elements directly inside."""
        return (piece for piece in self.content if isinstance(piece, Element))

    def text(self) -> str:
        """Every text inside, at any depth, without the space around it."""
        pieces = (piece if isinstance(piece, str) else piece.text() for piece in self.content)
        return "".join(pieces).strip()


def parse(body: str | bytes) -> Element:
    """The `<Response>` of a document; errors 12100 (not XML) and 12102 (another root)."""
    builder = _Builder()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(body.lstrip(), True)
    except (ExpatError, ValueError, LookupError) as error:
        raise DocumentError(12100, f"document parse failure: {error}") from error
    return builder.response()


class _Builder:
    def __init__(self) -> None:
        self._root = Element("", {})
        self._open = [self._root]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise DocumentError(12100, f"document parse failure: elements inside {_DEEPEST} others")
        element = Element(name, attributes)
        self._open[-1].content.append(element)
        self._open.append(element)

    def end(self, name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        self._open[-1].content.append(text)

    def doctype(self, *_: object) -> None:
        raise DocumentError(12100, "document parse failure: a document type declaration is refused")

    def response(self) -> Element:
        root = next(self._root.children())
        if root.name != "Response":
            raise DocumentError(12102, f"invalid root element: <{root.name}>, <Response> is wanted")
        return root
