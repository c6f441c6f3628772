"""How somebody takes part in a conference: https://www.twilio.com/docs/voice/twiml/conference#attributes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from exchange.order import RecordingOrder, Target

MOST = 250
"""So many may be in one conference."""

MUSIC = Target("https://s3.amazonaws.com/com.twilio.sounds.music/index.xml", "GET")
"""What is heard in waiting when nothing else is said; the exchange plays hold music of its own for it."""

_BUCKET = re.compile(r"com\.twilio\.(?:sounds\.)?music\b")
_CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_LONGEST_LABEL = 128


@dataclass(frozen=True, slots=True)
class Callback:
    """Who is told how the conference goes, and of which changes."""

    target: Target
    events: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a participant brings along; `wait` is what he hears until the conference starts."""

    muted: bool = False
    beeps_on_enter: bool = True
    beeps_on_exit: bool = True
    starts: bool = True
    ends: bool = False
    label: str = ""
    coaches: str | None = None
    wait: Target | None = MUSIC
    most: int = MOST
    region: str = ""
    early_media: bool = False
    """Whether the conference hears it ring."""
    callback: Callback | None = None
    recording: RecordingOrder | None = None
    recorded: Target | None = None
    """Who is told that the conference was recorded, in the deprecated way."""


EVENTS = ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
"""The changes a callback may be asked for."""


def is_music(target: Target) -> bool:
    """Whether this is hold music of Twilio's: its buckets and the twimlet that plays them."""
    parts = urlsplit(target.url)
    twimlet = (parts.hostname or "").endswith("twimlets.com") and parts.path == "/holdmusic"
    return twimlet or _BUCKET.search(f"{parts.hostname}{parts.path}") is not None


def is_label(text: str) -> bool:
    """Whether this may be a label (error 16023): it must not look like a call or end a path."""
    return len(text) <= _LONGEST_LABEL and "/" not in text and not _CALL_SID.fullmatch(text)


def beeps(text: str) -> tuple[bool, bool]:
    """The attribute `beep`: whether entering and leaving are heard."""
    return text not in ("false", "onExit"), text not in ("false", "onEnter")
