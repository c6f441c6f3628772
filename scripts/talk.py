"""One turn in the making: where the talk is, what is said, what follows, until it becomes a Turn."""

from __future__ import annotations

from scripts.aloud import aloud
from scripts.check import BACK, SAME, THEN
from scripts.machine import NEXT, START, machine
from scripts.model import COMMON, Branch, EngineError, Kind, Only, Script, Step
from scripts.outcome import standing
from scripts.problems import STOPPING
from scripts.progress import Progress
from scripts.values import (
    Affirmed,
    Blocked,
    Effect,
    Ended,
    Facts,
    Outcome,
    Performer,
    ProblemOpened,
    Purpose,
    Said,
    Told,
    Turn,
    Wait,
)

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

    def is_robot(self, step: Step) -> bool:
        """Whether a robot comes to a step that only a human may say."""
        return step.human_only and self.performer is Performer.ROBOT

    def _sayable(self, step: Step) -> bool:
        variables = self.script.variables
        return all(self.facts.get(variables[name].fact) is not None for name in step.names)

    # Saying.

    def say(self, step: str, part: str) -> None:
        """Speak one text with its values."""
        names = self.script.text(step, part).names
        values = tuple(map(self._value, names)) if names else ()
        self.said.append(Said(step, part, values, self.slow))

    def _value(self, name: str) -> str:
        variable = self.script.variables[name]
        return aloud(variable.say, self.facts.get(variable.fact))

    def ask_again(self) -> None:
        """Only the question of where we are, without its statement."""
        if self.part.startswith("ask."):
            self.say(self.state, self.part)
        else:
            self.say(self.state, "question")

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
            machine(self.script).move(event, self)
            step = self.step
            self.part, self.repeats, self.silences, self.misses = "say", 0, 0, 0
            self._enter(step)
            if step.follow_up:
                self.effects.append(step.follow_up)
            if step.kind is Kind.END:
                self.finish(step.outcome, step.reason, through=step.only is None)
            if step.kind is not Kind.TELL:
                return
            event = THEN if step.then else NEXT
        raise EngineError(f'{self.script.name}: step "{self.state}" goes in a circle')

    def _enter(self, step: Step) -> None:
        self.say(step.name, "say")
        if step.mandatory and step.name not in self.pending:
            self.pending = (*self.pending, step.name)

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
            self._return()
        else:
            if branch.then and self.step.only is not Only.WIRED:
                self.back = self.state
            self.go(category if branch.then else NEXT)

    def _return(self) -> None:
        """Back to the question that a global answer interrupted."""
        self.state, self.part, self.back = self.back, "say", ""
        self.repeats = self.silences = self.misses = 0
        self.repeat()

    # What follows.

    def heard_out(self) -> None:
        """The mandatory texts of the last turn were heard to their end: an input came after them."""
        for name in self.pending:
            if name not in self.told:
                self.told = (*self.told, name)
                self.effects.append(Told(name, self.script.text(name, "say").digest))
            if self.script.steps[name].kind is Kind.TELL:
                self.settle(name)
        self.pending = ()

    def affirm(self, step: Step) -> None:
        """The wanted clear answer was given."""
        for name in filter(None, (step.name, step.affirms)):
            if name not in self.affirmed:
                self.affirmed = (*self.affirmed, name)
                self.effects.append(Affirmed(name))
            self.settle(name)
        if step.kind is Kind.IDENTITY:
            self.identified = True

    def settle(self, name: str) -> None:
        """The step need not be asked again."""
        if name not in self.settled:
            self.settled = (*self.settled, name)

    def _consequences(self, category: str, branch: Branch) -> None:
        if branch.problem and branch.problem not in self.problems:
            self.problems = (*self.problems, branch.problem)
            self.effects.append(ProblemOpened(branch.problem, self.state))
        if branch.block:
            self.blocked = self.blocked or branch.block == "script"
            self.effects.append(Blocked(self._blocked_purpose(branch.block), branch.reason or category))
        if branch.follow_up:
            self.effects.append(branch.follow_up)
        if (
            self.owner(category) is not COMMON
            and branch.then != SAME
            and (branch.problem or not self.step.mandatory)
        ):
            self.settle(self.state)

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


def fresh(performer: Performer, resume: Progress | None, opening: tuple[str, ...]) -> Progress:
    """The progress before the first step; a resumed one keeps everything but the opening."""
    if resume is None:
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
