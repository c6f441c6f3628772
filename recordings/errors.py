"""What can go wrong with recordings.

RecordingsError
├── Unfetched      the carrier did not give the audio now
│   └── Unasked    and not for the recording's own sake: credentials, a full disk
├── Unsound        the audio is not what was announced
└── Misnamed       the carrier's name of a recording cannot be a file name
"""

from __future__ import annotations


class RecordingsError(Exception):
    """Anything that keeps a recording from being stored."""


class Unfetched(RecordingsError):
    """The carrier did not give the audio now; asking later may help."""


class Unasked(Unfetched):
    """The audio could not be had for a reason that lies on our side, so it is never given up."""


class Unsound(RecordingsError):
    """The audio is not what was announced: cut short, mono, empty or no audio at all."""


class Misnamed(RecordingsError):
    """The carrier's name of a recording cannot be a file name."""
