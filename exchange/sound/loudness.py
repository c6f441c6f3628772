"""Where something is heard in live sound."""

from __future__ import annotations

import numpy as np

from exchange.sound.clip import RATE, Samples

_FRAME = RATE // 50
_LEAST = 100.0  # root mean square; quieter than -50 dBFS counts as silence


def heard_between(samples: Samples) -> tuple[float, float] | None:
    """The first and the last second at which something is heard."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    loud = np.flatnonzero(np.sqrt(np.mean(np.square(frames, dtype=np.float32), axis=1)) > _LEAST)
    if not len(loud):
        return None
    return float(loud[0]) * _FRAME / RATE, float(loud[-1] + 1) * _FRAME / RATE
