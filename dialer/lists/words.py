"""Cells as text: width, blanks, and the words by which systems write "nothing"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOTHING = frozenset({"", "null", "none", "nan", "nil", "n/a", "#n/a", "\\n", "-", "--", "/", "(null)"})
_LONGEST_NOTHING = max(map(len, _NOTHING))


def clean(cell: str) -> str:
    """The cell without invisible signs and outer blanks; empty where a system wrote NULL or the like."""
    text = cell if cell.isprintable() else _INVISIBLE.sub("", cell)
    text = text.strip()
    return "" if len(text) <= _LONGEST_NOTHING and text.lower() in _NOTHING else text


def plain(text: str) -> str:
    """The text with full-width digits, letters and signs as ordinary ones."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


@lru_cache(maxsize=4096)
def header(text: str) -> str:
    """A header or a name of a product in the form in which it is compared: width and blanks do not matter."""
    return re.sub(r"\s|\*", "", plain(clean(text)))
