"""Looks at ledger and exchange again and again: what is not so in both, and for how long."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

import ledger
from ivr.room_twiml import AGENT, CUSTOMER
from ledger import desks
from ledger.times import to_text
from tests.shift import Shift

Wrong = tuple[str, int]
"""What is wrong, and with which agent or call."""
Row = sqlite3.Row


@dataclass(frozen=True)
class Picture:
    """Ledger and exchange at one moment."""

    now: datetime
    desks: list[Row]
    calls: dict[int, Row]
    waits: list[Row]
    free: list[int]
    running: frozenset[str]
    rooms: dict[str, list[dict[str, Any]]]

    def there(self, user_id: int, sid: str | None) -> bool:
        """Whether a call of the carrier's is in an agent's room."""
        return any(one["call"] == sid for one in self.rooms.get(f"desk-{user_id}", []))

    def is_running(self, call: Row) -> bool:
        """Whether the carrier has the call still, or has not said its name."""
        return call["carrier_sid"] is None or call["carrier_sid"] in self.running


@dataclass
class Watch:
    """Remembers since when something is wrong, and the longest time that each kind of it lasted."""

    world: Shift
    auth: tuple[str, str]
    since: dict[Wrong, datetime] = field(default_factory=dict)
    longest: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    worst: dict[str, int] = field(default_factory=dict)

    def look(self) -> set[Wrong]:
        """Everything that is wrong now."""
        picture = self._picture()
        found = set(wrong(picture))
        self.since = {one: at for one, at in self.since.items() if one in found}
        for one in found:
            self.seen[one[0]] += one not in self.since
            lasted = int((picture.now - self.since.setdefault(one, picture.now)).total_seconds())
            if lasted >= self.longest[one[0]]:
                self.longest[one[0]], self.worst[one[0]] = lasted, one[1]
        return found

    def forgive(self) -> None:
        """Nothing could be healed until now: count from here."""
        self.since.clear()

    def _picture(self) -> Picture:
        now = self.world.now()
        running = frozenset(one["sid"] for one in self._ask("calls")["calls"])
        rooms = {one["name"]: one["participants"] for one in self._ask("conferences")["conferences"]}
        with closing(ledger.connect(self.world.home.root / "huifang.db")) as conn:
            conn.execute("begin")
            free = desks.free(conn, now)
            conn.row_factory = sqlite3.Row
            calls = conn.execute("select * from calls where ended_at is null").fetchall()
            return Picture(
                now,
                conn.execute("select * from desks").fetchall(),
                {row["id"]: row for row in calls},
                conn.execute("select * from waits order by rank, since").fetchall(),
                free,
                running,
                rooms,
            )

    def _ask(self, what: str) -> dict[str, Any]:
        answer = requests.get(f"{self.world.exchange}/control/{what}", auth=self.auth, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def wrong(picture: Picture) -> Iterator[Wrong]:
    """What is not so in both."""
    yield from _desks(picture)
    yield from _waits(picture)
    yield from _calls(picture)
    yield from _rooms(picture)


def _desks(picture: Picture) -> Iterator[Wrong]:
    for desk in picture.desks:
        user_id, call = desk["user_id"], picture.calls.get(desk["call_id"])
        if desk["leg_sid"] and not picture.there(user_id, desk["leg_sid"]):
            yield "phantom agent", user_id
        if desk["state"] not in desks.IN_CALL:
            continue
        if call is None:
            yield "agent on a call that is over", user_id
        elif not picture.is_running(call):
            yield "agent stuck on a dead call", user_id
        elif desk["state"] == desks.TALKING and not desk["leg_sid"]:
            yield "customer of an agent who is gone", call["id"]
        elif desk["state"] == desks.TALKING and not picture.there(user_id, call["carrier_sid"]):
            yield "agent alone", user_id


def _waits(picture: Picture) -> Iterator[Wrong]:
    for wait in picture.waits:
        call = picture.calls.get(wait["call_id"])
        if call is None:
            yield "wait of a call that is over", wait["call_id"]
        elif not picture.is_running(call):
            yield "wait of a dead call", wait["call_id"]
        elif picture.free:
            yield "waiting while an agent is idle", wait["call_id"]
        if wait["until"] < to_text(picture.now):
            yield "waiting without a promise", wait["call_id"]


def _calls(picture: Picture) -> Iterator[Wrong]:
    kept = {desk["call_id"] for desk in picture.desks if desk["state"] in desks.IN_CALL}
    kept |= {wait["call_id"] for wait in picture.waits}
    for call in picture.calls.values():
        if not picture.is_running(call):
            yield "open in the ledger only", call["id"]
        elif call["performer"] == "agent" and call["status"] == "in-progress" and call["id"] not in kept:
            yield "customer of nobody", call["id"]


def _rooms(picture: Picture) -> Iterator[Wrong]:
    talking = {
        (desk["user_id"], picture.calls[desk["call_id"]]["carrier_sid"])
        for desk in picture.desks
        if desk["state"] == desks.TALKING and desk["call_id"] in picture.calls
    }
    for name, people in picture.rooms.items():
        user_id = int(name.removeprefix("desk-"))
        customers = [one["call"] for one in people if one["label"] == CUSTOMER]
        if len(customers) > 1:
            yield "two customers in a room", user_id
        if any((user_id, sid) not in talking for sid in customers):
            yield "customer in a foreign room", user_id
        if customers and not any(one["label"].startswith(AGENT) for one in people):
            yield "customer alone in a room", user_id
