"""Passwords: argon2id with OWASP's parameters, and the few rules that help."""

from __future__ import annotations

import secrets
from functools import cache
from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger.people import User

SHORTEST, LONGEST = 10, 200
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody confuses on paper."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_ONE_BY_ONE = Semaphore(1)
"""A crowd at the door must not take the processor from the customers' calls."""


def hashed(password: str) -> str:
    """The hash to be kept."""
    with _ONE_BY_ONE:
        return _HASHER.hash(password)


def fits(password: str, kept: str) -> bool:
    """Whether it is the password of this hash; '' is nobody's hash and takes just as long."""
    try:
        with _ONE_BY_ONE:
            return _HASHER.verify(kept or _nobodys(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def temporary() -> str:
    """A first password, to be changed at the first log-in: twelve characters in groups of four."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


def objection(password: str, user: User) -> str:
    """Why a new password will not do, as the key of a text; '' where it will."""
    if len(password) < SHORTEST:
        return "account.too_short"
    if len(password) > LONGEST:
        return "account.too_long"
    own = {user.name, user.full_name, user.staff_no}
    if password.strip().casefold() in {name.casefold() for name in own}:
        return "account.own_name"
    return ""


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe())
