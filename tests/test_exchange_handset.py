"""Several telephones ring for one address: who has the call, and what the others hear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from exchange.calls.call import Call
from exchange.clock import running
from exchange.order import Order
from exchange.people.handset import Handset, Handsets, first_to_answer
from exchange.people.person import Person
from exchange.sound.line import Line

CALL = Call("CA" + "0" * 32, Order("client:alice", "+1", ""), "outbound-api", 0.0)


class Telephone:
    """Rings so long, then ends as it was told to; notes what it was told."""

    def __init__(self, ending: str, after: float = 0.0) -> None:
        self.ending, self.after = ending, after
        self.canceled = self.ended = False

    async def ring(self, call: Call, person: Person, parameters: Mapping[str, str]) -> str:
        try:
            await asyncio.sleep(self.after)
        except asyncio.CancelledError:
            self.canceled = True
            raise
        return self.ending

    def connected(self, call: Call) -> None:
        raise AssertionError("nobody called from here")

    def over(self, call: Call) -> None:
        self.ended = True


class Stubborn(Telephone):
    """Takes a while to stop ringing."""

    def __init__(self) -> None:
        super().__init__("answered", 60)

    async def ring(self, call: Call, person: Person, parameters: Mapping[str, str]) -> str:
        try:
            return await super().ring(call, person, parameters)
        finally:
            await asyncio.sleep(0.01)


async def outcome(*telephones: Telephone) -> tuple[str, Handset | None]:
    person, winners = Person(Line(running(1.0))), list[Handset]()
    ending = await first_to_answer(list(telephones), CALL, person, {}, winners.append)
    return ending, next(iter(winners), None)


def test_the_first_to_answer_has_the_call_and_the_others_stop_ringing() -> None:
    slow, quick = Telephone("answered", 60), Telephone("answered", 0.01)
    assert asyncio.run(outcome(slow, quick)) == ("answered", quick)
    assert (slow.canceled, slow.ended, quick.ended) == (True, False, False)


def test_of_two_who_answer_at_once_the_other_is_told_that_the_call_is_over() -> None:
    both = Telephone("answered"), Telephone("answered")
    ending, winner = asyncio.run(outcome(*both))
    assert ending == "answered"
    assert [one.ended for one in both] == [one is not winner for one in both]


def test_one_who_refuses_leaves_the_others_ringing() -> None:
    quick, slow = Telephone("busy"), Telephone("answered", 0.02)
    assert asyncio.run(outcome(quick, slow)) == ("answered", slow)


def test_when_all_refuse_the_line_is_busy() -> None:
    assert asyncio.run(outcome(Telephone("busy"), Telephone("busy"))) == ("busy", None)


def test_a_caller_who_gives_up_stops_all_of_them() -> None:
    telephones = Telephone("answered", 60), Telephone("answered", 60)

    async def work() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(outcome(*telephones), 0.01)

    asyncio.run(work())
    assert all(one.canceled for one in telephones)


def test_a_caller_who_gives_up_at_the_moment_of_the_answer_is_too_late() -> None:
    telephones, winners = (Telephone("answered"), Stubborn()), list[Handset]()

    async def work() -> None:
        person = Person(Line(running(1.0)))
        ringing = asyncio.ensure_future(first_to_answer(list(telephones), CALL, person, {}, winners.append))
        while not winners:
            await asyncio.sleep(0)
        ringing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ringing

    asyncio.run(work())
    assert winners == [telephones[0]]


def test_a_telephone_rings_at_its_address_until_it_signs_out() -> None:
    handsets, one, other = Handsets(), Telephone("busy"), Telephone("busy")
    handsets.add("client:alice", one)
    handsets.add("client:alice", other)
    handsets.add("+861", one)
    assert (handsets.at("client:alice"), handsets.addresses()) == ([one, other], ["+861", "client:alice"])
    handsets.remove("client:alice", one)
    handsets.remove("client:bob", one)
    assert handsets.at("client:alice") == [other]
    handsets.remove("client:alice", other)
    assert handsets.addresses() == ["+861"]
