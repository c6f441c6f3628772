"""The question to the core system before a call, over real HTTP."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

import ledger
from bench import policies
from dialer.carrier import Carrier
from dialer.errors import SourceError
from dialer.policy_source import Fresh, HttpSource, Inquiry, Subject, read_inquiry, understood
from dialer.submission import Result, submit
from ledger import events, state
from ledger.records import Claimed
from tests.dialing import BOOK, FastClock, claimed, database
from tests.ledger_rows import NOW, later
from tests.tiny_twilio import ACCOUNT, TinyTwilio

SUBJECT = Subject(
    "P00000001", "policy_no", "new_policy", {"premium": "1200.00", "due_on": "2026-11-30", "age": 30}, 1
)
FACTS = ("premium", "due_on", "age")


@dataclass
class World:
    """A claimed call, its carrier, and a core system that answers from a file."""

    conn: sqlite3.Connection
    tiny: TinyTwilio
    file: Path
    url: str
    call: Claimed
    kinds: frozenset[str] = frozenset()
    clock: FastClock = field(default_factory=lambda: FastClock(0.0, NOW))

    def submit(self, row: str = "", url: str = "") -> Result:
        self.file.write_text(f"key,state,phones,name,sex\n{row}\n", encoding="utf-8")
        source = HttpSource(url or self.url, "", 0.5, ("name", "sex"))
        inquiry = Inquiry(source, self.kinds, timedelta(minutes=10))
        carrier = Carrier(ACCOUNT, "secret", self.tiny.url, "http://127.0.0.1:1", timeouts=(1, 0.5))
        return submit(self.conn, carrier, self.clock, self.call, BOOK.decide, inquiry)

    def task(self, columns: str) -> tuple[object, ...]:
        found: tuple[object, ...] = self.conn.execute(f"select {columns} from tasks").fetchone()
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    path, tiny = database(tmp_path), TinyTwilio()
    server = policies.server(tmp_path / "policies.csv", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with closing(ledger.connect(path)) as conn:
        yield World(
            conn, tiny, tmp_path / "policies.csv", f"http://127.0.0.1:{server.server_port}/", claimed(conn)
        )
        assert events.verify(conn) == []
    server.shutdown()
    thread.join()
    server.server_close()
    tiny.stop()


def test_a_policy_that_is_still_due_is_dialed(world: World) -> None:
    assert world.submit() is Result.PLACED
    assert world.task("status, attempts") == ("leased", 1)


def test_a_policy_that_was_surrendered_is_not_dialed_and_its_task_cancelled(world: World) -> None:
    assert world.submit("P00000001,surrendered,,,") is Result.KEPT_BACK
    assert world.tiny.calls == []
    assert world.task("status, outcome_reason, attempts") == ("cancelled", "surrendered", 0)


def test_news_that_end_other_callbacks_only_let_this_one_be_dialed(world: World) -> None:
    assert world.submit("P00000001,paid,,,") is Result.PLACED


@pytest.mark.parametrize("row", ["P00000001,nonsense,,,", "P00000001,open,abc,,"])
def test_an_answer_that_is_not_understood_places_no_call(world: World, row: str) -> None:
    assert world.submit(row) is Result.UNANSWERED
    assert world.tiny.calls == []


def test_without_an_answer_the_task_comes_back_in_some_minutes_and_no_attempt_is_counted(
    world: World,
) -> None:
    assert world.submit(url="http://127.0.0.1:1/") is Result.UNANSWERED
    assert world.tiny.calls == []
    assert world.task("status, held, next_at, attempts, attempts_today, last_attempt_at") == (
        "ready", 1, "2026-11-23T01:10:00.000Z", 0, 0, None
    )  # fmt: skip


def test_a_new_number_is_dialed_only_after_the_gate_has_seen_it(world: World) -> None:
    assert world.submit("P00000001,open,13900000009,,") is Result.KEPT_BACK
    assert world.tiny.calls == []
    again = claimed(world.conn, later(minutes=1))
    assert again.to_number == 8613900000009
    world.call = again
    assert world.submit("P00000001,open,13900000009/13800000001,,") is Result.PLACED


def test_changed_facts_are_said_in_this_call_and_the_list_stays_as_it_was(world: World) -> None:
    assert world.submit("P00000001,,,李,女") is Result.PLACED
    facts = json.loads(state.read(world.conn, world.call.call_id).state.facts)
    assert facts == {"name": "李", "sex": "女"}
    assert world.conn.execute("select facts from contacts").fetchone() == ('{"name":"王"}',)


def test_only_the_kinds_that_are_named_are_asked_about(world: World) -> None:
    world.kinds = frozenset({"grace"})
    assert world.submit("P00000001,surrendered,,,", url="http://127.0.0.1:1/") is Result.PLACED


def said(**answer: object) -> Fresh:
    return understood(json.dumps(answer).encode(), SUBJECT, FACTS)


def test_facts_are_taken_that_were_asked_for_and_are_of_the_same_sort() -> None:
    answer = said(state="open", facts={"premium": "900.50", "due_on": "2026-12-01", "age": 30, "holder": "x"})
    assert answer.facts == {"premium": "900.50", "due_on": "2026-12-01"}


@pytest.mark.parametrize(
    "facts",
    [{"premium": "much"}, {"premium": 900}, {"due_on": "2026-02-30"}, {"age": None}, {"age": True}, []],
)
def test_a_fact_of_another_sort_is_no_answer(facts: object) -> None:
    with pytest.raises(SourceError, match="facts"):
        said(state="open", facts=facts)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"state": "dead"}', b'{"state": "open", "phones": ["1"]}']
)
def test_what_is_not_the_protocol_is_no_answer(body: bytes) -> None:
    with pytest.raises(SourceError):
        understood(body, SUBJECT, FACTS)


def test_the_configuration_names_the_token_and_never_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "policy_source.toml"
    assert read_inquiry(path) is None
    path.write_text(
        'url = "https://core.example/p"\ntoken = "CORE"\nkinds = ["new_policy"]\nagain_minutes = 5\n'
    )
    found = read_inquiry(path, {"CORE": "secret"})
    assert found
    assert (found.kinds, found.again) == (frozenset({"new_policy"}), timedelta(minutes=5))
    with pytest.raises(SourceError, match="token: CORE is not set"):
        read_inquiry(path, {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "url: must be like"),
        ('url = "http://core.example"\ntoken = "T"', "over https only"),
        ('url = "https://x"\nkinds = ["moon"]', "kinds: moon is unknown"),
        ('url = "https://x"\ntimeout_seconds = 90', "at most 30"),
        ('url = "https://x"\nagain_minutes = 0', "again_minutes: must be given as int"),
        ('url = "https://x"\nspeed = 1', "speed: is no key"),
        ("nonsense", "cannot be read"),
    ],
)
def test_a_broken_configuration_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "policy_source.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=problem):
        read_inquiry(path, {})
