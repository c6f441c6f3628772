"""Browsers that can be rung, by their addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from exchange.calls.call import Call
    from exchange.people.person import Person


class Handset(Protocol):
    """A browser that rings, and talks when somebody picks up."""

    async def ring(self, call: Call, person: Person, parameters: Mapping[str, str]) -> str:
        """Rings until it is picked up (`answered`) or refused (`busy`); canceled when the caller gives up."""

    def connected(self, call: Call) -> None:
        """The call this handset made was answered."""

    def over(self, call: Call) -> None:
        """The call has ended."""


class Handsets:
    """Who is signed in: `client:NAME` for browsers of the SDK, numbers for the phone page."""

    def __init__(self) -> None:
        self._at: dict[str, list[Handset]] = {}

    def add(self, address: str, handset: Handset) -> None:
        """Signs a handset in."""
        self._at.setdefault(address, []).append(handset)

    def remove(self, address: str, handset: Handset) -> None:
        """Signs a handset out."""
        kept = [one for one in self._at.get(address, []) if one is not handset]
        if kept:
            self._at[address] = kept
        else:
            self._at.pop(address, None)

    def at(self, address: str) -> list[Handset]:
        """The handsets that ring for an address."""
        return list(self._at.get(address, ()))

    def addresses(self) -> list[str]:
        """Every address somebody is signed in at."""
        return sorted(self._at)


async def first_to_answer(
    handsets: list[Handset],
    call: Call,
    person: Person,
    parameters: Mapping[str, str],
    won: Callable[[Handset], None],
) -> str:
    """Rings all at once: the first to pick up has the call, and is named to `won`; `busy` when all refuse."""
    ringing = {asyncio.ensure_future(one.ring(call, person, parameters)): one for one in handsets}
    ending, winner = "no-answer", None
    try:
        for done in asyncio.as_completed(tuple(ringing)):
            ending = await done
            if ending == "answered":
                winner = next(one for task, one in ringing.items() if _answered(task))
                won(winner)
                break
        return ending
    finally:
        for task, one in ringing.items():
            task.cancel()
            if _answered(task) and one is not winner:  # at the same moment, or when the caller gave up
                one.over(call)
        await asyncio.gather(*ringing, return_exceptions=True)


def _answered(task: asyncio.Future[str]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None and task.result() == "answered"
