"""Numbers as the fields of requests and the attributes of TwiML write them."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"[0-9]{1,9}")  # longer ones are a mistake, and cost memory


def is_whole(text: str) -> bool:
    """Whether the text is a whole number from 0 on."""
    return _WHOLE.fullmatch(text) is not None
