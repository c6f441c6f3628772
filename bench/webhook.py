"""Webhook turns per second under granian: ours, the bare floor, and the usual stack, in one run.

    python -m bench.webhook [--calls 300] [--rounds 5] [--rate 600]

Every round works on a fresh copy of a ledger with calls of the demo's list; a request is a whole turn of the
new-contract script: signature, parsing, engine, answer on disk (`synchronous=FULL`), TwiML.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bench.load import Measured, Stream, closed, open_loop, request
from dialer import gate
from dialer.campaigns import Plan, create_campaign
from dialer.ending import open_book
from dialer.lists.examine import Terms
from dialer.lists.importer import import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from dialer.profile import load_profile
from ivr.demo import COMPANY, free_port
from ivr.home import write_company
from ivr.morning import SHIPPED
from ivr.occasion import Occasion
from ledger import calls, campaigns, claims, connect, migrate, state, transaction
from scripts.engine import advance, begin
from scripts.load import library
from scripts.model import Kind
from scripts.values import Facts, Heard, Input, Turn
from tests.in_force import put_in_force

SERVERS = ("naive", "bare", "ours")
TOKEN = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
MORNING = "2026-11-23T09:30:00+08:00"
THREADS = 24
CONNECTIONS = 16
CALL = {
    "AccountSid": "AC" + "0" * 32, "ApiVersion": "2010-04-01", "CallStatus": "in-progress",
    "Direction": "outbound-api", "From": "+8675588880000", "Caller": "+8675588880000",
    "CallerCountry": "CN", "CallerState": "", "CallerCity": "", "CallerZip": "", "FromCountry": "CN",
    "FromState": "", "FromCity": "", "FromZip": "", "ToCountry": "CN", "ToState": "", "ToCity": "",
    "ToZip": "", "CalledCountry": "CN", "CalledState": "", "CalledCity": "", "CalledZip": "",
    "AnsweredBy": "human", "msg": "Gather End", "FinishedOnKey": "",
}  # fmt: skip


Made = tuple[int, str, Facts]


def build(home: Path, count: int) -> list[Made]:
    """Make a ledger with that many placed calls; return their id, carrier's id, and facts."""
    database = home / "huifang.db"
    migrate(database)
    write_company(home / "company.toml", COMPANY)
    with closing(connect(database)) as conn:
        with transaction(conn):
            put_in_force(conn, NOW)
        terms = Terms(load_kind("new_policy"), load_products(), b"bench", NOW)
        report = import_list(conn, SHIPPED, terms)
        plan = Plan("bench", report.list_id, COMPANY.numbers[0], COMPANY.facts())
        campaign_id = create_campaign(conn, plan, NOW)
        with transaction(conn):
            campaigns.set_status(conn, campaign_id, "running", NOW)
        rules = gate.Rules(load_profile("cn_life"), "duty", COMPANY.numbers[0], frozenset(COMPANY.numbers))
        decide = partial(gate.decide, rules=rules, now=NOW)
        terms = claims.Terms(campaign_id, NOW, NOW.date(), decide, COMPANY.numbers[0])
        claimed = claims.claim(conn, terms, count)
        occasion = Occasion(COMPANY, open_book(database))
        made = []
        for one in claimed:
            sid = f"CA{one.call_id:032x}"
            with transaction(conn):
                calls.placing(conn, one.call_id, NOW)
                calls.placed(conn, one.call_id, sid, NOW)
            facts = occasion.facts(conn, state.read(conn, one.call_id).state, NOW)
            made.append((one.call_id, sid, facts))
        conn.execute("create table naive_answers (call_id int, turn int, step text, raw text, at text)")
        conn.execute("pragma wal_checkpoint(truncate)")
        return made


def digits(facts: Facts) -> Iterator[str]:
    """What an honest customer keys, turn by turn, until the talk is over or waits for a person (B25)."""
    script = library()["new-contract"]
    turn = begin(script, facts)
    while turn.wait is not None and script.step(turn.progress.step).kind is not Kind.TRANSFER:
        keys = keyed(turn, facts)
        yield keys
        turn = advance(script, facts, turn.progress, Heard(Input.KEYS, keys))


