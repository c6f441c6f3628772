"""Logging in at an application that asks for a password, by Basic or Digest authentication.

https://www.twilio.com/docs/usage/security#http-authentication: the first request has no `Authorization`;
after a 401 the same request is made with one, and the call stays logged in.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_FIELD = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and a password."""

    user: str
    password: str


@dataclass(slots=True)
class Login:
    """What a server asked for, and how often it was answered."""

    credentials: Credentials
    challenge: str
    count: int = 0

    def authorization(self, method: str, uri: str) -> str:
        """The `Authorization` of the next request; nothing for a scheme nobody knows."""
        scheme, _, rest = self.challenge.partition(" ")
        self.count += 1
        if scheme.lower() == "basic":
            return _basic(self.credentials)
        if scheme.lower() == "digest":
            return _digest(self.credentials, _fields(rest), method, uri, count=self.count)
        return ""


def credentials_in(url: str) -> tuple[str, Credentials | None]:
    """The URL without the user and password in it, and those."""
    netloc = urlsplit(url).netloc
    named, at, host = netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = named.partition(":")
    return url.replace(netloc, host, 1), Credentials(unquote(user), unquote(password))


def origin(url: str) -> str:
    """The server a login is for: scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _basic(credentials: Credentials) -> str:
    text = f"{credentials.user}:{credentials.password}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def _fields(text: str) -> dict[str, str]:
    return {name.lower(): quoted or plain for name, quoted, plain in _FIELD.findall(text)}


def _digest(credentials: Credentials, asked: dict[str, str], method: str, uri: str, *, count: int) -> str:
    """RFC 7616, with the quality of protection `auth` where the server offers it."""
    algorithm = asked.get("algorithm", "MD5")
    hashed = _HASHES.get(algorithm.upper())
    if hashed is None:
        return ""
    realm, nonce, client = asked.get("realm", ""), asked.get("nonce", ""), secrets.token_hex(8)
    protects = "auth" in re.split(r"[\s,]+", asked.get("qop", ""))

    def digest(*parts: str) -> str:
        return hashed(":".join(parts).encode()).hexdigest()

    secret = digest(credentials.user, realm, credentials.password)
    middle = (f"{count:08x}", client, "auth") if protects else ()
    fields = {
        "username": credentials.user,
        "realm": realm,
        "nonce": nonce,
        "uri": uri,
        "response": digest(secret, nonce, *middle, digest(method, uri)),
    }
    if "opaque" in asked:
        fields["opaque"] = asked["opaque"]
    written = [f'{name}="{value}"' for name, value in fields.items()] + [f"algorithm={algorithm}"]
    if protects:
        written += ["qop=auth", f"nc={count:08x}", f'cnonce="{client}"']
    return f"Digest {', '.join(written)}"
