"""G.711 mu-law, the one form of sound every browser must take (RFC 7874)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exchange.sound.clip import Samples

_BIAS, _LOUDEST = 132, 32_635


def encode(samples: Samples) -> bytes:
    """One byte for each sample."""
    return _TABLE[samples.view(np.uint16)].tobytes()


def _table() -> NDArray[np.uint8]:
    """The byte of each of the 65,536 samples, read as an unsigned number (ITU-T G.711, table 2a)."""
    samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(samples < 0, 0x80, 0)
    size = np.minimum(np.abs(samples), _LOUDEST) + _BIAS
    exponent = np.floor(np.log2(size)).astype(np.int32) - 7
    mantissa = (size >> (exponent + 3)) & 0x0F
    codes: NDArray[np.uint8] = (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8)
    return codes


_TABLE = _table()
