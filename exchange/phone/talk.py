"""One call of a tab, from its first ring to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from exchange.browser import media
from exchange.calls.call import Call
from exchange.people.person import Person
from exchange.sound import tones
from exchange.sound.clip import Samples
from exchange.sound.mixer import Mixer
from exchange.sound.sounding import Sounding
from exchange.sound.tape import CUSTOMER
from exchange.speaking.speech import Speech

if TYPE_CHECKING:
    from exchange.browser.peer import Peer

Stage = Literal["ringing", "calling", "talking"]
Who = Literal["them", "me", "keys"]


@dataclass(frozen=True, slots=True)
class Caption:
    """A line of what was said or pressed; `at` is a second of the exchange's clock."""

    who: Who
    text: str
    at: float


@dataclass(slots=True, eq=False)
class Talk:
    """What a tab knows of its call; `tell` gets every new caption to the page."""

    call: Call
    person: Person
    stage: Stage
    tell: Callable[[Caption], None]
    parameters: Mapping[str, str] = field(default_factory=dict)
    captions: list[Caption] = field(default_factory=list)
    _mixer: Mixer | None = None
    _peer: Peer | None = None
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.person.on_caption = lambda words: self._write("them", words)
        self.person.line.tap(self)

    def start(self, channel: int, sounding: Sounding) -> None:
        """Words of the person are shown, typed or recognised."""
        if channel == CUSTOMER and sounding.words:
            self._write("me", sounding.words)

    def press(self, keys: str) -> None:
        """Presses keys of the telephone."""
        if not keys or set(keys) - tones.DTMF.keys():
            return
        self.person.press(keys)
        self._write("keys", keys)

    async def say(self, words: str, speech: Speech, voice: str) -> None:
        """Says typed words: everybody has them at once, and hears them as soon as they are rendered."""
        self.person.say(words)
        self.person.line.sound(CUSTOMER, await speech.ready(words, voice=voice))

    def hang_up(self) -> None:
        """Ends the call."""
        self.person.hang_up()

    async def answer(self, offer: str) -> str:
        """The SDP that answers the page's; the sound begins, for a page that was loaded anew as well."""
        async with self._changing:
            await self._end_sound()
            self._mixer = Mixer(self.person.line)
            self._peer = media.peer(self._mixer.frame, self._hear, _nothing)
            return await self._peer.answer(offer)

    async def be_quiet(self) -> None:
        """Ends the sound."""
        async with self._changing:
            await self._end_sound()

    async def _end_sound(self) -> None:
        if self._mixer is not None:
            self._mixer.close()
            self._mixer = None
        if self._peer is not None:
            peer, self._peer = self._peer, None
            await peer.close()

    def _hear(self, samples: Samples) -> None:
        if self.stage == "talking":
            self.person.push(samples)

    def _write(self, who: Who, text: str) -> None:
        caption = Caption(who, text, self.call_time())
        self.captions.append(caption)
        self.tell(caption)

    def call_time(self) -> float:
        """The second of the clock that runs on the line."""
        return self.person.line.clock.time()


def _nothing() -> None:
    """The page notices lost sound itself, and offers anew."""
