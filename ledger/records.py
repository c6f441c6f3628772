"""The values that cross the door of the ledger: facts for decisions, and the decisions to be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Action(StrEnum):
    """What the gate may say."""

    ALLOW = "allow"
    DEFER = "defer"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gate decision: the rule that decided, the version of the rules, and for a deferral until when."""

    action: Action
    rule: str
    version: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DncEntry:
    """One do-not-call entry as the gate sees it; `purpose` is `marketing` or `all`."""

    purpose: str
    scope: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str = ""

    def forbids(self, purpose: str) -> bool:
        """Duty calls alone pass an entry against marketing; what nobody understands forbids everything."""
        return self.purpose != "marketing" or purpose != "duty"


@dataclass(frozen=True, slots=True)
class PastCall:
    """An earlier attempt at customer or number, in any campaign; `silent`: picked up, heard nothing."""

    at: datetime
    outcome: str
    silent: bool
    is_open: bool


@dataclass(slots=True)  # one for every task that a claim looks at: frozen ones are made three times as slowly
class ClaimFacts:
    """What the gate knows of one task, read inside the claiming transaction.

    `zone`, `consent` and `expires_on` are what the list says; `past` are the earlier attempts of all
    campaigns at the customer or the number, the latest first; `agreed`: the customer wants the call now.
    """

    task_id: int
    contact_id: int
    number: int | None
    customer_key: str
    missing: str
    attempts: int
    attempts_today: int
    last_attempt_at: datetime | None
    due_from: datetime | None
    due_by: datetime | None
    in_progress: bool
    script_in_force: bool
    script_filed: bool
    list_locked: bool
    zone: str = ""
    consent: bool = False
    expires_on: str = ""
    past: tuple[PastCall, ...] = ()
    dnc: tuple[DncEntry, ...] = ()
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that may be placed: its row exists, the carrier was not asked yet."""

    call_id: int
    task_id: int
    to_number: int
    from_number: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """A time agreed with the customer: from `since` on and not after `until`; exact where they are one.

    `agent_id` is whom the customer wants to speak with.
    """

    since: datetime | None
    until: datetime
    agent_id: int | None = None

    @property
    def exact(self) -> bool:
        """Whether a moment was named, no stretch of time."""
        return self.since == self.until


@dataclass(frozen=True, slots=True)
class CallState:
    """A call as it stands at the beginning of a transaction; `facts` and `progress` are JSON.

    `numbers_left` counts the contact's numbers after this one; `agent_id` is who performs it, or performed it
    last. Only at the end of a call: `broken_at`, the attempts when a talk first broke off, `tried`, when the
    task's calls were made, and `agreed`, the time for the next.
    """

    call_id: int
    task_id: int | None
    campaign_id: int | None
    contact_id: int | None
    customer_key: str
    number: int
    direction: str
    status: str
    script_digest: str
    facts: str
    progress: str
    resume: str
    turn: int
    attempts: int
    attempts_today: int
    due_by: datetime | None
    answered_at: datetime | None
    said_at: datetime | None
    answered_by: str
    outcome: str
    outcome_reason: str
    numbers_left: int = 0
    performer: str = "robot"
    agent_id: int | None = None
    broken_at: int = 0
    tried: tuple[datetime, ...] = ()
    agreed: Agreed | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of `answers`."""

    step: str
    category: str
    raw: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A row of `disclosures`; `affirmed` is false while only told."""

    step: str
    text_digest: str
    affirmed: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of `problems`; `severity` and `due_at` come from the problem table."""

    code: str
    step: str
    severity: str
    due_at: datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A do-not-call entry made during a call, for the customer and every number of theirs."""

    purpose: str
    reason: str
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A row of `appointments`: appointment, callback, sms, letter, visit …; `due_at` when it is to happen.

    `task_id`: the task that keeps it, where that is not the call's own.
    """

    kind: str
    due_at: datetime | None
    note: str = ""
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A person is wanted: why, how urgent (rank 0 before 1), and until when it is worth waiting."""

    reason: str
    rank: int
    until: datetime


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """Everything one turn writes, in one transaction; `reply` is what was said, as JSON.

    `facts`, where given, are kept with the call: what was told stays known when the list changes. `withdrawn`
    takes back what the customer asked for in earlier calls: not to be called.
    """

    heard: str
    reply: str
    progress: str
    facts: str = ""
    answers: tuple[Answer, ...] = ()
    told: tuple[Disclosure, ...] = ()
    affirmed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    blocks: tuple[Block, ...] = ()
    withdrawn: bool = False
    promises: tuple[Promise, ...] = ()
    wish: Wish | None = None
    outcome: str = ""
    outcome_reason: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of the task when its call is over: `next_at` None means it is finished.

    `record` is what the hang-up itself writes (the engine's last word), if anything; `next_number`: this
    number is useless, the contact's next one is tried; `agreed`: the time that the next call keeps.
    """

    outcome: str
    outcome_reason: str
    next_at: datetime | None
    record: TurnRecord | None = None
    next_number: bool = False
    agreed: Agreed | None = None


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A status callback of the carrier, parsed; `refused`: the network would not let the call through."""

    carrier_sid: str
    status: str
    sequence: int
    at: datetime
    duration: int | None = None
    error: str = ""
    refused: bool = False

    @property
    def cause(self) -> str:
        """The status by which a call ended, or that the network refused it."""
        return "network_refused" if self.refused else self.status


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call whose end the ledger has not heard of.

    `turn` is the last one said; 0 or 1: `reserved`, an agent waits for it to be placed or answered;
    `attended`, an agent talks or the caller waits for one.
    """

    call_id: int
    task_id: int | None
    carrier_sid: str
    status: str
    to_number: int
    from_number: int
    claimed_at: datetime
    placed_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    turn: int
    reserved: int
    attended: int


class ContactRow(NamedTuple):
    """An accepted list row, ready to be stored; `facts` is JSON, `numbers` E.164 digits, best first.

    A tuple, as a list may have a million.
    """

    row: int
    policy_no: str
    customer_key: str
    facts: str
    due_from: datetime | None
    due_by: datetime | None
    numbers: tuple[int, ...] = ()
    flags: tuple[str, ...] = ()
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """A refused or remarked list row: the line a person sees in the file, field, reason and code."""

    row: int
    field: str
    code: str
    reason: str
    reason_en: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A contact as a task of a campaign; `missing` names the variables a mandatory step lacks.

    `status`: ready, or spare where it is called only if it is drawn for a quota.
    """

    contact_id: int
    missing: str
    due_from: datetime | None
    due_by: datetime | None
    next_at: datetime
    status: str = "ready"
