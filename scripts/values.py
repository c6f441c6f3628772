"""The values that cross the door of the scripts room: what was heard, what to say, what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.progress import Progress

Facts = Mapping[str, str | int | bool | None]
"""What is known of contact, policy and call, by name; the values of variables and conditions."""


class Performer(StrEnum):
    """Who speaks the script."""

    ROBOT = "robot"
    AGENT = "agent"


class Purpose(StrEnum):
    """Why the script calls; decides which do-not-call entries apply (regulation A+4)."""

    DUTY = "duty"
    SERVICE = "service"
    MARKETING = "marketing"


class Outcome(StrEnum):
    """What came of a script (regulation A+5); neither an attempt nor a call status."""

    SUCCESS = "SUCCESS"
    PROBLEM = "PROBLEM"
    PARTIAL = "PARTIAL"
    NOT_COMPLETED = "NOT_COMPLETED"
    REFUSED = "REFUSED"
    CLOSED_OTHER = "CLOSED_OTHER"


class Input(StrEnum):
    """The sorts of things a performer can report."""

    KEYS = "keys"
    SPEECH = "speech"
    SILENCE = "silence"
    HANGUP = "hangup"
    MACHINE = "machine"
    ERROR = "error"
    CHOICE = "choice"
    AGENT = "agent"
    ROBOT = "robot"
    NO_AGENT = "no_agent"
    PROBLEM = "problem"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Heard:
    """One input; `text` holds the keys, the recognised words, a choice's category or a problem's code.

    `words` is what an agent typed beside it; `whole` is false when what was to be said was cut short.
    """

    kind: Input
    text: str = ""
    words: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """One text of the script with its variables in spoken form, in the order of the text's names."""

    step: str
    part: str
    values: tuple[str, ...] = ()
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """What to listen for: `digits` keys end the input (None: any number, then #); `timeout` in seconds.

    `record`: nothing is to be understood, a message of so many seconds at most is recorded.
    """

    digits: int | None = 1
    timeout: int = 5
    hints: tuple[str, ...] = ()
    record: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """A step's answer; identity digits arrive masked."""

    step: str
    category: str
    raw: str


@dataclass(frozen=True, slots=True)
class Told:
    """A mandatory text was spoken to its end."""

    step: str
    text_digest: str


@dataclass(frozen=True, slots=True)
class Affirmed:
    """The customer gave the clear answer that a mandatory step wants."""

    step: str


@dataclass(frozen=True, slots=True)
class ProblemOpened:
    """A problem case (问题件) P01 … P30."""

    code: str
    step: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The customer does not want to be called; `purpose` is `marketing` or `all`."""

    purpose: str
    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The customer takes back that nobody may call (regulation A+7)."""

    reason: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something promised: an appointment, a callback, a letter; `slot` names the fact that holds its time.

    `within`: it is to happen in so many minutes from now.
    """

    kind: str
    slot: str | None = None
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The talk is to go on with a human: `human`, `human_only`, `human_first`, `complaint`, `denied` …"""

    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The script is over."""

    outcome: Outcome
    reason: str


Effect = Answered | Told | Affirmed | ProblemOpened | Blocked | Withdrawn | FollowUp | Wanted | Ended


@dataclass(frozen=True, slots=True)
class Turn:
    """What to say next, what to wait for (None: hang up after speaking), what follows, and where we are."""

    say: tuple[Said, ...]
    wait: Wait | None
    effects: tuple[Effect, ...]
    progress: Progress
