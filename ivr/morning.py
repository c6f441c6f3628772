"""The demo's course: import, campaign, dialing with a live bar, the table at the end."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dialer import lists as lists_room
from dialer.calendar import LOCAL
from ivr import demo
from ivr.command.campaigns import foresee, make, move
from ivr.command.dnc import read_numbers
from ivr.command.lists import print_report, run_import
from ivr.command.office import Office, office
from ivr.demo import Processes
from ivr.home import Home
from ivr.tally import tally
from ledger import campaigns, connect, dialing, dnc, lists
from ledger import recordings as audio

SHIPPED = Path(lists_room.__file__).parent / "demo" / "new_policy.csv"
FORBIDDEN = SHIPPED.with_name("do_not_call.txt")
LAST_CALL = timedelta(hours=2, minutes=30)
"""The morning on the demo's clock: from nine until half past eleven."""
LOOK_SECONDS = 0.25
SETTLE_SECONDS = 120.0
CUSTOMER_FACTS = ("id_tail", "birthday", "holder")
CPS, LINES = "2", "40"


def run(home: Home, file: Path, speed: float, *, once: bool) -> None:
    """Run the morning; without `once` everything stays up until it is interrupted."""
    console = Console()
    demo.prepare(home)
    environ = demo.environment(home, speed)
    os.environ.update(environ)
    here = office()
    report = run_import(here, file, "new_policy", quiet=not console.is_terminal)
    print_report(report, console)
    people = home.root / "people.json"
    with here.ledger() as conn:
        demo.write_people(people, dict(_people(lists.contacts(conn, report.list_id))))
        forbidden = set(read_numbers(FORBIDDEN))
        dnc.import_many(conn, forbidden, purpose="all", source=FORBIDDEN.name, now=here.clock.now())
    console.print(f"{FORBIDDEN.name}: {len(forbidden)} numbers on the do-not-call register")
    campaign_id = make(here, "新契约回访 · 演示", report.list_id)
    console.print(str(foresee(here, str(campaign_id))))
    with demo.running(home, environ) as processes:
        _start(processes, environ, people)
        move(here, str(campaign_id), "start")
        _watch(here, processes, campaign_id, console)
        processes.stop("dial")
        _settle(here, processes)
        _print_table(here, campaign_id, console)
        if not once:
            _dial(processes)
            _keep_open(processes, environ, console)


def _people(contacts: Iterator[lists.Contact]) -> Iterator[tuple[str, dict[str, str]]]:
    """What each simulated customer knows of themselves, by number."""
    for contact in contacts:
        facts = json.loads(contact.facts)
        known = {name: str(facts[name]) for name in CUSTOMER_FACTS if facts.get(name)}
        for number in contact.numbers:
            yield str(number), known


def _start(processes: Processes, environ: dict[str, str], people: Path) -> None:
    exchange = environ["TWILIO_API_BASE"]
    app = environ["HUIFANG_PUBLIC_URL"]
    port = exchange.rpartition(":")[2]
    processes.start("exchange", "--port", port, "--people", str(people), "--seed", "7", "--cps", CPS)
    processes.start("serve", *demo.ports(environ))
    processes.await_answer(f"{exchange}/control/health")
    processes.await_answer(f"{app}/health")
    processes.start("collect")
    _dial(processes)


def _dial(processes: Processes) -> None:
    processes.start("dial", "--cps", CPS, "--lines", LINES)


def _watch(here: Office, processes: Processes, campaign_id: int, console: Console) -> None:
    """Show the bar until nothing is left to be dialed this morning."""
    bar = Progress(
        TextColumn("{task.fields[clock]}"),
        BarColumn(bar_width=None),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[words]}"),
        TimeElapsedColumn(),
        console=console,
    )
    ends = here.clock.start + LAST_CALL
    with closing(connect(here.settings.database)) as conn, bar:
        task = bar.add_task("", total=1, clock="", words="")
        while not dialing.is_quiet(conn, campaign_id, ends) and here.clock.now() < ends:
            processes.check()
            bar.update(
                task, **_standing(campaigns.progress(conn, campaign_id)), clock=_time(here.clock.now())
            )
            time.sleep(LOOK_SECONDS)


def _standing(progress: campaigns.Progress) -> dict[str, Any]:
    """What the bar shows; nobody's name, only counts."""
    outcomes = progress.outcomes
    words = (
        f"通话 {progress.in_progress} · 成功 {outcomes.get('SUCCESS', 0)}"
        f" · 问题件 {outcomes.get('PROBLEM', 0)} · 待重拨 {progress.retrying}"
    )
    completed = progress.finished + sum(progress.blocked.values())
    return {"total": progress.due, "completed": completed, "words": words}


def _settle(here: Office, processes: Processes) -> None:
    """Wait until the calls of the morning are over and their audio is stored."""
    ends = time.monotonic() + SETTLE_SECONDS
    with closing(connect(here.settings.database)) as conn:
        while time.monotonic() < ends:
            processes.check()
            waiting = any(row.status == "announced" for row in audio.listing(conn))
            if not waiting and not dialing.in_progress(conn):
                return
            time.sleep(LOOK_SECONDS)


def _print_table(here: Office, campaign_id: int, console: Console) -> None:
    with closing(connect(here.settings.database)) as conn:
        lines = tally(campaigns.progress(conn, campaign_id))
        stored = [row for row in audio.listing(conn) if row.status == "stored"]
    title = f"新契约回访 · {_time(here.clock.now())}"
    table = Table("回访结果 outcome", "件数", box=None, title=title, title_justify="left", title_style="bold")
    table.columns[1].justify = "right"
    for line in lines:
        table.add_row("  " * line.level + line.words, str(line.count), style="" if line.level == 0 else "dim")
    console.print(table)
    hours = sum(row.duration_ms or 0 for row in stored) / 3_600_000
    console.print(f"数据库 database    {here.settings.database}", soft_wrap=True)
    console.print(
        f"录音 recordings    {here.home.audio}  ({len(stored)} calls, {hours:.1f} h)", soft_wrap=True
    )
    console.print(f"日志 logs          {here.home.root / 'logs'}", soft_wrap=True)


def _keep_open(processes: Processes, environ: Mapping[str, str], console: Console) -> None:
    console.print(
        "\nThe exchange, the application and the dialer go on; Ctrl-C ends them. In another terminal:"
    )
    console.print(f"  HUIFANG_HOME={environ['HUIFANG_HOME']} {Path(sys.argv[0])} call show 1", soft_wrap=True)
    console.print(f"  HUIFANG_HOME={environ['HUIFANG_HOME']} {Path(sys.argv[0])} db verify", soft_wrap=True)
    try:
        while True:
            processes.check()
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("stopping …")


def _time(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%m-%d %H:%M:%S")
