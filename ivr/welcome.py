"""The card of the demo's afternoon: where to go, and how to get in."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dialer import release
from dialer.calendar import LOCAL
from ivr import demo
from ivr.command.office import Office
from ivr.demo import Processes
from ivr.hotline import reception
from ivr.people import codes, passwords
from ivr.people.session import WATCH
from ledger import certificates, people, transaction
from ledger.people import ADMIN, AGENT, COMPLIANCE, SUPERVISOR, Particulars

STAFF = (
    ("zhou", AGENT, "周敏", "8001"),
    ("chen", AGENT, "陈晨", "8002"),
    ("li", SUPERVISOR, "李班长", "8100"),
    ("admin", ADMIN, "林静", "8200"),
    ("compliance", COMPLIANCE, "何平", "8300"),
)
SPOKEN = ("new-contract", *reception.SPOKEN)
"""The scripts of the demo."""
HINT = """\
每人一个浏览器或隐私窗口；验证码只能用一次；Ctrl-C 结束
(a browser or private window each; a code is good once; Ctrl-C ends everything)"""
CERTIFIED = ("2026-01-01", "2027-12-31")


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody who works in the demo, with the secrets that a real one would keep to themselves."""

    name: str
    role: str
    full_name: str
    password: str
    totp: str


def hire(conn: sqlite3.Connection, now: datetime) -> tuple[Hand, ...]:
    """Let the demo's people in, with passwords made up here and a second factor where the role has one."""
    with transaction(conn):
        return tuple(_hire(conn, *particulars, now) for particulars in STAFF)


def approve(conn: sqlite3.Connection, hands: Sequence[Hand], now: datetime) -> str:
    """Let the demo's compliance officer answer for what is going to be said; the officer's name."""
    (officer,) = [hand for hand in hands if hand.role == COMPLIANCE]
    user = people.by_name(conn, officer.name)
    assert user is not None
    with transaction(conn):
        release.put_in_force(conn, SPOKEN, user.user_id, now)
    return officer.full_name


def _hire(
    conn: sqlite3.Connection, name: str, role: str, full_name: str, staff_no: str, now: datetime
) -> Hand:
    password, who = passwords.temporary(), Particulars(role, full_name=full_name, staff_no=staff_no)
    kept = passwords.hashed(password)
    user_id = people.add(conn, name, who, kept, now, by=None)
    people.set_password(conn, user_id, kept, now, by=None, temporary=False)
    if role == AGENT:
        certificates.add(conn, user_id, f"演示-{staff_no}", CERTIFIED, now, by=None)
        return Hand(name, role, full_name, password, "")
    totp = codes.secret()
    people.set_second_factor(conn, user_id, totp, 0, now, by=None)
    return Hand(name, role, full_name, password, totp)


def show(here: Office, first: int, console: Console) -> None:
    """Print where everything is; `first` is the number that the first agent is going to call."""
    app, hotline = here.settings.public_url, f"+{here.home.company().numbers[0]}"
    command = Path(sys.argv[0])
    now = here.clock.now().astimezone(LOCAL)
    caller = f"{command} exchange call --to {hotline} --from +8613800138000 --persona caller_wants_a_person"
    lines = (
        f"\n[bold]下午：坐席上班 · the agents' afternoon[/]  {now:%m-%d %H:%M}",
        f"工作台 desk     {app}/desk",
        "                回车签入，回车就绪，回车拨打，? 看全部按键 (Enter, Enter, Enter; all keys: ?)",
        f"班长台 console  {app}/console",
        f"话术 scripts    {app}/scripts",
        "                班长试走、看图；compliance 还能改话；compliance、admin 批准启用，自己写的要别人批",
        "                (li tries them out; compliance changes words; another approves)",
        f"电话页 phone    {demo.phone_page(os.environ)}",
        f"                您当客户：以 +{first} 登录，等坐席的第一通电话；或从任意号码拨热线 {hotline}",
        "                (be the customer: sign in there, the first agent calls you; or dial the hotline)",
        f"热线 hotline    {caller}",
        f"证据 evidence   HUIFANG_HOME={here.home.root} {command} db verify",
        "",
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def stay(processes: Processes, hands: Sequence[Hand], console: Console) -> None:
    """Show the log-ins, with the codes of this minute on a terminal, until interrupted."""
    if not console.is_terminal:
        console.print(_logins(hands, "密钥 otpauth secret", lambda totp: totp))
    try:
        with Live(console=console, auto_refresh=False, transient=True) as shown:
            while True:
                processes.check()
                if console.is_terminal:
                    shown.update(_logins(hands, "验证码 code", _code), refresh=True)
                time.sleep(1)
    except KeyboardInterrupt:
        console.print("stopping …")


def _code(totp: str) -> str:
    return totp and codes.code_at(totp, WATCH.now())


def _logins(hands: Sequence[Hand], factor: str, of: Callable[[str], str]) -> Group:
    table = Table("", "", "登录名 name", "密码 password", factor, box=None, header_style="bold")
    table.columns[-1].overflow = "fold"  # a secret that is cut off lets nobody in
    for hand in hands:
        table.add_row(hand.full_name, hand.role, hand.name, hand.password, of(hand.totp))
    return Group(table, Text(HINT, style="dim"))
