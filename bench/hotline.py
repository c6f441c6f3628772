"""A hundred callers of the hotline at once, and a few agents: who is served, in which order, and how soon.

    python -m bench.hotline [--callers 100] [--agents 5] [--speed 4]

Exchange, web process and ledger are real; callers press 0 for a person, agents stand in their rooms and talk
a few seconds. Nobody may be dropped: whoever no agent takes is promised a callback. Who began to wait
first is served first; a difference ends the run with an error.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sqlite3
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from bench import crew
from bench.crew import Agent
from bench.page import Page
from bench.world import NUMBER, World, running, seated, trace
from ledger import connect as opened

TALK = (3.0, 8.0)
"""Seconds of the clock that an agent talks to a caller."""
SERVED = """
select w.call_id, w.at, w.id, a.id from events w join events a on a.call_id = w.call_id and a.kind = 'agent'
where w.kind = 'waiting' order by a.id
"""
ENDINGS = "select outcome_reason, count(*) from calls where direction = 'inbound' group by 1 order by 2 desc"


async def serve(world: World, page: Page, dice: random.Random) -> None:
    """Talk to one caller after the other until cancelled; who has hung up is completed all the same."""
    while True:
        desk = await page.now()
        if desk["agent"]["state"] == "talking":
            await asyncio.sleep(dice.uniform(*TALK) / world.speed)
            await page.attempt(f"/desk/calls/{desk['call']['id']}/hangup")
        elif desk["agent"]["state"] == "wrapup":
            await page.attempt("/desk/state", {"to": "done"})
        await asyncio.sleep(0.1)


async def ring(world: World, session: aiohttp.ClientSession, place: int) -> str:
    """One caller, who wants a person."""
    order = {"to": NUMBER, "from": f"+86139{place:08}", "persona": "caller_wants_a_person"}
    async with session.post("/control/calls", json=order) as answer:
        answer.raise_for_status()
        return str((await answer.json())["sid"])


async def shift(world: World, agents: list[Agent], callers: int) -> list[dict[str, Any]]:
    """All callers ring at once; gives the trace of each call when the last of them is over."""
    pages = await seated(world, agents)
    work = [asyncio.create_task(serve(world, page, random.Random(n))) for n, page in enumerate(pages)]
    async with world.session() as session:
        sids = await asyncio.gather(*(ring(world, session, place) for place in range(callers)))
        while await _still(session, set(sids)):
            if broken := [task for task in work if task.done()]:
                raise SystemExit(f"an agent ended: {broken[0].exception()!r}")
            await asyncio.sleep(0.5)
        for task in work:
            task.cancel()
        return [await trace(session, sid) for sid in sids]


async def _still(session: aiohttp.ClientSession, sids: set[str]) -> bool:
    async with session.get("/control/calls") as answer:
        return any(call["sid"] in sids for call in (await answer.json())["calls"])


def first_words(found: dict[str, Any]) -> float:
    """Milliseconds from the webhook of the new call to the document with the first words."""
    return next(float(entry["real_ms"]) for entry in found["entries"] if entry["kind"] == "webhook")


def out_of_order(conn: sqlite3.Connection) -> list[int]:
    """The calls that were in the queue, and before the one that was served then."""
    served = conn.execute(SERVED).fetchall()
    return [
        late[0]
        for one, late in itertools.combinations(served, 2)
        if (late[1], late[0]) < (one[1], one[0]) and late[2] < one[3]
    ]


def main() -> None:
    """Print what became of the callers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=100)
    parser.add_argument("--agents", type=int, default=5)
    parser.add_argument("--speed", type=float, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), options.speed) as world:
        agents = crew.hire(world.database, options.agents)
        traces = asyncio.run(shift(world, agents, options.callers))
        words = sorted(map(first_words, traces))
        with closing(opened(world.database)) as conn:
            endings, served = conn.execute(ENDINGS).fetchall(), len(conn.execute(SERVED).fetchall())
            wrong = out_of_order(conn)
    print(f"callers {options.callers}, agents {options.agents}: {served} served, endings {dict(endings)}")
    p99 = words[min(len(words) - 1, int(len(words) * 0.99))]
    print(f"first words after {statistics.median(words):.0f} ms (p50), {p99:.0f} ms (p99)")
    if wrong or sum(count for _, count in endings) != options.callers:
        sys.exit(f"served out of order: {wrong}")


if __name__ == "__main__":
    main()
