"""What all tests share: `--update-golden`, and a small campaign with the web edge in front of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import ledger
from dialer.calendar import LOCAL
from dialer.campaigns import Plan, create_campaign
from dialer.lists.examine import Terms
from dialer.lists.importer import import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import SAMPLE, load_products
from ivr.app import create_app
from ivr.clock import Clock
from ivr.demo import COMPANY
from ivr.home import Home, write_company
from ledger import campaigns, claims, transaction
from ledger.records import Claimed
from tests.edge import Post, parts, signed
from tests.in_force import put_in_force
from tests.ledger_rows import allow
from tests.together import Together, longest_first

LIST = Path(__file__).parent / "data" / "new_policy.csv"
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
OURS = re.compile("HUIFANG_|TWILIO_")


class Watch(Clock):
    """A clock that a test sets forward."""

    __slots__ = ("ahead",)

    def forward(self, span: timedelta) -> None:
        """Let this much time pass at once."""
        object.__setattr__(self, "ahead", getattr(self, "ahead", timedelta()) + span)

    def now(self) -> datetime:
        return super().now() + getattr(self, "ahead", timedelta())


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option of our own."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden cases")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the order that `longest_first` makes."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    longest_first(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    """Run the tests of a group in one worker."""
    return Together(config, log)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether the golden cases are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home with a company, named by the environment, which holds no other setting of ours."""
    for name in filter(OURS.match, tuple(os.environ)):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HUIFANG_HOME", str(tmp_path / "home"))
    return furnished(tmp_path / "home")


def furnished(root: Path) -> Home:
    """A home that `huifang init` made."""
    home = Home(root)
    home.customer_key()
    write_company(home.company_file, COMPANY)
    return home


@pytest.fixture(scope="session")
def small_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first rows of a list, good and bad, as the core system exports them."""
    path = tmp_path_factory.mktemp("list") / "small.csv"
    path.write_bytes(b"".join(LIST.read_bytes().splitlines(keepends=True)[:13]))
    return path


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, small_list: Path) -> Path:
    """A home in which a campaign of the small list runs; to be copied."""
    here = furnished(tmp_path_factory.mktemp("begun") / "home")
    path = here.root / "huifang.db"
    ledger.migrate(path)
    terms = Terms(load_kind("new_policy"), load_products(SAMPLE), here.customer_key(), MORNING)
    with closing(ledger.connect(path)) as conn:
        with transaction(conn):
            put_in_force(conn, MORNING)
        report = import_list(conn, small_list, terms)
        plan = Plan("新契约回访", report.list_id, COMPANY.numbers[0], COMPANY.facts())
        campaign_id = create_campaign(conn, plan, MORNING)
        with transaction(conn):
            campaigns.set_status(conn, campaign_id, "running", MORNING)
    return here.root


@pytest.fixture
def ledger_path(home: Home, begun: Path) -> Path:
    """A ledger with the small list imported and a campaign of it running."""
    shutil.copytree(begun, home.root, dirs_exist_ok=True)
    return home.root / "huifang.db"


@pytest.fixture
def conn(ledger_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to that ledger."""
    with closing(ledger.connect(ledger_path)) as connection:
        yield connection


@pytest.fixture
def claimed(conn: sqlite3.Connection) -> list[Claimed]:
    """Three calls of the campaign that the carrier was asked for."""
    today = MORNING.astimezone(LOCAL).date()
    number = COMPANY.numbers[0]
    found = claims.claim(conn, claims.Terms(1, MORNING, today, allow, number), limit=3)
    with transaction(conn):
        for call in found:
            ledger.calls.placing(conn, call.call_id, MORNING)
    return found


@pytest.fixture
def watch() -> Watch:
    """The clock of the web application: nine in the morning, until a test sets it."""
    return Watch(MORNING, 1.0, time.time())


@pytest.fixture
def pass_time(watch: Watch) -> Callable[[timedelta], None]:
    """Let time pass for the web application."""
    return watch.forward


@pytest.fixture
def edge_app(ledger_path: Path, watch: Watch) -> Iterator[Flask]:
    """The web application over that ledger."""
    with closing(ledger.Writer(ledger_path)) as writer, closing(parts(ledger_path, writer, watch)) as edge:
        yield create_app(edge)


@pytest.fixture
def client(edge_app: Flask) -> FlaskClient:
    """Somebody who sends requests."""
    return edge_app.test_client()


@pytest.fixture
def signed_post(client: FlaskClient) -> Post:
    """The carrier: `signed_post(path, **form)` with a signature of Twilio's own making."""
    return lambda path, **form: signed(client, path, form)


@pytest.fixture
def rows(conn: sqlite3.Connection) -> Callable[[], dict[str, int]]:
    """How many rows each table has."""

    def count() -> dict[str, int]:
        names = [name for (name,) in conn.execute("select name from sqlite_master where type = 'table'")]
        return {name: conn.execute(f"select count(*) from {name}").fetchone()[0] for name in names}

    return count


@pytest.fixture
def facts(conn: sqlite3.Connection) -> Callable[[int], dict[str, object]]:
    """What the ledger knows for a call."""

    def of(call_id: int) -> dict[str, object]:
        found: dict[str, object] = json.loads(ledger.state.read(conn, call_id).state.facts)
        return found

    return of
