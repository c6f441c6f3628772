"""A small world for measurements: exchange and web process as programs, agents without browsers."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.crew import Agent
from bench.page import Page, connect
from dialer import wiring
from dialer.carrier import Carrier
from ivr import clock, demo
from ivr.demo import COMPANY, Processes
from ivr.home import Home, write_company
from ledger import connect as connect_ledger
from ledger import migrate, transaction
from tests.in_force import put_in_force

NUMBER = f"+{COMPANY.numbers[0]}"


@dataclass(frozen=True, slots=True)
class World:
    """The running processes, and how to reach them."""

    environ: Mapping[str, str]
    database: Path
    application: str
    speed: float
    processes: Processes

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
def running(root: Path, speed: float, *exchange: str) -> Iterator[World]:
    """An exchange whose one number leads to the hotline of a web process."""
    home = Home(root)
    home.make()
    write_company(home.company_file, COMPANY)
    database = root / "huifang.db"
    migrate(database)
    environ = demo.environment(home, speed)
    os.environ.update(environ)
    with closing(connect_ledger(database)) as conn, transaction(conn):
        put_in_force(conn, clock.parse(environ["HUIFANG_CLOCK"]).now())
    with demo.running(home, environ) as processes:
        port = environ["TWILIO_API_BASE"].rpartition(":")[2]
        processes.start("exchange", "--port", port, "--cps", "100", *exchange)
        processes.await_answer(f"{environ['TWILIO_API_BASE']}/control/health")
        carrier = Carrier(
            environ["TWILIO_ACCOUNT_SID"], environ["TWILIO_AUTH_TOKEN"], environ["TWILIO_API_BASE"],
            environ["HUIFANG_PUBLIC_URL"],
        )  # fmt: skip
        carrier.client.incoming_phone_numbers.create(phone_number=NUMBER)
        wiring.hotline(carrier, COMPANY.numbers[0])
        world = World(environ, database, wiring.application(carrier), speed, processes)
        processes.add(TWILIO_TWIML_APP_SID=world.application)
        processes.start("serve", "--port", str(world.port), "--live-port", str(demo.free_port()))
        processes.await_answer(f"{environ['HUIFANG_PUBLIC_URL']}/health")
        yield world


async def seated(world: World, agents: list[Agent]) -> list[Page]:
    """The pages of these agents, who are all ready."""
    pages = [Page(await connect(world.port), one.cookie, "") for one in agents]
    await asyncio.gather(*(_stand(world, page, one) for page, one in zip(pages, agents, strict=True)))
    return pages


async def _stand(world: World, page: Page, agent: Agent) -> None:
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


async def trace(session: aiohttp.ClientSession, sid: str) -> dict[str, Any]:
    """All that happened on a call."""
    async with session.get(f"/control/calls/{sid}/trace") as answer:
        return dict(await answer.json())
