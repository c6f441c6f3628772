"""A sound while it is heard: whoever cuts it cuts it for everybody who hears it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from exchange.sound.clip import Clip


@dataclass(frozen=True, slots=True)
class Sound:
    """A clip, and the words in it."""

    clip: Clip
    words: str = ""


@dataclass(slots=True, eq=False)
class Sounding:
    """A clip that begins at `moment`, heard from second `begins` of it to second `ends`."""

    moment: float
    clip: Clip
    words: str = ""
    begins: float = 0.0
    ends: float = -1.0
    branches: list[Sounding] | None = None

    def __post_init__(self) -> None:
        if self.ends < 0:
            self.ends = self.clip.seconds

    def over(self, now: float) -> bool:
        """Whether nothing more of it will be heard."""
        return now - self.moment >= self.ends

    @property
    def whole(self) -> bool:
        """Whether it is heard to its end."""
        return self.ends >= self.clip.seconds

    def cut(self, moment: float) -> None:
        """Ends it at this moment, if it is not over before."""
        self.ends = max(self.begins, min(self.ends, moment - self.moment))
        for branch in self.branches or ():
            branch.cut(moment)

    def branch(self, now: float) -> Sounding:
        """The same sound for one more hearer from now on; it is cut with this one, and alone."""
        begins = min(max(0.0, now - self.moment), self.ends)
        branch = Sounding(self.moment, self.clip, self.words, max(begins, self.begins), self.ends)
        self.branches = [*(self.branches or ()), branch]
        return branch


class Tap(Protocol):
    """Whatever wants to know of the sounds on a line: a tape, a room, a browser."""

    def start(self, channel: int, sounding: Sounding) -> None:
        """A sound begins on this channel."""
