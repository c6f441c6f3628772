"""A persona that is named, at the far end of a call that comes in."""

from __future__ import annotations

import random
from typing import Any

from exchange.board import Board
from exchange.control.body import words_in
from exchange.errors import RestError
from exchange.people.customer import Customer


def persona_in(board: Board, data: dict[str, Any], number: str) -> Customer | None:
    """Somebody like the `persona` of the body, who knows its `facts`; nobody where none is named."""
    if data.get("persona") is None:
        return None
    town, name = board.plan.town, words_in(data["persona"], "persona")
    persona = town.named(name)
    if persona is None:
        raise RestError(400, 20001, f"persona: there is no {name!r}: see --personas")
    dice = random.Random(town.dice_seed(number, board.register.next_attempt(number)))
    known = dict(town.facts(number)) | _facts(data.get("facts", {}))
    return Customer(persona, known, dice, persona.voice or town.voice(number))


def _facts(facts: Any) -> dict[str, str]:
    if not isinstance(facts, dict):
        raise RestError(400, 20001, "facts: an object of texts is wanted")
    return {name: words_in(value, f"facts: {name}") for name, value in facts.items()}
