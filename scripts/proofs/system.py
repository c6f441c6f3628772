"""The abstract talk: every way in which the engine can go on, whatever the facts.

It follows engine.py and talk.py move for move (tests/test_scripts_proofs_system.py walks both beside each
other). Facts that are not tracked may be anything; in a `resumed` talk any step may have been settled before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scripts.answers import DETAIL, REFUSES
from scripts.check import BACK, SAME, THEN
from scripts.model import Branch, Kind, Need, Only, Reveal, Script, Step
from scripts.problems import STOPPING
from scripts.proofs.hearable import hearable
from scripts.proofs.knowing import Knowing, Known, needed
from scripts.proofs.places import (
    ANYWHERE,
    GO,
    DependsOnTheWayBack,
    Live,
    Move,
    Place,
    Wish,
    returns_on_arrival,
)
from scripts.values import Purpose
from scripts.wiring import HUMAN, NEXT, NO_AGENT, START, Guard, Sort, Way, wiring

SILENT, MISSED, REPEATED = Move("silence"), Move("no_match"), Move("repeat")
CAME, GONE, ROBOT, BROKEN, MACHINE = (
    Move("agent"),
    Move("no_agent"),
    Move("robot"),
    Move("error"),
    Move("machine"),
)
STOP = "stop"
"""The sort of a problem that an agent opens and after which nothing more is asked."""

CLOSED = "end."
"""How the part of a place begins where an answer's own goodbye ended the talk."""


class Hop(NamedTuple):
    """Which way of an event was taken; HUMAN_FIRST is the event where facts choose the performer."""

    source: str
    event: str
    way: int


HUMAN_FIRST = "human_first"


Path = tuple[Place, tuple[Hop, ...]]


