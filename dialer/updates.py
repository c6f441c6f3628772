"""What a paid, reinstated, surrendered, settled or withdrawn policy or claim makes no longer due."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from dialer.errors import UpdateError
from dialer.lists.kinds import kinds, load_kind
from ledger import news
from ledger.news import News

FILE = Path(__file__).parent / "updates.toml"
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What the news changed; `new`: something did. `talking` are calls that go on and are the last ones.

    `ringing` are calls whose telephone may still ring: the dialer ends them.
    """

    new: bool = False
    tasks: int = 0
    rounds: int = 0
    talking: tuple[int, ...] = ()
    ringing: tuple[int, ...] = ()


@cache
def states() -> Mapping[str, tuple[str, ...]]:
    """The kinds of list that each state ends, by state."""
    data = tomllib.loads(FILE.read_text("utf-8"))
    return {state: tuple(table["ends"]) for state, table in data.items()}


def apply(
    conn: sqlite3.Connection, *, key: str, kind_of_key: str, state: str, source: str, now: datetime
) -> Cancelled:
    """Cancel what is no longer due for a policy or claim in every campaign, in a transaction.

    Said again it changes nothing. Nobody who is talked to is cut off; what rings is ended. `kind_of_key`
    names the fact that `key` is: `policy_no`, `claim_no`.
    """
    ended = _ended(state, kind_of_key)
    over = news.affected(conn, key, ended)
    rounds = news.unplan(conn, key, ended)
    said = News(key, kind_of_key, state, source)
    if not over and not rounds and news.is_known(conn, said):
        return Cancelled()
    news.write(conn, said, over, now)
    return Cancelled(
        new=True,
        tasks=sum(not one.answered for one in over),
        rounds=rounds,
        talking=tuple(one.call_id for one in over if one.call_id and one.answered),
        ringing=tuple(one.call_id for one in over if one.call_id and not one.answered),
    )


def ends(state: str, kind: str) -> bool:
    """Whether the state leaves nothing due for a kind of list."""
    return kind in states()[state] or EVERY in states()[state]


def _ended(state: str, kind_of_key: str) -> list[str]:
    """The kinds of list that the state ends, of those that go by this key."""
    if state not in states():
        raise UpdateError(f'state "{state}": is unknown; it must be one of {", ".join(states())}')
    by_key = [name for name in kinds() if load_kind(name).key == kind_of_key]
    if not by_key:
        raise UpdateError(f'key "{kind_of_key}": no kind of list goes by it; it is policy_no or claim_no')
    return [name for name in by_key if ends(state, name)]
