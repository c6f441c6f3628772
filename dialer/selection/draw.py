"""Draws by lot that anybody can repeat: each contact's lot is a digest of the seed and its own number alone.

So another contact more or less changes nobody else's lot (S002-69).
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

METHOD = "sha256"
LOTS = 2**63


def lot(seed: str, key: str) -> int:
    """The lot of a policy or claim number: 63 bits of SHA-256 over seed, newline, number."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{key}".encode()).digest()[:8]) >> 1


def is_drawn(seed: str, key: str, rate: Decimal) -> bool:
    """Whether a sample of this rate takes it: a higher rate takes all that a lower one does, and more."""
    return lot(seed, key) < rate * LOTS
