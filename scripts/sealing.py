"""Digits that only whoever chose them knows: what is kept of them is a hash."""

from __future__ import annotations

import hashlib

DIGITS = 6
"""The length of a pass code."""
SALT = "seal"
"""The fact that holds the salt of a call."""


def sealed(digits: str, salt: str) -> str:
    """What is kept of a pass code; the same digits and salt always give the same."""
    key = hashlib.scrypt(digits.encode(), salt=salt.encode(), n=4096, r=8, p=1, dklen=16)
    return f"scrypt:{key.hex()}"
