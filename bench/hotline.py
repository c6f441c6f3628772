"""A hundred callers of the hotline at once, and a few agents: who is served, in which order, and how soon.

    python -m bench.hotline [--callers 100] [--agents 5] [--speed 4]

Exchange, web process and ledger are real; callers press 0 for a person, agents stand in their rooms and talk
a few seconds. Nobody may be dropped: whoever no agent takes is promised a callback. Who began to wait
first is served first; a difference ends the run with an error.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import os
import random
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench import crew
from bench.crew import Agent
from bench.page import Page, connect
from dialer import wiring
from dialer.carrier import Carrier
from ivr import demo
from ivr.demo import COMPANY
from ivr.home import Home, write_company
from ledger import connect as opened
from ledger import migrate

NUMBER = f"+{COMPANY.numbers[0]}"
TALK = (3.0, 8.0)
"""Seconds of the clock that an agent talks to a caller."""
SERVED = """
select w.call_id, w.id, a.id from events w join events a on a.call_id = w.call_id and a.kind = 'agent'
where w.kind = 'waiting' order by a.id
"""
ENDINGS = "select outcome_reason, count(*) from calls where direction = 'inbound' group by 1 order by 2 desc"


@dataclass(frozen=True, slots=True)
class World:
    """The running processes, and how to reach them."""

    environ: Mapping[str, str]
    database: Path
    application: str
    speed: float

    @property
    def exchange(self) -> str:
        """Where the exchange is."""
        return self.environ["TWILIO_API_BASE"]

    @property
    def port(self) -> int:
        """The port of the web process."""
        return int(self.environ["HUIFANG_PUBLIC_URL"].rpartition(":")[2])

    def session(self) -> aiohttp.ClientSession:
        """A client with the account's credentials."""
        login = f"{self.environ['TWILIO_ACCOUNT_SID']}:{self.environ['TWILIO_AUTH_TOKEN']}"
        basic = base64.b64encode(login.encode()).decode()
        return aiohttp.ClientSession(self.exchange, headers={"Authorization": f"Basic {basic}"})


@contextmanager
def running(root: Path, speed: float) -> Iterator[World]:
    """An exchange whose one number leads to the hotline of a web process."""
    home = Home(root)
    home.make()
    write_company(home.company_file, COMPANY)
    database = root / "huifang.db"
    migrate(database)
    environ = demo.environment(home, speed)
    os.environ.update(environ)
    with demo.running(home, environ) as processes:
        port = environ["TWILIO_API_BASE"].rpartition(":")[2]
        processes.start("exchange", "--port", port, "--cps", "100")
        processes.await_answer(f"{environ['TWILIO_API_BASE']}/control/health")
        carrier = Carrier(
            environ["TWILIO_ACCOUNT_SID"], environ["TWILIO_AUTH_TOKEN"], environ["TWILIO_API_BASE"],
            environ["HUIFANG_PUBLIC_URL"],
        )  # fmt: skip
        carrier.client.incoming_phone_numbers.create(phone_number=NUMBER)
        wiring.hotline(carrier, COMPANY.numbers[0])
        world = World(environ, database, wiring.application(carrier), speed)
        processes.add(TWILIO_TWIML_APP_SID=world.application)
        processes.start("serve", "--port", str(world.port), "--live-port", str(demo.free_port()))
        processes.await_answer(f"{environ['HUIFANG_PUBLIC_URL']}/health")
        yield world


async def stand(world: World, page: Page, agent: Agent) -> None:
    """The agent signs on, the own line stands in the room, and calls may come."""
    await page.open()
    await page.post("/desk/state", {"to": "on"})
    async with world.session() as session:
        device = {"identity": f"agent_{agent.user_id}", "application": world.application}
        async with session.post("/control/devices", json=device) as answer:
            answer.raise_for_status()
    while not (await page.now())["agent"]["leg"]:
        await asyncio.sleep(0.05)
    await page.post("/desk/state", {"to": "ready"})


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
    pages = [Page(await connect(world.port), one.cookie, "") for one in agents]
    await asyncio.gather(*(stand(world, page, one) for page, one in zip(pages, agents, strict=True)))
    work = [asyncio.create_task(serve(world, page, random.Random(n))) for n, page in enumerate(pages)]
    async with world.session() as session:
        sids = await asyncio.gather(*(ring(world, session, place) for place in range(callers)))
        while await _still(session, set(sids)):
            if broken := [task for task in work if task.done()]:
                raise SystemExit(f"an agent ended: {broken[0].exception()!r}")
            await asyncio.sleep(0.5)
        for task in work:
            task.cancel()
        return [await _trace(session, sid) for sid in sids]


async def _still(session: aiohttp.ClientSession, sids: set[str]) -> bool:
    async with session.get("/control/calls") as answer:
        return any(call["sid"] in sids for call in (await answer.json())["calls"])


async def _trace(session: aiohttp.ClientSession, sid: str) -> dict[str, Any]:
    async with session.get(f"/control/calls/{sid}/trace") as answer:
        return dict(await answer.json())


def first_words(trace: dict[str, Any]) -> float:
    """Milliseconds from the webhook of the new call to the document with the first words."""
    return next(float(entry["real_ms"]) for entry in trace["entries"] if entry["kind"] == "webhook")


def out_of_order(conn: sqlite3.Connection) -> list[int]:
    """The calls that were served before one that had begun to wait earlier."""
    served = conn.execute(SERVED).fetchall()
    return [later[0] for one, later in itertools.pairwise(served) if later[1] < one[1]]


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
