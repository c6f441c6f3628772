"""Cells as text: width, blanks, and the words by which systems write "nothing"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TYPED = re.compile(r'="(.*)"|\'(?=[\d+])(.*)', re.DOTALL)
_MARKS = re.compile(r"\s|[*★☆※]|\((?:必填|必填项|必录|选填|非必填|\*|★)?\)|【必填】|\[必填\]")
_NOTHING = frozenset({"", "null", "none", "nan", "nil", "n/a", "#n/a", "\\n", "-", "--", "/", "(null)"})
_LONGEST_NOTHING = max(map(len, _NOTHING))


def clean(cell: str) -> str:
    """The cell without invisible signs and outer blanks; empty where a system wrote NULL or the like.

    What keeps a spreadsheet from calculating with a number is left out: `="0123"`, `'0123`.
    """
    text = cell if cell.isprintable() else _INVISIBLE.sub("", cell)
    text = text.strip()
    if text[:1] in ("=", "'") and (typed := _TYPED.fullmatch(text)):
        text = (typed[1] or typed[2] or "").strip()
    return "" if len(text) <= _LONGEST_NOTHING and text.lower() in _NOTHING else text


def plain(text: str) -> str:
    """The text with full-width digits, letters and signs as ordinary ones."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


@lru_cache(maxsize=4096)
def header(text: str) -> str:
    """A header or a name of a product in the form in which it is compared.

    Width and blanks do not matter, nor whether a header says that its column must be filled in.
    """
    return _MARKS.sub("", plain(clean(text)))
