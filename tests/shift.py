"""A shift for tests: exchange, web process and dialer as processes, at the speed of live people."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import ledger
from dialer import wiring
from dialer.campaigns import Plan, create_campaign
from dialer.carrier import Carrier
from dialer.lists.examine import Terms
from dialer.lists.importer import import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import SAMPLE, load_products
from ivr import clock as clocks
from ivr import demo
from ivr.demo import COMPANY, Processes
from ivr.home import Home, write_company
from ivr.people import passwords
from ivr.people.session import WATCH
from ledger import campaigns, certificates, people, sessions, transaction
from ledger.people import Particulars
from tests.in_force import put_in_force

PASSWORD = "a long enough password"
CERTIFIED = ("2026-01-01", "2027-12-31")
LIST = Path(__file__).parent / "data" / "new_policy.csv"


@dataclass(frozen=True, slots=True)
class Shift:
    """The running world: its home, its addresses, and the carrier's REST API."""

    home: Home
    environ: Mapping[str, str]
    processes: Processes
    carrier: Carrier

    @property
    def url(self) -> str:
        """Where the pages are."""
        return self.environ["HUIFANG_PUBLIC_URL"]

    @property
    def exchange(self) -> str:
        """Where the exchange is."""
        return self.environ["TWILIO_API_BASE"]

    def now(self) -> datetime:
        """The moment on the world's clock."""
        return clocks.parse(self.environ["HUIFANG_CLOCK"]).now()

    @contextmanager
    def ledger(self) -> Iterator[sqlite3.Connection]:
        """A connection to the ledger."""
        with closing(ledger.connect(self.home.root / "huifang.db")) as conn:
            yield conn

    def serve(self) -> None:
        """Start the web process and wait until it answers."""
        self.processes.start("serve", *demo.ports(self.environ))
        self.processes.await_answer(f"{self.url}/health")

    def hire(self, name: str, role: str = "agent", *, certified: bool = True) -> int:
        """Somebody who signs in with `PASSWORD`."""
        now = datetime.now(UTC)
        with self.ledger() as conn, transaction(conn):
            who = Particulars(role, full_name=f"{name}某", staff_no=f"80{len(name)}{ord(name[-1])}")
            user_id = people.add(conn, name, who, passwords.hashed(PASSWORD), now, by=None)
            conn.execute("update users set must_change = 0 where id = ?", (user_id,))
            if certified and role == "agent":
                certificates.add(conn, user_id, "C-1", CERTIFIED, now, by=None)
        return user_id

    def cookie(self, user_id: int) -> str:
        """A session of this person, both factors given."""
        cookie = secrets.token_urlsafe(32)
        with self.ledger() as conn, transaction(conn):
            sessions.begin(conn, cookie, user_id, passed=True, now=WATCH.now())
        return cookie

    def campaign(self, mode: str, name: str = "") -> int:
        """A running campaign of the list in the tests' data."""
        now = self.now()
        terms = Terms(load_kind("new_policy"), load_products(SAMPLE), self.home.customer_key(), now)
        with self.ledger() as conn:
            report = import_list(conn, LIST, terms)
            plan = Plan(name or mode, report.list_id, COMPANY.numbers[0], COMPANY.facts(), mode=mode)
            campaign_id = create_campaign(conn, plan, now)
            with transaction(conn):
                campaigns.set_status(conn, campaign_id, "running", now)
        return campaign_id


@contextmanager
def shift(root: Path, personas: str = "", *exchange: str, speed: float = 1.0) -> Iterator[Shift]:
    """The world without a dialer; `personas` are its customers, `exchange` more arguments of the exchange."""
    home = Home(root)
    home.make()
    write_company(home.company_file, COMPANY)
    environ = demo.environment(home, speed)
    ledger.migrate(root / "huifang.db")
    with closing(ledger.connect(root / "huifang.db")) as conn, transaction(conn):
        put_in_force(conn, clocks.parse(environ["HUIFANG_CLOCK"]).now())
    carrier = Carrier(
        environ["TWILIO_ACCOUNT_SID"],
        environ["TWILIO_AUTH_TOKEN"],
        environ["TWILIO_API_BASE"],
        environ["HUIFANG_PUBLIC_URL"],
    )
    with demo.running(home, environ) as processes:
        port = environ["TWILIO_API_BASE"].rpartition(":")[2]
        if personas:
            (root / "personas.toml").write_text(personas, encoding="utf-8")
            exchange = ("--personas", str(root / "personas.toml"), *exchange)
        processes.start("exchange", "--port", port, "--seed", "7", "--cps", "5", *exchange)
        processes.await_answer(f"{environ['TWILIO_API_BASE']}/control/health")
        processes.add(TWILIO_TWIML_APP_SID=wiring.application(carrier))
        world = Shift(home, environ, processes, carrier)
        world.serve()
        yield world
