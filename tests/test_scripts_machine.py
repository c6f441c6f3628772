"""The state machine behind a script."""

from dataclasses import replace

import pytest
from transitions import MachineError

from scripts.load import library
from scripts.machine import machine
from scripts.model import EngineError, Step
from scripts.values import Performer

SURVEY = library()["survey"]


class Pedestrian:
    """A walker to whom everything applies, unless it is told otherwise."""

    def __init__(self, state: str, *, passes: tuple[str, ...] = (), settled: tuple[str, ...] = ()) -> None:
        self.state, self.passes, self.settled = state, passes, settled
        self.performer = Performer.ROBOT

    def fits(self, step: Step) -> bool:
        return step.name not in self.passes

    def is_open(self, step: Step) -> bool:
        return step.name not in self.settled


def moved(event: str, walker: Pedestrian) -> str:
    machine(SURVEY).move(event, walker)
    return walker.state


def test_a_step_without_a_target_goes_on_to_the_next() -> None:
    assert moved("next", Pedestrian("start")) == "label"
    assert moved("next", Pedestrian("consent")) == "anyone_hurt"


def test_steps_that_do_not_apply_or_are_settled_are_passed_over() -> None:
    near = ("other_party", "both_places")
    assert moved("next", Pedestrian("consent", passes=("anyone_hurt", *near))) == "called_in_ten_minutes"
    done = ("anyone_hurt", "called_in_ten_minutes")
    assert moved("next", Pedestrian("consent", passes=near, settled=done)) == "arrived"


def test_a_wired_step_is_only_reached_by_its_wire() -> None:
    assert moved("next", Pedestrian("arrived")) == "manner"
    assert moved("no", Pedestrian("arrived")) == "appointment"


def test_a_wired_step_that_does_not_apply_is_replaced() -> None:
    assert moved("busy", Pedestrian("arrived")) == "busy"
    assert moved("busy", Pedestrian("arrived", passes=("busy",))) == "bye"


def test_a_robot_is_sent_from_a_human_step_to_the_transfer() -> None:
    human = replace(SURVEY.steps["manner"], human_only=True)
    script = replace(SURVEY, steps={**SURVEY.steps, "manner": human}, digest="human")
    walker = Pedestrian("arrived")
    machine(script).move("next", walker)
    assert walker.state == "transfer"


def test_an_agent_says_a_human_step_and_is_not_transferred_to_himself() -> None:
    human = replace(SURVEY.steps["manner"], human_only=True)
    script = replace(SURVEY, steps={**SURVEY.steps, "manner": human}, digest="human")
    walker = Pedestrian("arrived")
    walker.performer = Performer.AGENT
    machine(script).move("next", walker)
    assert walker.state == "manner"
    machine(script).move("on.human", walker)
    assert walker.state == "colleague"


@pytest.mark.parametrize(("event", "state"), [("maybe", "arrived"), ("no", "bye"), ("next", "nowhere")])
def test_what_the_library_of_machines_raises_is_our_own_error(event: str, state: str) -> None:
    with pytest.raises(EngineError, match="survey: no way"):
        machine(SURVEY).move(event, Pedestrian(state))


def test_a_walker_that_lacks_something_is_our_own_error_too() -> None:
    walker = Pedestrian("arrived")
    del walker.passes
    with pytest.raises(EngineError):
        machine(SURVEY).move("next", walker)


def test_the_error_of_the_library_stays_its_cause() -> None:
    with pytest.raises(EngineError) as refusal:
        machine(SURVEY).move("next", Pedestrian("bye"))
    assert isinstance(refusal.value.__cause__, MachineError)


def test_one_machine_serves_all_calls_of_a_script() -> None:
    assert machine(SURVEY) is machine(library()["survey"])
