"""A script as the loader leaves it: frozen, checked, with everything a turn needs looked up beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scripts.texts import Text
from scripts.values import Facts, FollowUp, Outcome, Performer, Purpose, Wait

COMMON = "common"
"""The step name under which the phrases of all steps stand: not understood, no sound, global answers."""

AGENTS = "agent_"
"""What the part of a text is called before its own name where an agent reads other words than a robot."""


class ScriptError(ValueError):
    """A script file is wrong: what, where, and what to do; the only error of loading."""


class EngineError(RuntimeError):
    """Script and progress do not belong together; the root of the engine's errors."""


class NotOffered(EngineError):
    """The current step does not offer what an agent chose; the talk stays as it was."""


WITHDRAW = "withdraw"
"""The block of an answer that takes an earlier refusal back."""

ON = ("silence", "no_match", "human", "machine", "error")
"""What can happen beside an answer; each names the step that follows it in the end."""


class Kind(StrEnum):
    """What a step is."""

    TELL = "tell"
    DISCLOSE = "disclose"
    CONFIRM = "confirm"
    ASK = "ask"
    CHOICE = "choice"
    RATE = "rate"
    OPEN = "open"
    IDENTITY = "identity"
    NUMBER = "number"
    MESSAGE = "message"
    TRANSFER = "transfer"
    END = "end"


class Only(StrEnum):
    """How a step that is never fallen into is reached."""

    WIRED = "wired"
    OPENING = "opening"


class Reveal(StrEnum):
    """Who may hear a value: everyone, whoever answers the number, or the person after the identity check."""

    PUBLIC = "public"
    IDENTITY = "identity"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Variable:
    """A placeholder: the fact it speaks, how it is spoken, who may hear it, and a value to try it with."""

    name: str
    fact: str
    say: str
    reveal: Reveal
    example: str | int


@dataclass(frozen=True, slots=True)
class Need:
    """One condition on one fact: one of `values`, or a number within the bounds; `unless` turns it round."""

    fact: str
    values: tuple[str | int | bool, ...] = ()
    least: int | None = None
    most: int | None = None
    unless: bool = False

    def met(self, facts: Facts) -> bool | None:
        """Whether the facts meet it; None when they do not tell."""
        value = facts.get(self.fact)
        return None if value is None else self._holds(value) is not self.unless

    def _holds(self, value: str | int | bool) -> bool:
        if self.values:
            return any(value == wanted and type(value) is type(wanted) for wanted in self.values)
        if not isinstance(value, int):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class Branch:
    """What follows an answer; a branch without `then` and `end` goes on to the next step that applies.

    An `early` one is no longer heard once the identity is known; until then, another is heard as the
    answer that it names in `before`.
    """

    problem: str | None = None
    tell: str | None = None
    ask: str | None = None
    then: str | None = None
    follow_up: FollowUp | None = None
    block: str | None = None
    end: Outcome | None = None
    reason: str = ""
    early: bool = False
    before: str = ""


