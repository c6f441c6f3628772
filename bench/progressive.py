"""A progressive campaign with a hundred agents on the exchange: from a customer's answer to the agent's room.

    python -m bench.progressive [--agents 100] [--calls 100]

Dialer, web process and exchange are real and run at the speed of people. The time is the exchange's: from
the answer of the call to the customer in the agent's room, with webhook, commit and document between them.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from bench import crew
from bench.world import World, running, seated, trace
from dialer.campaigns import Plan, create_campaign
from dialer.lists.examine import Terms
from dialer.lists.importer import import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from ivr import clock
from ivr.demo import COMPANY
from ivr.morning import SHIPPED
from ledger import campaigns, connect, transaction

PATIENCE = 120.0
"""Seconds in which the calls must have been answered."""


def campaign(world: World) -> None:
    """A running progressive campaign of the demo's list."""
    now = clock.parse(world.environ["HUIFANG_CLOCK"]).now()
    with closing(connect(world.database)) as conn:
        report = import_list(conn, SHIPPED, Terms(load_kind("new_policy"), load_products(), b"bench", now))
        plan = Plan("bench", report.list_id, COMPANY.numbers[0], COMPANY.facts(), mode="progressive")
        campaign_id = create_campaign(conn, plan, now)
        with transaction(conn):
            campaigns.set_status(conn, campaign_id, "running", now)


async def morning(world: World, agents: list[crew.Agent], count: int) -> list[float]:
    """Dial until so many customers were put through; gives the milliseconds that each took."""
    pages = await seated(world, agents)
    world.processes.start("dial", "--cps", "20", "--lines", str(len(agents)))
    found: dict[str, float] = {}
    ends = time.monotonic() + PATIENCE
    async with world.session() as session:
        while len(found) < count and time.monotonic() < ends:
            await asyncio.sleep(1)
            await asyncio.gather(*(page.now() for page in pages))
            for sid in await _answered(session):
                if sid not in found and (took := through(await trace(session, sid))) is not None:
                    found[sid] = took
    return sorted(found.values())


async def _answered(session: aiohttp.ClientSession) -> list[str]:
    async with session.get("/control/calls?status=in-progress") as answer:
        return [one["sid"] for one in (await answer.json())["calls"] if one["direction"] == "outbound-api"]


def through(found: dict[str, Any]) -> float | None:
    """Milliseconds from the answer to the room; None for whom no agent took."""
    at = {
        entry.get("status", entry.get("event")): float(entry["at"])
        for entry in found["entries"]
        if entry["kind"] in ("status", "conference")
    }
    if "in-progress" not in at or "participant-join" not in at:
        return None
    return (at["participant-join"] - at["in-progress"]) * 1000


def main() -> None:
    """Print how long the customers waited."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--calls", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), 1) as world:
        campaign(world)
        agents = crew.hire(world.database, options.agents)
        took = asyncio.run(morning(world, agents, options.calls))
    if not took:
        sys.exit("nobody was put through")
    p99 = took[min(len(took) - 1, int(len(took) * 0.99))]
    print(
        f"{len(took)} customers, answer to agent: {statistics.median(took):.0f} ms (p50), {p99:.0f} ms (p99)"
    )


if __name__ == "__main__":
    main()
