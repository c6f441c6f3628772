"""Keys, words and hanging up from outside: whoever sends them takes a simulated person's place."""

from __future__ import annotations

from aiohttp import web

from exchange.control.body import body_of, keys_in, words_in
from exchange.errors import RestError
from exchange.people.person import Person
from exchange.rest.calls import call_of
from exchange.rest.door import BOARD
from exchange.sound.tape import CUSTOMER


async def keys(request: web.Request) -> web.StreamResponse:
    """`{"keys": "12#"}` are pressed; w and W wait in between."""
    person, data = _person(request), await body_of(request)
    pressed = keys_in(data.get("keys"), "keys")
    person.press(pressed.translate({ord("w"): None, ord("W"): None}))
    return web.Response(status=204)


async def words(request: web.Request) -> web.StreamResponse:
    """`{"say": "好的"}` is said, in the voice of the number."""
    person, data = _person(request), await body_of(request)
    said, board, order = words_in(data.get("say"), "say"), request.app[BOARD], call_of(request).order
    number = order.caller if call_of(request).direction == "inbound" else order.to
    person.say(said)
    person.line.sound(CUSTOMER, board.speech.clip(said, voice=board.plan.town.voice(number)))
    return web.Response(status=204)


async def hang_up(request: web.Request) -> web.StreamResponse:
    """The person hangs up."""
    _person(request).hang_up()
    return web.Response(status=204)


def _person(request: web.Request) -> Person:
    life = call_of(request).life
    if life is None or life.listener is None:
        raise RestError(400, 21220, "Call is not in-progress. Nobody is there to do this.")
    if not isinstance(life.listener, Person):
        life.listener = Person(life.line)
    return life.listener
