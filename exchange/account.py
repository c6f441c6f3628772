"""The one account of an exchange: whose requests it takes and with which key it signs."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

API_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its main token and one API key."""

    sid: str
    auth_token: str
    api_key: str
    api_secret: str

    @property
    def uri(self) -> str:
        """Where the account's resources begin."""
        return f"/{API_VERSION}/Accounts/{self.sid}"

    def admits(self, user: str, password: str) -> bool:
        """Whether these credentials are the account's: SID and token, or API key and secret."""
        pairs = ((self.sid, self.auth_token), (self.api_key, self.api_secret))
        return any(_same(user, name) and _same(password, word) for name, word in pairs)


def sid(prefix: str) -> str:
    """A fresh SID of this kind; never seeded, so that two runs never name two calls alike."""
    return prefix + secrets.token_hex(16)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