class System:
    """The abstract talk of one script."""

    def __init__(self, script: Script, tracked: tuple[str, ...] = (), *, resumed: bool = False) -> None:
        self.script, self.tracked, self.resumed = script, tracked, resumed
        self.ways = wiring(script)
        self.knowing = Knowing(script, tracked)
        self.live = Live(script, self.ways)
        self._stops = tuple(
            dict.fromkeys(branch.problem for branch in script.hears.values() if branch.problem in STOPPING)
        )
        self._targets: dict[tuple[object, ...], tuple[int, ...]] = {}
        self._moves: dict[tuple[object, ...], tuple[Move, ...]] = {}

    # Where talks begin.

    def starts(self, known: Known = ()) -> Iterator[Path]:
        """The first places, by robot and by agent; a resumed talk may know the identity already."""
        for identified in (False, True) if self.resumed else (False,):
            for agent in (False, True):
                yield from self._started(Place(START, agent=agent, identified=identified, known=known))

    def _started(self, place: Place) -> Iterator[Path]:
        wanted = False if place.agent else self.knowing.wants_human(place.known)
        for human in (False, True):
            if wanted is None or wanted is human:
                chosen = (Hop(START, HUMAN_FIRST, int(human)),) if wanted is None else ()
                for after, hops in self._go(place, HUMAN if human else NEXT):
                    yield after, (*chosen, *hops)

    # What can happen, and what follows.

    def over(self, place: Place) -> bool:
        """Whether the talk ended there."""
        return place.part.startswith(CLOSED) or self.script.steps[place.step].kind is Kind.END

    def waits(self, place: Place) -> bool:
        """Whether somebody is to answer there."""
        return not self.over(place) and self.script.steps[place.step].waits

    def astray(self, place: Place) -> bool:
        """Whether the talk goes on where it had to stop; what comes after that proves nothing more."""
        return self.waits(place) and (place.wish == Wish.IGNORED or self.goes_on(place))

    def goes_on(self, place: Place) -> bool:
        """Whether the talk itself goes on after a problem that stops it."""
        return place.stopped and self.script.steps[place.step].only is not Only.WIRED

    def moves(self, place: Place) -> tuple[Move, ...]:
        """Everything that can happen at a place and changes where the talk is."""
        if self.over(place) or self.astray(place):
            return ()
        key = (place.step, place.part[:4], place.agent, place.identified, place.known)
        if key not in self._moves:
            self._moves[key] = tuple(self._possible(place))
        return self._moves[key]

    def _possible(self, place: Place) -> Iterator[Move]:
        step = self.script.steps[place.step]
        if not step.waits:
            yield GO
            return
        asked = place.part.startswith("ask.")
        heard = hearable(self.script, step, place.part, place.identified)
        yield from (Move("answer", name) for name in heard)
        if step.kind is not Kind.TRANSFER and not asked and step.kind not in (Kind.OPEN, Kind.MESSAGE):
            yield SILENT
        if step.kind is not Kind.TRANSFER and not place.agent:
            yield from (REPEATED,) if asked else (MISSED, REPEATED)
        yield CAME
        if place.agent or step.kind is Kind.TRANSFER:
            yield GONE
        if place.agent:
            yield from self._hand_backs(step, place)
            yield from (Move(STOP, code) for code in self._stops if code)
        yield BROKEN
        yield MACHINE

    def _hand_backs(self, step: Step, place: Place) -> Iterator[Move]:
        persons = step.human_only or step.kind is Kind.TRANSFER
        if not persons and self.knowing.wants_human(place.known) is not True:
            yield ROBOT

    def after(self, place: Place, move: Move) -> Iterator[Path]:
        """Where the talk can be after a move."""
        for after, hops in self._after(place, move):
            if after.wish >= Wish.REFUSED:
                after = self._refused(place, move, after)
            yield after, hops

    def _refused(self, place: Place, move: Move, after: Place) -> Place:
        """Who refused is offered one other way at most; who then asks for a person speaks with one."""
        if not self.waits(after) or (place.wish == Wish.ASKED and place.step == after.step):
            return after
        step, asked = self.script.steps[after.step], self.script.steps[place.step]
        aside = step.only is Only.WIRED and not step.mandatory
        if self.script.purpose is Purpose.MARKETING or not aside:
            return after._replace(wish=Wish.IGNORED)
        chosen = move.sort != "answer" or move.category in (*(asked.answers or ()), REFUSES, "human")
        person = (step.kind is Kind.TRANSFER or after.agent) and (
            chosen or self.script.purpose is not Purpose.DUTY
        )
        if person and place.wish in (Wish.BLOCKED, Wish.ASKED):
            return after._replace(wish=Wish.BLOCKED)
        offer = step.kind is not Kind.TRANSFER and after.step != place.step and place.wish != Wish.ASKED
        return after._replace(wish=Wish.ASKED if offer else Wish.IGNORED)

    def _after(self, place: Place, move: Move) -> Iterator[Path]:
        if move is GO:
            yield from self._on_from(place)
        elif move.sort == "answer":
            yield from self._answered(place, move.category)
        elif move is CAME:
            yield from self._came(place._replace(agent=True))
        elif move is GONE:
            yield from self._go(place._replace(agent=False), NO_AGENT)
        elif move is ROBOT:
            yield self._at(place._replace(agent=False))
        elif move.sort == STOP:
            for noted in self._noted(place._replace(stopped=True), answered=False):
                yield from self._go(noted, f"stop.{move.category}")
        else:
            yield from self._go(place, HUMAN if move is REPEATED else f"on.{move.sort}")

    def _on_from(self, place: Place) -> Iterator[Path]:
        """A statement was said; a mandatory one is settled where it was heard to its end."""
        step = self.script.steps[place.step]
        for said in self._settled(place, step) if step.mandatory else (place,):
            yield from self._go(said, THEN if step.then else NEXT)

    def _came(self, place: Place) -> Iterator[Path]:
        step = self.script.steps[place.step]
        if step.kind is not Kind.TRANSFER:
            yield self._at(place)
        elif step.then:
            yield from self._go(place, THEN)
        else:
            yield from self._resumed(place)

    def _resumed(self, place: Place) -> Iterator[Path]:
        if place.back in ANYWHERE:
            raise DependsOnTheWayBack
        name, _, part = (place.back or START).partition(":")
        lost = not place.back and self.script.identity and not place.identified
        if place.stopped or lost:
            yield from self._go(place, HUMAN)
            return
        place = place._replace(step=name, part=part or "say", back="")
        if name == START:
            yield from self._started(place)
            return
        step = self.script.steps[name]
        asked = step.waits and self._says(step, place)
        is_open = True if step.only is Only.WIRED or part else self._is_open(place, step)
        if part or (asked and is_open is not False):
            if step.human_only and not place.agent:
                yield from self._go(place, HUMAN)
            else:
                yield self._at(place)
        if not part and not (asked and is_open is True):
            yield from self._go(place, THEN if step.then else NEXT)

    def _says(self, step: Step, place: Place) -> bool:
        return step.performer is None or (step.performer == "agent") is place.agent

    # Answers.

    def _answered(self, place: Place, category: str) -> Iterator[Path]:
        step = self.script.steps[place.step]
        if category == DETAIL:
            asked = place.part.removeprefix("ask.")
            yield from self._carried(place._replace(part="say"), asked, self.script.branch(step, asked))
        elif self._asked_back(step, place, category):
            yield self._at(place._replace(part="again"))
        else:
            branch = self.script.branch(step, category)
            for settled in self._affirmed(place, step, category):
                for taken in self._consequences(settled, step, category, branch):
                    if branch.ask:
                        yield self._at(taken._replace(part=branch.ask))
                    else:
                        yield from self._carried(taken, category, branch)

    def _asked_back(self, step: Step, place: Place, category: str) -> bool:
        if place.part != "say" or category == step.wanted or category not in (step.answers or ()):
            return False
        if not step.mandatory or step.kind not in (Kind.CONFIRM, Kind.DISCLOSE):
            return False
        weak = category == "unsure" and (step.asks_again or bool(self.script.branch(step, category).problem))
        return weak or (step.explains and category in ("no", "unsure"))

    def _affirmed(self, place: Place, step: Step, category: str) -> Iterator[Place]:
        if not (step.wanted and category == step.wanted and step.mandatory):
            yield place
            return
        if step.kind is Kind.IDENTITY:
            place = place._replace(identified=True, other=False)
        others = (self.script.steps[step.affirms],) if step.affirms else ()
        yield from self._settled(place, step, *others)

    def _settled(self, place: Place, *steps: Step) -> Iterator[Place]:
        """The steps settled, and left open where they were cut short."""
        bits = sum(self.live.bit(step.name) for step in steps)
        yield Place(*place[:5], place.settled | bits, *place[6:]) if bits & ~place.settled else place
        if any(step.mandatory for step in steps):
            yield place

    def _consequences(self, place: Place, step: Step, category: str, branch: Branch) -> Iterator[Place]:
        stopped = place.stopped or branch.problem in STOPPING
        wish, other = self._wish(place, category, branch), self._other(place, step, category)
        if (stopped, wish, other) != (place.stopped, place.wish, place.other):
            place = place._replace(stopped=stopped, wish=wish, other=other)
        own = category in (step.answers or ()) or category in (step.hears or ())
        if own and branch.then != SAME and (branch.problem or not step.mandatory):
            yield from self._settled(place, step)
        else:
            yield place

    def _wish(self, place: Place, category: str, branch: Branch) -> int:
        if category == REFUSES:
            return max(place.wish, Wish.REFUSED)
        return max(place.wish, Wish.BLOCKED) if branch.block else place.wish

    def _other(self, place: Place, step: Step, category: str) -> bool:
        if place.identified or not self.script.identity:
            return False
        if category == "third_party":
            return True
        if category not in ("yes", "no", "unsure") or not self.asks_who(step):
            return place.other
        return category != "yes"

    def asks_who(self, step: Step) -> bool:
        """Whether the step asks who answers: it names the person, and not yet what the call is about."""
        if any(self.script.about in piece for piece in self.script.text(step.name, "say").pieces):
            return False
        names = (self.script.variables[name] for name in step.names)
        return any(variable.reveal is Reveal.IDENTITY for variable in names)

    def _carried(self, place: Place, category: str, branch: Branch) -> Iterator[Path]:
        if branch.end:
            yield self._at(place._replace(part=f"{CLOSED}{category}"))
        elif branch.then == SAME:
            yield self._at(place)
        elif branch.then == BACK:
            yield from self._resumed(place)
        elif not branch.then:
            yield from self._go(place, NEXT)
        else:
            answered = category in (self.script.steps[place.step].answers or ())
            for noted in self._noted(place, answered=answered):
                yield from self._go(noted, category)

    def _noted(self, place: Place, *, answered: bool) -> Iterator[Place]:
        """The place with the way back to it, unless what was left before is still to be asked."""
        step = self.script.steps[place.step]
        beside = step.only is Only.WIRED and (answered or self.still_asked(place))
        if step.kind is Kind.TRANSFER or beside is not False:
            yield place
        if step.kind is not Kind.TRANSFER and beside is not True:
            yield place.returning(_stood(place))

    def still_asked(self, place: Place) -> bool | None:
        """Whether the question to which the way back leads is still open."""
        if place.back in ANYWHERE:
            return ANYWHERE[place.back]
        name, _, part = place.back.partition(":")
        if part or not name or name == START:
            return bool(name)
        step = self.script.steps[name]
        if not (step.waits and self._says(step, place)):
            return False
        return True if step.only is Only.WIRED else self._is_open(place, step)

    # Moving.

    def _at(self, place: Place) -> Path:
        return self.live.trimmed(place), ()

    def _go(self, place: Place, event: str) -> Iterator[Path]:
        for index in self._taken(place, event):
            target = self.ways[place.step][event][index].target
            back = place.back
            if returns_on_arrival(self.script.steps[target]) and not self._is_transfer(place):
                back = _stood(place)
            there = Place(target, "say", place.agent, place.identified, back, *place[5:])
            yield self._at(there)[0], (Hop(place.step, event, index),)

    def _is_transfer(self, place: Place) -> bool:
        return place.step != START and self.script.steps[place.step].kind is Kind.TRANSFER

    def _taken(self, place: Place, event: str) -> tuple[int, ...]:
        key = (place.step, event, place.agent, place.identified, place.settled, place.known)
        if key not in self._targets:
            self._targets[key] = tuple(self._ways_of(place, event))
        return self._targets[key]

    def _ways_of(self, place: Place, event: str) -> Iterator[int]:
        """The ways that some facts open: up to the first that every fact opens."""
        refuted: list[frozenset[Guard]] = []
        unmet: list[frozenset[Need]] = []
        for index, way in enumerate(self.ways[place.step][event]):
            unsure = self._unsure(place, way)
            if unsure is None or any(gone <= unsure for gone in refuted) or self._is_unmet(unsure, unmet):
                continue
            yield index
            if not unsure:
                return
            refuted.append(unsure)
            unmet += self._refuted(place, unsure)

    def _is_unmet(self, guards: frozenset[Guard], unmet: list[frozenset[Need]]) -> bool:
        """Whether one of the guards asks for conditions that do not all hold."""
        asked = [frozenset(self.script.steps[guard.step].when) for guard in guards if guard.step]
        return any(gone <= needs for gone in unmet for needs in asked)

    def _refuted(self, place: Place, guards: frozenset[Guard]) -> Iterator[frozenset[Need]]:
        """The conditions that do not all hold where the only guard of a way is closed by facts."""
        if len(guards) == 1:
            (guard,) = guards
            step = self.script.steps[guard.step]
            by_facts = guard.sort is Sort.FITS or self._is_open(place, step) is True
            if by_facts and step.when and not needed(self.script, step):
                yield frozenset(step.when)

    def _unsure(self, place: Place, way: Way) -> frozenset[Guard] | None:
        """The guards that only some facts open; None where one is closed for all."""
        found = []
        for guard in way.guards:
            verdict = self.holds(guard, place)
            if verdict is False:
                return None
            if verdict is None:
                found.append(guard)
        return frozenset(found)

    def holds(self, guard: Guard, place: Place) -> bool | None:
        """Whether a guard is open at a place; None: it depends on facts, or on what was settled before."""
        if guard.sort is Sort.ROBOT:
            return not place.agent
        if guard.sort is Sort.AGENT:
            return place.agent
        step = self.script.steps[guard.step]
        fits = self.knowing.fits(step, place.agent, place.known)
        if guard.sort is Sort.FITS or fits is False:
            return fits
        is_open = self._is_open(place, step)
        return fits if is_open is True else is_open

    def _is_open(self, place: Place, step: Step) -> bool | None:
        if place.settled & self.live.bit(step.name):
            return False
        if not self.resumed:
            return True
        fresh = step.name in self.script.opening and not place.identified and step.kind is not Kind.TELL
        return True if fresh else None


def _stood(place: Place) -> str:
    return f"{place.step}:{place.part}" if place.part.startswith("ask.") else place.step
