"""Texts: the words of a script, cut once at their placeholders and between statement and question."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_SENTENCE = re.compile(r"[^。！？!?]*[。！？!?]+[”’』」）]*|[^。！？!?]+$")


@dataclass(frozen=True, slots=True)
class Text:
    """Words around values: `pieces` has one more member than `names`.

    `statement` is everything before the last question, `question` the rest; their names, one after the other,
    are `names`. A performer lets the customer interrupt the question of a mandatory step, not its statement.
    """

    pieces: tuple[str, ...]
    names: tuple[str, ...]
    digest: str
    statement: Text | None = None
    question: Text | None = None

    def spoken(self, values: tuple[str, ...]) -> str:
        """The text with its values in place."""
        parts = [self.pieces[0]]
        for value, piece in zip(values, self.pieces[1:], strict=True):
            parts += (value, piece)
        return "".join(parts)


def cut(words: str) -> Text:
    """The text of words that nobody answers."""
    whole = _plain(words)
    return replace(whole, statement=whole)


def cut_question(words: str) -> Text:
    """The text of words that end in a question (or, without a question mark, in a request)."""
    sentences = _SENTENCE.findall(words)
    asked = [i for i, sentence in enumerate(sentences) if "？" in sentence or "?" in sentence]
    first = asked[-1] if asked else len(sentences) - 1
    statement, question = "".join(sentences[:first]), _plain("".join(sentences[first:]))
    return replace(
        _plain(words),
        statement=_plain(statement) if statement else None,
        question=replace(question, question=question),
    )


def _plain(words: str) -> Text:
    parts = PLACEHOLDER.split(words)
    return Text(tuple(parts[::2]), tuple(parts[1::2]), hashlib.sha256(words.encode()).hexdigest())
