"""What becomes of a task when the line is down."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ledger
from dialer.ending import Book, ending, open_book
from dialer.errors import CampaignError
from dialer.profile import load_profile
from ledger.records import Agreed, CallState, Ending, StatusUpdate
from scripts import engine
from scripts.load import library, load
from scripts.progress import Progress
from scripts.values import Heard, Input
from tests.dialing import database

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SCRIPT = load(Path(__file__).parent / "data" / "small_talk.toml")
BOOK = Book({SCRIPT.digest: SCRIPT}.get, lambda campaign_id: load_profile("cn_life"))
UNANSWERED = CallState(
    call_id=1, task_id=1, campaign_id=1, contact_id=1, customer_key="k", number=8613800000001,
    direction="outbound", status="ringing", script_digest=SCRIPT.digest, facts="{}", progress="",
    resume="", turn=-1, attempts=1, attempts_today=1, due_by=None, answered_at=None, said_at=None,
    answered_by="", outcome="", outcome_reason="",
)  # fmt: skip


def talking(*keys: str) -> CallState:
    """A call in which these keys were pressed, one at a time."""
    turn = engine.begin(SCRIPT, {})
    for key in keys:
        turn = engine.advance(SCRIPT, {}, turn.progress, Heard(Input.KEYS, key))
    return replace(
        UNANSWERED, status="in-progress", answered_at=NOW, turn=len(keys), progress=turn.progress.to_json()
    )


def end(call: CallState, status: str = "completed") -> Ending:
    return ending(call, status, NOW, book=BOOK)


@pytest.mark.parametrize(
    ("status", "reason", "minutes"),
    [
        ("busy", "line_busy", 30),
        ("no-answer", "no_answer", 120),
        ("failed", "failed", 30),
        ("canceled", "canceled", 30),
        ("completed", "failed", 30),
    ],
)
def test_who_was_not_reached_is_tried_again_by_cause(status: str, reason: str, minutes: int) -> None:
    assert end(UNANSWERED, status) == Ending("NOT_COMPLETED", reason, NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("answered_by", ["machine_start", "machine_end_beep", "fax"])
def test_a_machine_is_nobody_reached(answered_by: str) -> None:
    call = replace(UNANSWERED, answered_by=answered_by)
    assert (end(call).outcome, end(call).outcome_reason) == ("NOT_COMPLETED", "machine")


def test_a_machine_that_was_talked_to_is_still_a_machine() -> None:
    call = replace(talking(), answered_by="machine_start")
    closed = end(call)
    assert closed.outcome_reason == "machine"
    assert closed.record is not None
    assert closed.record.outcome_reason == "machine"


def test_a_hang_up_in_mid_script_is_partial_and_resumed_where_it_stopped() -> None:
    closed = end(talking("1"))
    assert (closed.outcome, closed.outcome_reason) == ("PARTIAL", "hangup")
    assert closed.next_at == NOW + timedelta(minutes=10)
    assert closed.record is not None
    resumed = engine.begin(SCRIPT, {}, resume=Progress.from_json(closed.record.progress))
    assert [said.step for said in resumed.say] == ["received"]


def test_a_talk_that_came_to_its_end_needs_no_last_word() -> None:
    call = replace(talking("1", "1"), outcome="SUCCESS", outcome_reason="done")
    assert end(call) == Ending("SUCCESS", "done", None)


def test_the_time_agreed_with_the_customer_wins_over_the_pause() -> None:
    tomorrow = NOW + timedelta(days=1)
    call = replace(talking("2"), outcome="PARTIAL", outcome_reason="busy", agreed=Agreed(tomorrow, tomorrow))
    assert end(call).next_at == tomorrow
    assert end(call).agreed == Agreed(tomorrow, tomorrow)


def test_the_last_attempt_ends_the_task() -> None:
    assert end(replace(UNANSWERED, attempts=9), "busy").next_at is None


def test_a_number_that_cannot_be_called_gives_way_to_the_next_one() -> None:
    closed = end(replace(UNANSWERED, numbers_left=1), "invalid_number")
    assert closed.next_number
    assert closed.next_at is not None


def test_without_another_number_an_invalid_one_ends_the_task() -> None:
    closed = end(UNANSWERED, "invalid_number")
    assert (closed.outcome_reason, closed.next_at, closed.next_number) == ("invalid_number", None, False)


def test_a_wrong_number_heard_in_the_talk_gives_way_to_the_next_one() -> None:
    call = replace(talking(), outcome="NOT_COMPLETED", outcome_reason="wrong_number", numbers_left=2)
    assert end(call).next_number


def test_a_call_without_campaign_is_never_tried_again() -> None:
    assert end(replace(UNANSWERED, campaign_id=None, task_id=None), "busy").next_at is None


def test_the_book_of_a_ledger_holds_its_campaigns_rules_and_the_shipped_scripts(tmp_path: Path) -> None:
    path = database(tmp_path, 1)
    with closing(ledger.connect(path)) as conn:
        conn.execute("update campaigns set profile = 'cn_survey'")
    book = open_book(path)
    assert book.policy(1) == load_profile("cn_survey")
    assert [book.script(script.digest) for script in library().values()] == list(library().values())
    assert book.script("gone") is None
    with pytest.raises(CampaignError, match="campaign 2"):
        book.policy(2)


def test_a_script_that_is_gone_leaves_the_talk_partial_instead_of_open() -> None:
    call = replace(talking("1"), script_digest="gone")
    assert (end(call).outcome, end(call).outcome_reason) == ("PARTIAL", "error")


def test_a_call_that_the_network_refused_is_not_repeated_within_the_hour() -> None:
    update = StatusUpdate("CA1", "failed", 3, NOW, refused=True)
    closed = end(UNANSWERED, update.cause)
    assert (closed.outcome_reason, closed.next_at) == ("network_refused", NOW + timedelta(hours=23))


def test_a_callback_promised_before_a_moment_is_made_half_way_to_it() -> None:
    until = NOW + timedelta(hours=2)
    closed = end(
        replace(talking("2"), outcome="PARTIAL", outcome_reason="callback", agreed=Agreed(None, until))
    )
    assert (closed.next_at, closed.agreed) == (
        NOW + timedelta(hours=1),
        Agreed(NOW + timedelta(hours=1), until),
    )


def test_a_time_with_an_agent_is_anybodys_a_quarter_of_an_hour_later() -> None:
    at = NOW + timedelta(hours=3)
    closed = end(replace(talking("2"), outcome="PARTIAL", outcome_reason="busy", agreed=Agreed(at, at, 7)))
    assert (closed.next_at, closed.agreed) == (at + timedelta(minutes=15), Agreed(at, at, 7))
