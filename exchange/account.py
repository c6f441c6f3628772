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
        """Whether these credentials are the account's SID and token; API keys are the directory's."""
        return same(user, self.sid) and same(password, self.auth_token)


def sid(prefix: str) -> str:
    """A fresh SID of this kind; never seeded, so that two runs never name two calls alike."""
    return prefix + secrets.token_hex(16)


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, told in a time that does not depend on where they differ."""
    return hmac.compare_digest(given.encode(), wanted.encode())
