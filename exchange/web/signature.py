"""Twilio's request signature: https://www.twilio.com/docs/usage/security."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

Params = Iterable[tuple[str, str]]


def sign(token: str, url: str, params: Params) -> str:
    """The `X-Twilio-Signature` of a request: the URL, then every name and value in order of name."""
    text = signed_url(url) + "".join(f"{name}{value}" for name, value in sorted(set(params)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def sign_json(token: str, url: str, body: bytes) -> tuple[str, str]:
    """The URL to which a JSON body is sent, which carries the body's hash, and its signature."""
    joint = "&" if "?" in url else "?"
    hashed = f"{url}{joint}bodySHA256={hashlib.sha256(body).hexdigest()}"
    return hashed, sign(token, hashed, ())


def signed_url(url: str) -> str:
    """The URL that is signed: never with a password, over HTTPS without its port as well (voice)."""
    if "@" not in url and not url.startswith("https:"):
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https":
        host = host.removesuffix(f":{parts.port}")
    return url.replace(parts.netloc, host, 1)
