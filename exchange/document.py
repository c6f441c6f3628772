"""A TwiML document as plain elements; no DTD, no entities, no namespaces."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from exchange.errors import DocumentError

BODY_LIMIT = 64 * 1024
"""A longer answer is error 11750."""

_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][\w.:-]*)""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "utf-8"}
"""Charsets that are often named when a larger one is meant, as browsers know."""

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


def parse(body: str | bytes, charset: str = "") -> Element:
    """The `<Response>` of a document; errors 12100 (not XML) and 12102 (another root)."""
    text = body if isinstance(body, str) else decoded(body, charset)
    builder = _Builder()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(text.lstrip("\ufeff \t\r\n"), True)
    except (ExpatError, ValueError) as error:
        raise DocumentError(12100, f"document parse failure: {error}") from error
    return builder.response()


def decoded(body: bytes, charset: str = "") -> str:
    """The text of a body: by its byte order mark, else the charset given, its XML declaration, or UTF-8."""
    declared = _DECLARED.match(body)
    names = [charset, declared[1].decode() if declared else "", "utf-8"]
    if marked := next((name for mark, name in _MARKS if body.startswith(mark)), ""):
        names = [marked]
    for name in filter(None, names):
        try:
            return body.decode(_SUPERSETS.get(name.lower(), name))
        except (LookupError, UnicodeError):
            continue
    raise DocumentError(12100, "document parse failure: the text is not in its charset")


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
