"""A running call with the switchboard it runs on."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.board import Board
from exchange.calls.call import Call, Life


@dataclass(frozen=True, slots=True)
class Leg:
    """What every step of a call's life needs."""

    board: Board
    call: Call
    life: Life
