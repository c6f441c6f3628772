"""Twilio's request signature: https://www.twilio.com/docs/usage/security."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

Params = Iterable[tuple[str, str]]


def sign(token: str, url: str, params: Params) -> str:
    """The `X-Twilio-Signature` of a request: the URL, then every name and value in order of name."""
    text = url + "".join(f"{name}{value}" for name, value in sorted(set(params)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
