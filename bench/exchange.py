"""The exchange with 1,000 calls at once at real-time speed on one core, and the least a client can do there.

    python -m bench.exchange [--calls 1000] [--seconds 60] [--rounds 3]

Every call is asked the same question for ever and answers it with a key. The application runs in this
process, on another core; it knows when the next turn is due, and so measures what the exchange adds: from its
answer to the next verb, and from the moment a turn is due to the request on the wire.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.questioner import Measure, serving
from exchange.speaking.speech import PACK, Speech
from exchange.verbs.collecting import KEY_SECONDS

SENTENCE = "以后我们可能还会就服务情况联系您，您有意见随时说。"
PAUSE = 5
DELAY = 2.0
RINGS = (1.0, 12.0)
CPS = 100
CORE = 0
SID, TOKEN = "AC" + "7" * 32, "secret"
FROM = "+861095511000"
PERSONA = f"""
[persona.patient]
weight = 1
rings = [{RINGS[0]}, {RINGS[1]}]
delay = [{DELAY}, {DELAY}]
[[persona.patient.rule]]
heard = ""
keys = "1"
"""
QUESTION = (
    f'<Response><Gather numDigits="1" action="/turn"><Say language="cmn-CN">{SENTENCE}</Say>'
    f'<Pause length="{PAUSE}"/></Gather></Response>'
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: how late the turns came (ms, sorted), share of a core, and the memory at the end."""

    late: tuple[float, ...]
    core: float
    megabytes: float

    def at(self, share: float) -> float:
        """The lateness below which that share of the turns lies."""
        return self.late[min(len(self.late) - 1, int(len(self.late) * share))]


def period() -> float:
    """Seconds from one answer of the application to the next turn, by the clock alone."""
    return Speech([PACK]).clip(SENTENCE).seconds + PAUSE + DELAY + KEY_SECONDS


@contextmanager
def on_one_core(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A program that has one core for itself."""
    cores = os.sched_getaffinity(0)
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {CORE}),
    )
    os.sched_setaffinity(0, cores - {CORE} or cores)
    try:
        yield process
    finally:
        os.sched_setaffinity(0, cores)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


@asynccontextmanager
async def asking(measure: Measure) -> AsyncIterator[str]:
    """The application; gives its address."""
    server = await serving(measure)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def observed(measure: Measure, process: subprocess.Popen[str], seconds: float) -> Run:
    """Measures for so many seconds."""
    measure.open, began = True, cpu_seconds(process.pid)
    await asyncio.sleep(seconds)
    spent = cpu_seconds(process.pid) - began
    measure.open = False
    late = tuple(sorted(one * 1000 for one in measure.late))
    return Run(late, spent / seconds, resident(process.pid))


async def bare(calls: int, seconds: float) -> Run:
    """The baseline."""
    measure = Measure(QUESTION.encode(), period())
    async with asking(measure) as url:
        lasts = 2 * measure.period + seconds
        with on_one_core("bench.bare", f"{url}/turn", str(calls), str(measure.period), str(lasts)) as process:
            await asyncio.sleep(2 * measure.period)
            return await observed(measure, process, seconds)


async def ours(calls: int, seconds: float) -> Run:
    """The exchange."""
    measure = Measure(QUESTION.encode(), period())
    with tempfile.TemporaryDirectory() as folder:
        personas = Path(folder, "personas.toml")
        personas.write_text(PERSONA, encoding="utf-8")
        command = ("exchange", "--port", "0", "--cps", str(CPS), "--personas", str(personas))
        account = ("--account-sid", SID, "--auth-token", TOKEN, "--state", str(Path(folder, "state")))
        with on_one_core(*command, *account) as process:
            assert process.stdout is not None
            base = process.stdout.readline().split()[-1]
            async with asking(measure) as url:
                await place(base, url, calls)
                await asyncio.sleep(calls / CPS + RINGS[1] + measure.period)
                run = await observed(measure, process, seconds)
                if len(measure.due) < calls:
                    raise SystemExit(f"only {len(measure.due)} of {calls} calls were answered")
                return run


async def place(base: str, url: str, calls: int) -> None:
    """Asks the exchange for that many calls, each with status callbacks."""
    events = ("initiated", "ringing", "answered", "completed")
    code = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    async with aiohttp.ClientSession(headers={"Authorization": f"Basic {code}"}) as session:
        for number in range(calls):
            form = [("To", f"+86138{number:08d}"), ("From", FROM), ("Url", f"{url}/turn")]
            form += [
                ("StatusCallback", f"{url}/status"),
                *(("StatusCallbackEvent", event) for event in events),
            ]
            async with session.post(f"{base}/2010-04-01/Accounts/{SID}/Calls.json", data=form) as answer:
                answer.raise_for_status()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> float:
    """Megabytes of memory in use (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rounds = [
        {each.__name__: asyncio.run(each(options.calls, options.seconds)) for each in (bare, ours)}
        for _ in range(options.rounds)
    ]
    print(f"{options.calls} calls, a turn every {period():.1f} s\n")
    print("| client | turns/s | p50 ms | p99 ms | worst ms | share of the core | MiB |")
    print("|---|---|---|---|---|---|---|")
    for name in ("bare", "ours"):
        runs = [each[name] for each in rounds]
        rate = statistics.median(len(run.late) for run in runs) / options.seconds
        cells = [statistics.median(run.at(share) for run in runs) for share in (0.5, 0.99, 1.0)]
        core, memory = (
            statistics.median(run.core for run in runs),
            statistics.median(run.megabytes for run in runs),
        )
        p50, p99, worst = cells
        print(f"| {name} | {rate:.0f} | {p50:.1f} | {p99:.1f} | {worst:.1f} | {core:.0%} | {memory:.0f} |")


if __name__ == "__main__":
    main()
