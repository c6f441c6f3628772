"""One turn in the making: where the talk is, what is said, what follows, until it becomes a Turn."""

from __future__ import annotations

from scripts.aloud import aloud
from scripts.check import BACK, SAME, THEN
from scripts.machine import machine
from scripts.model import COMMON, WITHDRAW, Branch, EngineError, Kind, NotOffered, Only, Script, Step
from scripts.outcome import standing
from scripts.problems import STOPPING
from scripts.progress import Progress
from scripts.values import (
    Affirmed,
    Blocked,
    Effect,
    Ended,
    Facts,
    FollowUp,
    Heard,
    Outcome,
    Performer,
    ProblemOpened,
    Purpose,
    Said,
    Told,
    Turn,
    Wait,
    Wanted,
    Withdrawn,
)
from scripts.wiring import HUMAN, NEXT, START

MAX_STEPS_PER_TURN = 30
"""A turn that says more steps than this goes in a circle."""


class Talk:
    """The working state of one turn."""

    def __init__(self, script: Script, facts: Facts, progress: Progress) -> None:
        self.script, self.facts = script, facts
        self.state, self.part = progress.step, progress.part
        self.performer = progress.performer
        self.turns = progress.turns
        self.silences, self.misses, self.repeats = progress.silences, progress.misses, progress.repeats
        self.slow, self.identified, self.blocked = progress.slow, progress.identified, progress.blocked
        self.back = progress.back
        self.pending, self.told, self.affirmed = progress.pending, progress.told, progress.affirmed
        self.settled, self.problems = progress.settled, progress.problems
        self.outcome, self.reason = progress.outcome, progress.reason
        self.said: list[Said] = []
        self.effects: list[Effect] = []

    @property
    def step(self) -> Step:
        """The current step."""
        return self.script.step(self.state)

    # What the machine asks of a walker.

    def fits(self, step: Step) -> bool:
        """Whether facts and performer call for the step; one that is not mandatory also needs its values."""
        return (
            step.spoken_by(self.performer)
            and (not step.purposes or self.script.purpose in step.purposes)
            and step.applies(self.facts)
            and (self._sayable(step) if not step.mandatory else True)
        )

    def is_open(self, step: Step) -> bool:
        """Whether the step was not settled yet, in this call or the one that is resumed."""
        return step.name not in self.settled

    def _sayable(self, step: Step) -> bool:
        variables = self.script.variables
        return all(self.facts.get(variables[name].fact) is not None for name in step.names)

    # Saying.

    def say(self, step: str, part: str) -> None:
        """Speak one text with its values, in the performer's words."""
        part = self.script.part(step, part, self.performer)
        names = self.script.text(step, part).names
        values = tuple(map(self._value, names)) if names else ()
        slow = self.slow or (step in self.script.steps and self.script.steps[step].slow)
        self.said.append(Said(step, part, values, slow))

    def _value(self, name: str) -> str:
        variable = self.script.variables[name]
        return aloud(variable.say, self.facts.get(variable.fact))

    def label(self) -> None:
        """What a robot must say before all else, unless it did in this talk: what it is, that it records."""
        for name in self.script.opening:
            step = self.script.steps[name]
            if step.kind is Kind.TELL and step.mandatory and name not in self.told:
                self._enter(step)

    def ask_again(self) -> None:
        """Only the question of where we are, without its statement; a transfer asks nothing."""
        if self.part.startswith("ask."):
            self.say(self.state, self.part)
        elif not self.was_told(self.step):
            self._enter(self.step)
        elif self.step.kind is not Kind.TRANSFER:
            self.say(self.state, "question")

    def was_told(self, step: Step) -> bool:
        """Whether the customer heard the whole text, where that counts."""
        return not step.mandatory or step.name in self.told

    def repeat(self) -> None:
        """Everything the current step says."""
        if self.part.startswith("ask."):
            self.ask_again()
        else:
            self._enter(self.step)

    def owner(self, category: str) -> str:
        """The step in whose name the texts of an answer stand."""
        step = self.step
        own = category in (step.answers or ()) or category in (step.hears or ())
        return self.state if own else COMMON

    # Moving.

    def go(self, event: str) -> None:
        """Move on, speaking every step on the way, until somebody is to answer or the talk ends."""
        for _ in range(MAX_STEPS_PER_TURN):
            state, part = self.state, self.part
            machine(self.script).move(event, self)
            step = self.step
            self.part, self.repeats, self.silences, self.misses = "say", 0, 0, 0
            self._enter(step)
            if step.follow_up:
                self.effects.append(step.follow_up)
            if step.kind is Kind.END:
                self.finish(step.outcome, step.reason, through=step.only is None)
            if step.kind is Kind.TRANSFER:
                self._want_human(step, _place(state, part))
            if step.kind is not Kind.TELL:
                return
            event = THEN if step.then else NEXT
        raise EngineError(f'{self.script.name}: step "{self.state}" goes in a circle')

    def _enter(self, step: Step) -> None:
        self.say(step.name, "say")
        if step.mandatory and step.name not in self.pending:
            self.pending = (*self.pending, step.name)

    @property
    def place(self) -> str:
        """Where the talk stands: the step, and behind a colon the follow-up question that is open there."""
        return _place(self.state, self.part)

    def _want_human(self, step: Step, stood: str) -> None:
        if step.then is None and not self._is_transfer(stood):
            self.back = stood
        self.effects.append(Wanted("human_first" if stood == START else step.reason))

    def _is_transfer(self, place: str) -> bool:
        return place in self.script.steps and self.script.steps[place].kind is Kind.TRANSFER

    def take(self, category: str, branch: Branch) -> None:
        """Do what follows an answer."""
        owner = self.owner(category)
        self._consequences(category, branch)
        if branch.tell:
            self.say(owner, branch.tell)
        if branch.ask:
            self.part = branch.ask
            self.say(owner, branch.ask)
        else:
            self.carry_on(category, branch)

    def carry_on(self, category: str, branch: Branch) -> None:
        """Go where the branch leads."""
        if branch.end:
            self.part = branch.tell or ""
            self.finish(branch.end, branch.reason)
        elif branch.then == SAME:
            self.ask_again()
        elif branch.then == BACK:
            self.resume()
        else:
            if branch.then:
                self._note_place(answered=category in (self.step.answers or ()))
            self.go(category if branch.then else NEXT)

    def _note_place(self, *, answered: bool) -> None:
        """Where to go back to; from beside the talk to what was left first, if that is still to be asked or
        this was answered.
        """
        beside = self.step.only is Only.WIRED and (answered or self._is_still_asked(self.back))
        if not (beside or self.step.kind is Kind.TRANSFER):
            self.back = self.place

    def _is_still_asked(self, place: str) -> bool:
        name, _, part = place.partition(":")
        begun = name in self.script.steps
        return bool(part) or name == START or (begun and self._is_asked(self.script.steps[name]))

    def stop(self, code: str, note: str) -> None:
        """A problem after which nothing more is asked, where every step hears of it."""
        hears = self.script.hears
        name = next((name for name, branch in hears.items() if branch.problem == code), None)
        if name is None:
            raise NotOffered(f"{self.script.name}: no answer of this script opens {code}")
        self.open_problem(code, note)
        self._follow(hears[name].block, name, hears[name].follow_up)
        self._note_place(answered=False)
        self.go(f"stop.{code}")

    def resume(self) -> None:
        """Back to the question that was interrupted, or on from a step that is settled or not ours to say."""
        if self._must_not_go_on():
            self.go(HUMAN)
            return
        self.state, _, part = (self.back or START).partition(":")
        self.part, self.back = part or "say", ""
        self.repeats = self.silences = self.misses = 0
        if self.state == START:
            self.start()
        elif part or self._is_asked(self.step):
            self._ask_on()
        else:
            self.go(THEN if self.step.then else NEXT)

    def _must_not_go_on(self) -> bool:
        """Nothing is taken up again after a problem that stops the call, nor from the first word before it is
        known who answers.
        """
        unknown = self.script.identity and not self.identified
        return bool(STOPPING & set(self.problems)) or (unknown and not self.back)

    def _ask_on(self) -> None:
        """The question that was interrupted; one of a person's alone brings a person again."""
        if self.step.human_only and self.performer is Performer.ROBOT:
            self.go(HUMAN)
        else:
            self.repeat()

    def start(self) -> None:
        """The first step, or a human where the whole talk is a person's."""
        if self.performer is Performer.ROBOT and self.script.wants_human(self.facts):
            self.label()
            self.go(HUMAN)
        else:
            self.go(NEXT)

    def _is_asked(self, step: Step) -> bool:
        asked = step.only is Only.WIRED or self.is_open(step)
        return asked and step.waits and step.spoken_by(self.performer)

    # What follows.

    def hear(self, heard: Heard) -> None:
        """An input came after the last turn; what was cut short does not count as told."""
        if heard.whole:
            self._heard_out()
        self.pending = ()

    def hand_over(self, performer: Performer, heard: Heard) -> None:
        """Somebody else speaks from here on, and says again what was cut short."""
        cut = () if heard.whole else self.pending
        self.hear(heard)
        self.performer = performer
        self.repeats = self.silences = self.misses = 0
        for step in map(self.script.step, cut):
            if step.name != self.state and step.spoken_by(performer):
                self._enter(step)

    def _heard_out(self) -> None:
        """The mandatory texts of the last turn were heard to their end."""
        for step in map(self.script.step, self.pending):
            self.tell(step)
            if step.kind is Kind.TELL:
                self.settle(step.name)

    def tell(self, step: Step) -> None:
        """The words of a mandatory step were heard to their end."""
        if step.name not in self.told:
            self.told = (*self.told, step.name)
            self.effects.append(Told(step.name, self.script.words(step.name, self.performer).digest))

    def affirm(self, step: Step) -> None:
        """The wanted clear answer was given; to a text that was cut short it is none."""
        for name in filter(None, (step.name, step.affirms)):
            if name not in self.affirmed and name in self.told:
                self.affirmed = (*self.affirmed, name)
                self.effects.append(Affirmed(name))
            self.settle(name)
        if step.kind is Kind.IDENTITY:
            self.identified = True

    def settle(self, name: str) -> None:
        """The step need not be asked again; a mandatory one that was not told whole must be."""
        if name not in self.settled and (name in self.told or not self.script.steps[name].mandatory):
            self.settled = (*self.settled, name)

    def open_problem(self, code: str, note: str = "") -> None:
        """A problem case, once for each code, and again where there is something to say about it."""
        if code not in self.problems or note:
            self.effects.append(ProblemOpened(code, self.state, note))
        if code not in self.problems:
            self.problems = (*self.problems, code)

    def _consequences(self, category: str, branch: Branch) -> None:
        if branch.problem:
            self.open_problem(branch.problem)
        self._follow(branch.block, branch.reason or category, branch.follow_up)
        if (
            self.owner(category) is not COMMON
            and branch.then != SAME
            and (branch.problem or not self.step.mandatory)
        ):
            self.settle(self.state)
            if self.step.affirms and branch.problem not in STOPPING:
                self.settle(self.step.affirms)

    def _follow(self, block: str | None, reason: str, follow_up: FollowUp | None) -> None:
        if block == WITHDRAW:
            self.effects.append(Withdrawn(reason))
        elif block:
            self.blocked = self.blocked or block == "script"
            self.effects.append(Blocked(self._blocked_purpose(block), reason))
        if follow_up:
            self.effects.append(follow_up)

    def _blocked_purpose(self, block: str) -> str:
        """A refusal of a duty or service call stops everything, of a marketing call only marketing (A+4)."""
        if block == "script":
            return "marketing" if self.script.purpose is Purpose.MARKETING else "all"
        return block

    def finish(self, outcome: Outcome | None, reason: str, *, through: bool = False) -> None:
        """End the script; without a given outcome, with the one that what happened amounts to."""
        self.outcome = outcome or standing(self.script, self.facts, self.progress(), through=through)
        self.reason = reason
        self.effects.append(Ended(self.outcome, reason))

    def progress(self) -> Progress:
        """Where the talk is now."""
        return Progress(
            self.state,
            self.part,
            self.performer,
            self.turns,
            self.silences,
            self.misses,
            self.repeats,
            self.slow,
            self.identified,
            self.blocked,
            self.back,
            self.pending,
            self.told,
            self.affirmed,
            self.settled,
            self.problems,
            self.outcome,
            self.reason,
        )

    def turn(self) -> Turn:
        """The finished turn."""
        return Turn(tuple(self.said), self._wait(), tuple(self.effects), self.progress())

    def _wait(self) -> Wait | None:
        listening = self.step.listening if self.outcome is None else None
        return listening.wait if listening else None


def _place(state: str, part: str) -> str:
    return f"{state}:{part}" if part.startswith("ask.") else state


def fresh(performer: Performer, resume: Progress | None, opening: tuple[str, ...]) -> Progress:
    """The progress before the first step; a resumed one keeps everything but the opening.

    After P01 nothing is kept: it was answered by somebody else.
    """
    if resume is None or "P01" in resume.problems:
        return Progress(START, performer=performer)

    def kept(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in opening)

    return Progress(
        START,
        performer=performer,
        told=kept(resume.told),
        affirmed=kept(resume.affirmed),
        settled=kept(resume.settled),
        problems=tuple(code for code in resume.problems if code not in STOPPING),
    )