@dataclass(frozen=True, slots=True)
class Listening:
    """What a step understands: keys, whole replies, own words in the order of the file, and intents."""

    keys: Mapping[str, str]
    replies: Mapping[str, str]
    words: tuple[tuple[str, str], ...]
    intents: frozenset[str]
    wait: Wait


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is said, asked or checked."""

    name: str
    kind: Kind
    file: str
    basis: tuple[str, ...] = ()
    mandatory: bool = False
    verbatim: bool = False
    human_only: bool = False
    only: Only | None = None
    performer: Performer | None = None
    purposes: tuple[Purpose, ...] = ()
    when: tuple[Need, ...] = ()
    wanted: str = "yes"
    affirms: str = ""
    fact: str = ""
    sealed: bool = False
    low: int = 0
    explains: bool = False
    asks_again: bool = False
    slow: bool = False
    then: str | None = None
    otherwise: str | None = None
    agent: str | None = None
    no_agent: str | None = None
    outcome: Outcome | None = None
    reason: str = ""
    follow_up: FollowUp | None = None
    answers: Mapping[str, Branch] | None = None
    hears: Mapping[str, Branch] | None = None
    on: Mapping[str, str] | None = None
    names: tuple[str, ...] = ()
    listening: Listening | None = None

    def applies(self, facts: Facts) -> bool:
        """Whether the facts call for this step; an unknown fact does not."""
        return all(need.met(facts) for need in self.when)

    def may_apply(self, facts: Facts) -> bool:
        """Whether the facts do not rule this step out; an unknown fact does not."""
        return all(need.met(facts) is not False for need in self.when)

    def spoken_by(self, performer: Performer) -> bool:
        """Whether this performer says the step at all."""
        return self.performer is None or self.performer is performer

    @property
    def waits(self) -> bool:
        """Whether somebody answers this step."""
        return self.kind not in (Kind.TELL, Kind.END)


@dataclass(frozen=True, slots=True)
class Script:
    """A loaded script; `digest` is the SHA-256 of `canonical`, which holds every word and wire of it.

    `region` names the rule pack whose words are laid over it, empty for the words of the whole country.
    `covers` names the entries of the catalogue that it answers to, `performers` who may perform it,
    `retention` and `clocks` the rows of retention.toml and clocks.toml that it belongs to, `folder`
    is where its file stands, empty where it comes from elsewhere.
    """

    name: str
    region: str
    title: str
    version: int
    purpose: Purpose
    basis: tuple[str, ...]
    covers: tuple[str, ...]
    performers: tuple[Performer, ...]
    retention: str
    clocks: tuple[str, ...]
    person: str
    about: str
    minutes: int
    digest: str
    canonical: str
    variables: Mapping[str, Variable]
    steps: Mapping[str, Step]
    opening: tuple[str, ...]
    human_first: tuple[Need, ...]
    texts: Mapping[tuple[str, str], Text]
    hears: Mapping[str, Branch]
    on: Mapping[str, str]
    identity: bool
    mandatory: tuple[Step, ...]
    folder: str = field(default="", compare=False)

    @property
    def place(self) -> str:
        """The name with the region, as commands take it: `new-contract@dalian`."""
        return f"{self.name}@{self.region}" if self.region else self.name

    def __hash__(self) -> int:
        """By the digest, so that what is made of a script can be remembered for it."""
        return hash(self.digest)

    def step(self, name: str) -> Step:
        """A step by name; a progress of another script has names that are not here."""
        try:
            return self.steps[name]
        except KeyError:
            raise EngineError(
                f'{self.name}: there is no step "{name}", the progress is of another script'
            ) from None

    def text(self, step: str, part: str) -> Text:
        """The words of one part of a step: say, question, explain, again, tell.<answer>, ask.<answer>."""
        return self.texts[step, part]

    def part(self, step: str, part: str, performer: Performer) -> str:
        """The part that this performer speaks: an agent `agent_say` and `agent_question`, where they are."""
        own = f"{AGENTS}{part}"
        return own if performer is Performer.AGENT and (step, own) in self.texts else part

    def words(self, step: str, performer: Performer) -> Text:
        """What this performer says of a step, with its question."""
        return self.texts[step, self.part(step, "say", performer)]

    def branch(self, step: Step, category: str) -> Branch:
        """What follows an answer: the step's own wiring, else that of every step, else the next step."""
        own = (step.answers or {}).get(category) or (step.hears or {}).get(category)
        return own or self.hears.get(category) or Branch()

    def wants_human(self, facts: Facts) -> bool:
        """Whether the whole talk is a person's, from the first word."""
        if Performer.ROBOT not in self.performers:
            return True
        return bool(self.human_first) and all(need.met(facts) for need in self.human_first)

    def required(self, facts: Facts, performer: Performer) -> tuple[Step, ...]:
        """The mandatory steps that these facts and this performer call for; what is unknown is required."""
        return tuple(step for step in self.mandatory if step.spoken_by(performer) and step.may_apply(facts))
