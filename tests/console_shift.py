"""A shift to look at: agents of two units, calls at different steps, callers who wait, promises."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import ledger
from ivr.people.session import WATCH
from ledger import campaigns, desks, lists, sessions, transaction, waits
from ledger.records import ContactRow, TaskRow, Wish
from ledger.times import to_text
from scripts.load import library
from scripts.progress import Progress
from scripts.values import Performer
from tests.in_force import put_in_force
from tests.ledger_people import agent, at_desk, inbound
from tests.scripts_facts import PLAIN

SCRIPT = library()["new-contract"]
AGENTS = ("周敏", "吴刚", "郑洁", "冯磊", "陈霞", "褚伟", "卫东", "蒋琳", "沈飞", "韩梅", "杨帆", "朱红")
PEOPLE = (("王", "女士"), ("李", "先生"), ("欧阳", "女士"), ("张", "先生"), ("刘", "女士"), ("赵", "先生"))
NORTH, SOUTH = 1, 2
SUPERVISORS = {"north": "北区主管", "south": "南区主管"}


class Shift:
    """Writes into the ledger of a home as other processes do."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn
        self.now = WATCH.now()

    def ago(self, **span: float) -> datetime:
        """A moment before now."""
        return self.now - timedelta(**span)

    def begin(self) -> None:
        """Units, supervisors with a session each (cookie: their unit), and agents who are ready."""
        self.conn.execute("insert into units (id, name) values (1, '北区电销'), (2, '南区电销')")
        for unit_id, (cookie, name) in enumerate(SUPERVISORS.items(), start=1):
            user_id = agent(self.conn, name, self.now, role="supervisor", unit_id=unit_id)
            sessions.begin(self.conn, cookie, user_id, passed=True, now=WATCH.now())
        boss = agent(self.conn, "合规", self.now, role="compliance")
        sessions.begin(self.conn, "all", boss, passed=True, now=WATCH.now())
        for place, name in enumerate(AGENTS):
            user_id = agent(self.conn, name, self.now, unit_id=NORTH if place < 8 else SOUTH)
            at_desk(self.conn, user_id, self.ago(minutes=7 * place + 3))

    def agents(self) -> list[int]:
        """The agents in the order of their coming."""
        return [
            user_id
            for (user_id,) in self.conn.execute("select id from users where role = 'agent' order by id")
        ]

    def campaign(self, name: str, mode: str, unit_id: int, contacts: int, finished: int) -> int:
        """A running campaign of the new-contract script."""
        rows = [self._contact(name, row) for row in range(contacts)]
        list_id = lists.add_list(
            self.conn, kind="new_policy", name=name, digest=name, encoding="utf-8",
            rows=contacts, accepted=contacts, refused=0, now=self.now,
        )  # fmt: skip
        ids = lists.add_contacts(self.conn, list_id, rows, self.now)
        put_in_force(self.conn, self.now)
        campaign_id = campaigns.create(
            self.conn, name=name, list_id=list_id, script_digest=SCRIPT.digest, purpose="duty",
            from_number=862155667788, profile="default", now=self.now,
        )  # fmt: skip
        tasks = [TaskRow(contact_id, "", None, None, self.now) for contact_id in ids]
        campaigns.add_tasks(self.conn, campaign_id, tasks)
        campaigns.set_status(self.conn, campaign_id, "running", self.ago(hours=2))
        self.conn.execute(
            "update campaigns set mode = ?, unit_id = ? where id = ?", (mode, unit_id, campaign_id)
        )
        self.conn.execute(
            "update tasks set status = 'done' where id in"
            " (select id from tasks where campaign_id = ? limit ?)",
            (campaign_id, finished),
        )
        return campaign_id

    def call(
        self, campaign_id: int, place: int, *, told: int, minutes: float, status: str = "in-progress"
    ) -> int:
        """An open call of a campaign: so many mandatory items told, begun so many minutes ago."""
        surname, title = PEOPLE[place % len(PEOPLE)]
        facts = {**PLAIN, "surname": surname, "title": title}
        required = [step.name for step in SCRIPT.required(facts, Performer.ROBOT)]
        progress = Progress(
            required[min(told, len(required) - 1)], told=tuple(required[:told]), identified=True
        )
        answered = to_text(self.ago(minutes=minutes)) if status == "in-progress" else None
        task_id = self.conn.execute(
            "select id from tasks where campaign_id = ? and status = 'ready' order by attempts, id limit 1",
            (campaign_id,),
        ).fetchone()[0]
        self.conn.execute("update tasks set status = 'leased' where id = ?", (task_id,))
        return ledger.connection.insert(
            self.conn,
            "insert into calls (task_id, campaign_id, direction, to_number, from_number, carrier_sid,"
            " script_digest, status, facts, progress, turn, claimed_at, answered_at)"
            " values (?, ?, 'outbound', ?, 862155667788, ?, ?, ?, ?, ?, 1, ?, ?)",
            (
                task_id, campaign_id, 8613800000000 + 137 * place + task_id, f"CA{secrets.token_hex(16)}",
                SCRIPT.digest, status,
                json.dumps(facts), progress.to_json() if answered else "",
                to_text(self.ago(minutes=minutes)), answered,
            ),
        )  # fmt: skip

    def talks(self, user_id: int, call_id: int, minutes: float) -> None:
        """An agent has this call."""
        desks.talk(self.conn, user_id, call_id, self.ago(minutes=minutes))

    def waits(self, call_id: int, reason: str, seconds: float, rank: int = 1) -> None:
        """A caller waits for a person."""
        waits.join(
            self.conn, call_id, Wish(reason, rank, self.now + timedelta(minutes=5)), self.ago(seconds=seconds)
        )

    def promise(self, campaign_id: int, kind: str, minutes: float) -> None:
        """A callback that is due so many minutes from now."""
        call_id = self.call(campaign_id, 3, told=1, minutes=60)
        self.conn.execute(
            "update calls set status = 'completed', ended_at = ? where id = ?", (to_text(self.now), call_id)
        )
        self.conn.execute(
            "update tasks set status = 'ready', attempts = 1"
            " where id = (select task_id from calls where id = ?)",
            (call_id,),
        )
        self.conn.execute(
            "insert into appointments (call_id, task_id, kind, due_at, note, status, made_at)"
            " select id, task_id, ?, ?, '', 'open', claimed_at from calls where id = ?",
            (kind, to_text(self.now + timedelta(minutes=minutes)), call_id),
        )

    def _contact(self, name: str, row: int) -> ContactRow:
        return ContactRow(
            row=row, policy_no=f"{name}{row}", customer_key=f"{name}-{row}", facts='{"surname":"王"}',
            due_from=None, due_by=None, numbers=(8613800000000 + row,),
        )  # fmt: skip

    def fill(self) -> None:
        """A morning in full swing."""
        self.begin()
        agents = self.agents()
        new = self.campaign("新契约回访 11月", "robot", NORTH, 400, 143)
        old = self.campaign("高龄客户人工回访", "preview", NORTH, 60, 12)
        third = self.campaign("电销新单回访 · 南区", "progressive", SOUTH, 250, 201)
        for place, user_id in enumerate(agents[:4]):
            self.talks(
                user_id,
                self.call(old, place, told=2 + 2 * place, minutes=1.3 * place + 0.7),
                1.3 * place + 0.7,
            )
        self.talks(agents[9], self.call(third, 5, told=9, minutes=6.2), 6.2)
        for place in range(7):
            self.call(new, place, told=place + 1, minutes=0.4 + place * 0.6)
        self.call(new, 8, told=0, minutes=0.2, status="ringing")
        self.waits(self.call(new, 1, told=4, minutes=3), "human", 44)
        self.waits(inbound(self.conn, 8613977776666, self.ago(minutes=1)), "human_first", 21, rank=0)
        desks.pause(self.conn, agents[5], "meal", self.ago(minutes=18))
        desks.pause(self.conn, agents[6], "training", self.ago(minutes=31))
        desks.pause(self.conn, agents[1], "rest", self.ago(minutes=1))
        desks.leg_lost(self.conn, agents[7], f"CA{agents[7]:032x}", self.ago(minutes=1))
        for minutes in (-42, -5, 25, 95):
            self.promise(new, "callback" if minutes < 30 else "appointment", minutes)


@contextmanager
def shift(path: Path) -> Iterator[Shift]:
    """Write into that ledger, in one transaction."""
    ledger.migrate(path)
    with closing(ledger.connect(path)) as conn, transaction(conn):
        yield Shift(conn)