def keyed(turn: Turn, facts: Facts) -> str:
    """The answer that the last question wants."""
    step = library()["new-contract"].step(turn.say[-1].step)
    if step.kind is Kind.IDENTITY:
        return str(facts["id_tail"]).replace("X", "*")
    return "2" if step.wanted == "no" or step.kind is Kind.OPEN else "1"


def streams(made: list[Made], base: str) -> list[Stream]:
    """The signed requests of each call, in order."""
    check = RequestValidator(TOKEN)
    found: list[Stream] = []
    for call_id, sid, facts in made:
        inputs = [("answered", ""), *((f"turns/{n}", keys) for n, keys in enumerate(digits(facts), 1))]
        requests = []
        for leg, keys in inputs:
            form = CALL | {"CallSid": sid, "To": "+8613800000000", "Called": "+8613800000000"}
            form |= {"Digits": keys} if keys else {}
            path = f"/calls/{call_id}/{leg}"
            signature = check.compute_signature(base + path, form)
            requests.append(request(path, urlencode(form), {"X-Twilio-Signature": signature}))
        found.append(requests)
    return found


@contextmanager
def serving(name: str, home: Path, port: int, clock: str = MORNING) -> Iterator[int]:
    """Run one of the servers; give its process id."""
    environ = os.environ | {
        "HUIFANG_HOME": str(home), "HUIFANG_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HUIFANG_SECRET_KEY": TOKEN, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": CALL["AccountSid"],
        "TWILIO_API_BASE": "http://127.0.0.1:9", "HUIFANG_CLOCK": clock,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", f"bench.servers:{name}", "--factory", "--interface", "wsgi",
         "--port", str(port), "--workers", "1", "--blocking-threads", str(THREADS), "--no-access-log",
         "--no-ws", "--log-level", "error"],
        env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await_answer(port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def await_answer(port: int) -> None:
    """Wait until something listens and answers, whatever it says."""
    for _ in range(400):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nothing", timeout=1).close()
        except urllib.request.HTTPError:
            return
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children so far (Linux)."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    total = 0
    for each in (pid, *map(int, found.split())):
        fields = Path(f"/proc/{each}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def some(name: str, made: list[Made]) -> list[Made]:
    """The usual stack is so much slower that it gets fewer calls."""
    return made[: len(made) // 10] if name == "naive" else made


def once(name: str, base_home: Path, made: list[Made], rate: float | None) -> tuple[Measured, float]:
    """One round of one server on a fresh copy of the ledger; also µs of processor time per request."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for file in ("huifang.db", "company.toml"):
            shutil.copy(base_home / file, home / file)
        port = free_port()
        prepared = streams(made, f"http://127.0.0.1:{port}")
        with serving(name, home, port) as pid:
            began = cpu_seconds(pid)
            if rate is None:
                done = closed(port, prepared, CONNECTIONS)
            else:
                done = open_loop(port, prepared, rate, 8.0, seed=1)
            spent = cpu_seconds(pid) - began
        if done.failed:
            raise SystemExit(f"{name}: {done.failed} of {done.requests} requests failed")
        return done, spent / done.requests * 1e6


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = build(Path(folder), options.calls)
        rounds = [
            {name: once(name, Path(folder), some(name, made), None) for name in SERVERS}
            for _ in range(options.rounds)
        ]
        print("| server | turns/s | p50 ms | p99 ms | µs of processor per turn |\n|---|---|---|---|---|")
        for name in SERVERS:
            runs = [each[name] for each in rounds]
            rate = statistics.median(done.rate for done, _ in runs)
            p50 = statistics.median(done.median for done, _ in runs)
            p99 = statistics.median(done.at(0.99) for done, _ in runs)
            cpu = statistics.median(spent for _, spent in runs)
            print(f"| {name} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {cpu:.0f} |")
        open_runs = [once("ours", Path(folder), made, options.rate)[0] for _ in range(options.rounds)]
        p50 = statistics.median(done.median for done in open_runs)
        p99 = sorted(round(done.at(0.99), 1) for done in open_runs)
        median = statistics.median(p99)
        print(f"\nopen loop at {options.rate:.0f} turns/s: p50 {p50:.1f} ms, p99 {median:.1f} ms ({p99})")


if __name__ == "__main__":
    main()
