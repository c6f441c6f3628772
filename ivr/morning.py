"""The demo's course: import, campaign, dialing with a live bar, the table at the end."""

from __future__ import annotations

import os
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dialer import lists as lists_room
from dialer.calendar import LOCAL
from dialer.dnc_lists.numbers import read_numbers
from ivr import afternoon, demo, welcome
from ivr.command.campaigns import foresee, make, move
from ivr.command.lists import print_report, run_import
from ivr.command.office import Office, office
from ivr.demo import Processes
from ivr.home import Home
from ivr.tally import tally
from ivr.welcome import Hand
from ledger import campaigns, connect, dialing, dnc, lists
from ledger import recordings as audio

SHIPPED = Path(lists_room.__file__).parent / "demo" / "new_policy.csv"
FORBIDDEN = SHIPPED.with_name("do_not_call.txt")
LAST_CALL = timedelta(hours=2, minutes=30)
"""The morning on the demo's clock: from nine until half past eleven."""
LEAST = timedelta(hours=1)
"""So long it is on a machine that is slow to start, too."""
LOOK_SECONDS = 0.25
SETTLE_SECONDS = 120.0
CPS, LINES = "2", "40"


def run(home: Home, file: Path, speed: float, *, once: bool, desk: bool = False) -> None:
    """Run the morning and then the afternoon: `once` ends before the afternoon, `desk` begins with it."""
    console = Console()
    demo.prepare(home)
    environ = demo.environment(home, 1, afternoon.START) if desk else demo.environment(home, speed)
    os.environ.update(environ)
    here = office()
    hands = _engage(here, console)
    campaign_id, people = _take_in(here, file, console)
    with demo.running(home, environ) as processes:
        if desk:
            move(here, str(campaign_id), "start")
        else:
            _dial_all(here, processes, campaign_id, people, console)
        if not once:
            afternoon.run(here, processes, people, hands, console)


def _engage(here: Office, console: Console) -> tuple[Hand, ...]:
    """Hire the demo's people; one of them approves the scripts, as without that nobody is called."""
    with here.ledger() as conn:
        hands = welcome.hire(conn, here.clock.now())
        officer = welcome.approve(conn, hands, here.clock.now())
    console.print(f"{officer}（合规 compliance）: {', '.join(welcome.SPOKEN)} approved and activated")
    return hands


def _take_in(here: Office, file: Path, console: Console) -> tuple[int, demo.People]:
    """Import the list and the numbers not to be called, and make the robot's campaign."""
    report = run_import(here, file, "new_policy", quiet=not console.is_terminal)
    print_report(report, console)
    with here.ledger() as conn:
        people = demo.people_of(lists.contacts(conn, report.list_id))
        forbidden = set(read_numbers(FORBIDDEN, console.print))
        dnc.import_many(conn, forbidden, purpose="all", source=FORBIDDEN.name, now=here.clock.now())
    console.print(f"{FORBIDDEN.name}: {len(forbidden)} numbers on the do-not-call register")
    campaign_id = make(here, "新契约回访 · 演示", report.list_id)
    console.print(str(foresee(here, str(campaign_id))))
    return campaign_id, people


def _dial_all(
    here: Office, processes: Processes, campaign_id: int, people: demo.People, console: Console
) -> None:
    """The robot's morning, from the first process to the table."""
    _start(here, processes, people)
    move(here, str(campaign_id), "start")
    _watch(here, processes, campaign_id, console)
    processes.stop("dial")
    _settle(here, processes)
    _print_table(here, campaign_id, console)


def _start(here: Office, processes: Processes, people: demo.People) -> None:
    processes.exchange(demo.write_people(here.home, people), seed=7, cps=CPS)
    processes.serve()
    processes.start("collect")
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
    ends = max(here.clock.start + LAST_CALL, here.clock.now() + LEAST)
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


def _time(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%m-%d %H:%M:%S")
