"""The abstract talk of the checker follows the real engine: what happens there is possible here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.answers import Ear
from scripts.choices import everywhere, own
from scripts.engine import MAX_TURNS, advance, begin, missing
from scripts.load import library
from scripts.model import Kind, NotOffered, Script
from scripts.problems import STOPPING
from scripts.progress import Progress
from scripts.proofs.knowing import values
from scripts.proofs.places import Move, Place
from scripts.proofs.system import BROKEN, CAME, CLOSED, GONE, MACHINE, MISSED, REPEATED, ROBOT, SILENT, System
from scripts.sample import facts as sample_facts
from scripts.values import Answered, Facts, Heard, Input, Performer, Turn

SYSTEMS = {name: System(script) for name, script in library().items()}
KEYS = ["[*]", *(f"[{key}]" for key in "1234567890")]
EVENTS = {
    Input.AGENT: (CAME,),
    Input.NO_AGENT: (GONE,),
    Input.ROBOT: (ROBOT,),
    Input.ERROR: (BROKEN,),
    Input.MACHINE: (MACHINE,),
}


def heard(script: Script, facts: Facts, here: Progress, data: st.DataObject) -> Heard:
    """An input that the place may meet; half of them answers, so that talks go on."""
    step = script.step(here.step)
    whole = data.draw(st.sampled_from([True, True, True, False]))
    offered = [*own(step), *sorted(everywhere(Ear(script, step, facts, here.identified)))]
    sort = data.draw(st.sampled_from(["answer", "answer", "answer", "digits", "key", "event", "problem"]))
    if sort == "problem" and here.performer is Performer.AGENT:
        return Heard(Input.PROBLEM, data.draw(st.sampled_from(["P01", "P03", "P09", "P25"])), whole=whole)
    if sort == "digits" or step.kind in (Kind.IDENTITY, Kind.NUMBER):
        right = str(facts.get(step.fact) or "13800000000").split()[0].replace("X", "*")
        return Heard(
            Input.KEYS, data.draw(st.sampled_from([right, right, "9999", "*", "8", "0"])), whole=whole
        )
    if sort == "event":
        event = data.draw(st.sampled_from([*EVENTS, Input.SILENCE, Input.SILENCE]))
        alone = here.performer is Performer.ROBOT and step.kind is not Kind.TRANSFER
        return Heard(Input.SILENCE if event is Input.NO_AGENT and alone else event, whole=whole)
    if sort == "key":
        return Heard(Input.KEYS, data.draw(st.sampled_from(KEYS)).strip("[]"), whole=whole)
    return Heard(Input.CHOICE, data.draw(st.sampled_from(offered)), whole=whole)


def seen(progress: Progress) -> tuple[object, ...]:
    """What a place and a progress have in common."""
    part = f"{CLOSED}{progress.part[5:]}" if progress.part.startswith("tell.") else progress.part
    return (progress.step, part, progress.performer is Performer.AGENT, progress.identified)


def of(place: Place) -> tuple[object, ...]:
    return place[:4]


def settled_on(system: System, places: Iterator[Place]) -> set[Place]:
    """The places where somebody is to answer or the talk is over, behind all statements."""
    found, todo = set[Place](), list(places)
    while todo:
        here = todo.pop()
        if system.over(here) or system.waits(here):
            found.add(here)
        else:
            todo += [place for move in system.moves(here) for place, _ in system.after(here, move)]
    return found


def moves_of(turn: Turn, one: Heard, turns: int) -> tuple[Move, ...]:
    """The moves that an input can have been; () and the talk may also stay where it is."""
    if turns > MAX_TURNS:
        return (BROKEN,)
    if one.kind in EVENTS:
        return EVENTS[one.kind]
    if one.kind is Input.PROBLEM:
        return (Move("stop", one.text),) if one.text in STOPPING else ()
    answers = [effect.category for effect in turn.effects if isinstance(effect, Answered)]
    return (Move("answer", answers[0]),) if answers else (SILENT, MISSED, REPEATED)


def follow(system: System, places: set[Place], turn: Turn, one: Heard) -> set[Place]:
    """The abstract places after an input that agree with what the engine did."""
    moves = moves_of(turn, one, turn.progress.turns)
    reached = set[Place]()
    for here in places:
        allowed = [move for move in moves if move in system.moves(here)]
        after = (place for move in allowed for place, _ in system.after(here, move))
        reached |= settled_on(system, after)
    stays = not any(isinstance(effect, Answered) for effect in turn.effects)
    return {place for place in reached | (places if stays else set()) if of(place) == seen(turn.progress)}


@pytest.mark.parametrize("name", library())
@given(data=st.data())
@settings(max_examples=6, deadline=None)
def test_whatever_happens_in_the_engine_is_possible_in_the_abstract_talk(
    name: str, data: st.DataObject
) -> None:
    script, system = library()[name], SYSTEMS[name]
    ways = values(script)
    chosen = {fact: data.draw(st.sampled_from(ways[fact])) for fact in ways if data.draw(st.booleans())}
    facts = sample_facts(script, chosen)
    facts |= {fact: sample_facts(script)[fact] for fact in missing(script, facts)}
    turn = begin(script, facts, performer=data.draw(st.sampled_from(Performer)))
    places = settled_on(system, (place for place, _ in system.starts()))
    places = {place for place in places if of(place) == seen(turn.progress)}
    assert places
    for _ in range(data.draw(st.integers(1, 40))):
        if turn.wait is None:
            return
        one = heard(script, facts, turn.progress, data)
        try:
            after = advance(script, facts, turn.progress, one)
        except NotOffered:
            continue
        found = follow(system, places, after, one)
        assert found, (seen(turn.progress), one, seen(after.progress))
        turn, places = after, found
