import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import UnknownCall, calls, connect, migrate, recordings, story, transaction
from ledger.records import Action, Answer, Disclosure, Problem, Promise, Verdict
from tests.ledger_rows import FIRST_NUMBER, NOW, campaign, claim_some, contact, later, said


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


def test_a_conversation_holds_everything_of_its_call_in_order(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    claim_some(conn, campaign_id, gate=lambda facts: Verdict(Action.DEFER, "hours", "1", later(minutes=5)))
    claim_some(conn, campaign_id, now=later(minutes=5))
    record = said(
        "bye",
        answers=(Answer("fees", "yes", "1"),),
        told=(Disclosure("fees", "t", affirmed=True),),
        problems=(Problem("P01", "fees", "high", NOW),),
        promises=(Promise("letter", None),),
    )
    with transaction(conn):
        calls.answered(conn, 1, "CA1", later(minutes=6), lambda state: said("hello"))
        calls.turn(conn, 1, 1, later(minutes=7), '{"kind":"keys"}', lambda state: record)
        recordings.announce(
            conn, call_id=1, carrier_sid="RE1", url="u", duration_ms=None, channels=None, now=later(minutes=8)
        )
    told = story.conversation(conn, 1)
    assert (told.call.call_id, told.call.to_number, told.call.status) == (1, FIRST_NUMBER + 1, "in-progress")
    assert (told.call.answered_at, told.call.facts) == (later(minutes=6), '{"name":"王"}')
    assert [(one.verdict, one.call_id) for one in told.decisions] == [("defer", None), ("allow", 1)]
    assert [(one.n, one.at, one.reply) for one in told.turns] == [
        (0, later(minutes=6), "hello"),
        (1, later(minutes=7), "bye"),
    ]
    assert told.turns[1].heard == '{"kind":"keys"}'
    assert [(one.turn, one.step, one.category) for one in told.answers] == [(1, "fees", "yes")]
    assert [(one.step, one.affirmed_at, one.offset_ms) for one in told.disclosures] == [
        ("fees", later(minutes=7), 0)
    ]
    assert [(one.code, one.due_at, one.status) for one in told.problems] == [("P01", NOW, "open")]
    assert [(one.kind, one.due_at) for one in told.appointments] == [("letter", None)]
    assert [one.carrier_sid for one in told.recordings] == ["RE1"]


def test_a_call_that_does_not_exist_has_no_story(conn: sqlite3.Connection) -> None:
    with pytest.raises(UnknownCall, match="call 5"):
        story.conversation(conn, 5)
