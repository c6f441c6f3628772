"""Live sound that is kept in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from exchange_person import tone

from exchange.sound.reel import Reels


def test_what_is_kept_is_what_is_read() -> None:
    reels = Reels()
    clip = reels.keep(tone(400, 1.5))
    (part,) = clip.parts
    assert part.load is not None
    assert np.array_equal(part.load(), tone(400, 1.5))
    assert clip.seconds == 1.5
    reels.close()


def test_a_reel_nobody_holds_is_deleted() -> None:
    reels = Reels()
    kept, dropped = reels.keep(tone(400, 1.0)), reels.keep(tone(500, 2.0))
    folder = Path(reels._folder.name) if reels._folder else Path()
    assert (len(list(folder.iterdir())), reels.bytes) == (2, 48_000)
    del dropped
    assert (len(list(folder.iterdir())), reels.bytes) == (1, 16_000)
    assert kept.seconds == 1.0
    reels.close()
    assert not folder.exists()
