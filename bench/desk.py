"""Agents at their desks: a click to the next step, an answered call to its agent.

    python -m bench.desk [--agents 100] [--seconds 60] [--rounds 3]

Every agent has a session and a call of the new-contract script; a click is the POST that the page sends, and
its answer is the whole next step. Beside it, in the same run, a bare Flask route that commits one row.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bench import crew
from bench.crew import Agent
from bench.load import Measured, Stream, closed, open_loop, request
from bench.page import Page, Wire, connect
from bench.webhook import CALL, MORNING, NOW, TOKEN, Made, build, serving
from ivr.demo import free_port

THINKS = (1.0, 5.0)
"""Seconds from the moment the words have been read to the click."""
PAUSE = (2.0, 8.0)
"""About what a step takes in all, for the route that has no words."""
HASTE = 1000
"""A clock on which the words are read in no time."""
ANSWERS_PER_SECOND = 20.0
"""Calls answered per second, far above what 100 agents can take."""


def answered(base: str, made: Made) -> bytes:
    """The carrier's signed word that a call was answered."""
    call_id, sid, _ = made
    form = CALL | {"CallSid": sid, "To": "+8613800000000", "Called": "+8613800000000"}
    path = f"/calls/{call_id}/answered"
    signature = RequestValidator(TOKEN).compute_signature(base + path, form)
    return request(path, urlencode(form), {"X-Twilio-Signature": signature})


@contextmanager
def floor(
    server: str, home: Path, made: list[Made], agents: list[Agent], speed: int = 1
) -> Iterator[tuple[int, list[Stream]]]:
    """A server on a fresh copy of the ledger, every agent waiting for a call that is being placed."""
    with tempfile.TemporaryDirectory() as folder:
        for file in ("huifang.db", "company.toml"):
            shutil.copy(home / file, Path(folder) / file)
        database = Path(folder) / "huifang.db"
        crew.take_seats(database, agents, NOW)
        crew.reserve(database, agents, [call_id for call_id, _, _ in made], NOW)
        port = free_port()
        with serving(server, Path(folder), port, f"{MORNING}*{speed}"):
            yield port, [[answered(f"http://127.0.0.1:{port}", one)] for one in made]


Talk = Callable[[Page, dict[str, Any], random.Random], Awaitable[None]]


async def _pages(port: int, agents: list[Agent], made: list[Made], talk: Talk) -> list[float]:
    """Open every page, let the agents talk, give what the clicks took."""
    tails = [str(facts["id_tail"]).replace("X", "*") for _, _, facts in made]
    pages = [Page(await connect(port), one.cookie, tail) for one, tail in zip(agents, tails, strict=True)]
    documents = [await page.open() for page in pages]
    dice = [random.Random(place) for place in range(len(pages))]
    await asyncio.gather(*map(talk, pages, documents, dice))
    for page in pages:
        page.wire.writer.close()
    return [latency for page in pages for latency in page.latencies]


def at_human_pace(seconds: float) -> Talk:
    """An agent who reads the words to the customer and hears the answer before the click."""

    async def talk(page: Page, document: dict[str, Any], dice: random.Random) -> None:
        ends = time.perf_counter() + seconds
        await asyncio.sleep(dice.uniform(*PAUSE) - PAUSE[0])
        while (call := document["call"])["outcome"] is None:
            pause = call["step"]["hold_ms"] / 1000 + dice.uniform(*THINKS)
            if time.perf_counter() + pause > ends:
                return
            await asyncio.sleep(pause)
            document = await page.click(call)

    return talk


async def without_pause(page: Page, document: dict[str, Any], dice: random.Random) -> None:
    """An agent who clicks as soon as the words may have been read, to the end of the talk."""
    while (call := document["call"])["outcome"] is None:
        await asyncio.sleep(call["step"]["hold_ms"] / 1000 / HASTE)
        document = await page.click(call)


def measured(latencies: list[float], seconds: float) -> Measured:
    """Clicks as a measurement."""
    return Measured(len(latencies), 0, seconds, tuple(sorted(latencies)))


def clicks(port: int, agents: list[Agent], made: list[Made], talk: Talk) -> Measured:
    """What the clicks of all agents took."""
    began = time.perf_counter()
    latencies = asyncio.run(_pages(port, agents, made, talk))
    return measured(latencies, time.perf_counter() - began)


async def _routed(port: int, agents: list[Agent], pause: tuple[float, float], count: int) -> list[float]:
    """The same clicks at the bare route."""
    latencies: list[float] = []

    async def click(place: int) -> None:
        wire, dice = await connect(port), random.Random(place)
        await asyncio.sleep(dice.uniform(0, pause[1]))
        for n in range(count):
            latencies.append(await _bare_click(wire, place, n))
            await asyncio.sleep(dice.uniform(*pause))
        wire.writer.close()

    await asyncio.gather(*(click(place) for place in range(len(agents))))
    return latencies


async def _bare_click(wire: Wire, place: int, n: int) -> float:
    began = time.perf_counter()
    head = f"POST /desk/calls/{place}/turns/{n} HTTP/1.1\r\nContent-Type: application/json\r\n"
    await wire.ask(head, '{"choice": "yes", "whole": true}')
    return (time.perf_counter() - began) * 1000


def bare_clicks(port: int, agents: list[Agent], pause: tuple[float, float], count: int) -> Measured:
    """What the same clicks take where a click is one row."""
    began = time.perf_counter()
    latencies = asyncio.run(_routed(port, agents, pause, count))
    return measured(latencies, time.perf_counter() - began)


def once(home: Path, made: list[Made], agents: list[Agent], seconds: float) -> dict[str, Measured]:
    """One round of everything."""
    found = {}
    with floor("route", home, made, agents) as (port, _):
        found["bare route, human pace"] = bare_clicks(port, agents, PAUSE, int(seconds / 5))
        found["bare route, saturated"] = bare_clicks(port, agents, (0, 0), 25)
    with floor("ours", home, made, agents) as (port, answers):
        rate = ANSWERS_PER_SECOND
        found[f"answer → agent, {rate:.0f} a second"] = _good(open_loop(port, answers, rate, 60.0, seed=1))
        found["click, human pace"] = clicks(port, agents, made, at_human_pace(seconds))
    with floor("ours", home, made, agents, HASTE) as (port, answers):
        found["answer → agent, all at once"] = _good(closed(port, answers, len(answers)))
        found["click, saturated"] = clicks(port, agents, made, without_pause)
    return found


def _good(done: Measured) -> Measured:
    if done.failed:
        raise SystemExit(f"{done.failed} of {done.requests} requests failed")
    return done


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        made = build(home, options.agents)
        agents = crew.hire(home / "huifang.db", options.agents)
        rounds = [once(home, made, agents, options.seconds) for _ in range(options.rounds)]
    print("| what | requests | per s | p50 ms | p99 ms | worst ms |\n|---|---|---|---|---|---|")
    for name in rounds[0]:
        runs = [each[name] for each in rounds]
        rate, p50 = (statistics.median(kind) for kind in ([r.rate for r in runs], [r.median for r in runs]))
        p99 = statistics.median(run.at(0.99) for run in runs)
        worst = max(run.latencies[-1] for run in runs)
        print(f"| {name} | {runs[0].requests} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {worst:.1f} |")


if __name__ == "__main__":
    main()
