"""Where the live sound of finished recordings is kept: in files that go with their recording."""

from __future__ import annotations

import tempfile
import weakref
from pathlib import Path

import numpy as np

from exchange.sound.clip import Clip, Part, Samples, joined

MOST_BYTES = 4 * 1024**3
"""More live sound is not kept: about 70 hours."""


class Reel:
    """One file of sound; it is deleted when nobody holds the reel any more."""

    def __init__(self, path: Path, samples: Samples) -> None:
        self._path, self.length = path, len(samples)
        samples.tofile(path)

    def load(self) -> Samples:
        """The samples."""
        return np.fromfile(self._path, np.int16)


class Reels:
    """The reels of one exchange."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._made = 0
        self.bytes = 0

    def keep(self, samples: Samples) -> Clip:
        """Puts live sound on a new reel."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="exchange-")
        self._made += 1
        path = Path(self._folder.name) / f"{self._made}.pcm"
        reel = Reel(path, samples)
        self.bytes += samples.nbytes
        weakref.finalize(reel, self._drop, path, samples.nbytes).atexit = False
        return joined([Part(reel.length, reel.load)], "kept")

    def close(self) -> None:
        """Deletes everything."""
        if self._folder is not None:
            self._folder.cleanup()

    def _drop(self, path: Path, size: int) -> None:
        self.bytes -= size
        path.unlink(missing_ok=True)
