"""What the engine lets happen is what the ledger keeps, and a stored reply is the reply that was spoken."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer import notes
from dialer.deadlines import working_days_later
from ledger.records import Answer, Block, Disclosure, TurnRecord
from scripts import engine
from scripts.load import load
from scripts.progress import Progress
from scripts.values import (
    Affirmed,
    Answered,
    Blocked,
    Effect,
    Ended,
    Facts,
    FollowUp,
    Heard,
    Input,
    Outcome,
    ProblemOpened,
    Said,
    Told,
    Turn,
    Wait,
)

FRIDAY = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
CHINA = timezone(timedelta(hours=8))
SCRIPT = load(Path(__file__).parent / "data" / "small_talk.toml")
KEY_ONE = Heard(Input.KEYS, "1")
TEXT = st.text(max_size=20)
SAID = st.builds(Said, TEXT, TEXT, st.lists(TEXT, max_size=4).map(tuple), st.booleans())
WAIT = st.none() | st.builds(
    Wait, st.none() | st.integers(0, 30), st.integers(1, 60), st.lists(TEXT, max_size=5).map(tuple)
)


def turn_of(*effects: Effect) -> Turn:
    return Turn((), None, effects, Progress("greet"))


def kept(*effects: Effect, heard: Heard = KEY_ONE, facts: Facts | None = None) -> TurnRecord:
    return notes.record(turn_of(*effects), heard, facts=facts or {}, now=FRIDAY)


@settings(max_examples=100)
@given(st.lists(SAID, max_size=5).map(tuple), WAIT)
def test_a_stored_reply_comes_back_exactly(say: tuple[Said, ...], wait: Wait | None) -> None:
    turn = Turn(say, wait, (), Progress("greet"))
    assert notes.reply_from_json(notes.reply_to_json(turn)) == notes.Reply(say, wait)


def test_a_reply_is_compact_and_readable() -> None:
    turn = Turn((Said("amount", "say", ("一千元",)),), Wait(1, 5, ("是",)), (), Progress("amount"))
    assert notes.reply_to_json(turn) == '[[["amount","say",["一千元"],false]],[1,5,["是"]]]'


def test_a_told_text_is_a_disclosure_that_nobody_affirmed_yet() -> None:
    record = kept(Told("identity", "abc"), Answered("identity", "yes", "1"), Affirmed("identity"))
    assert record.told == (Disclosure("identity", "abc", affirmed=False),)
    assert record.affirmed == ("identity",)
    assert record.answers == (Answer("identity", "yes", "1"),)


@pytest.mark.parametrize(
    ("code", "severity", "due"),
    [("P03", "critical", (11, 20)), ("P07", "high", (11, 23)), ("P10", "normal", (11, 24))],
)
def test_a_problem_has_the_severity_and_the_working_days_of_its_code(
    code: str, severity: str, due: tuple[int, int]
) -> None:
    (problem,) = kept(ProblemOpened(code, "step", "why")).problems
    assert (problem.code, problem.step, problem.severity, problem.note) == (code, "step", severity, "why")
    assert problem.due_at == datetime(2026, *due, 23, 59, 59, tzinfo=CHINA)


def test_a_holiday_is_no_working_day_and_a_year_without_data_has_only_weekends() -> None:
    national_day = datetime(2026, 9, 30, 6, 0, tzinfo=UTC)
    assert working_days_later(national_day, 1).date().isoformat() == "2026-10-08"
    assert working_days_later(datetime(2031, 1, 3, 6, tzinfo=UTC), 1).date().isoformat() == "2031-01-06"


def test_the_day_of_a_deadline_is_chinas() -> None:
    late_evening_utc = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert working_days_later(late_evening_utc, 0).isoformat() == "2026-11-24T23:59:59+08:00"


def test_a_refusal_becomes_a_block_without_end() -> None:
    assert kept(Blocked("all", "stop_calling")).blocks == (Block("all", "stop_calling", None),)


@pytest.mark.parametrize(
    ("fact", "due"),
    [
        ("2026-11-23T15:00:00+08:00", datetime(2026, 11, 23, 15, tzinfo=CHINA)),
        ("2026-11-23T15:00", datetime(2026, 11, 23, 15, tzinfo=CHINA)),
        ("some day", None),
        (None, None),
    ],
)
def test_a_promise_is_due_when_its_slot_says(fact: str | None, due: datetime | None) -> None:
    record = kept(FollowUp("appointment", "slot_one"), FollowUp("letter"), facts={"slot_one": fact})
    assert [(one.kind, one.due_at) for one in record.promises] == [("appointment", due), ("letter", None)]


def test_the_end_of_the_script_is_the_outcome_of_the_call() -> None:
    record = kept(Ended(Outcome.REFUSED, "refused"))
    assert (record.outcome, record.outcome_reason) == ("REFUSED", "refused")
    assert kept().outcome == ""


def test_identity_digits_are_kept_only_as_the_engine_masked_them() -> None:
    digits = Heard(Input.KEYS, "3412")
    assert kept(Answered("identity", "match", "***2"), heard=digits).heard == '{"kind":"keys","text":"***2"}'
    assert kept(heard=digits).heard == '{"kind":"keys","text":"****"}'
    assert kept(heard=Heard(Input.SPEECH, "等一下")).heard == '{"kind":"speech","text":"等一下"}'


def test_every_turn_of_a_talk_is_kept_whole() -> None:
    facts: Facts = {"slot_one": "2026-11-23T15:00:00+08:00"}
    turn = engine.begin(SCRIPT, facts)
    told: list[str] = []
    for key in "12":
        heard = Heard(Input.KEYS, key)
        turn = engine.advance(SCRIPT, facts, turn.progress, heard)
        record = notes.record(turn, heard, facts=facts, now=FRIDAY)
        told += [one.step for one in record.told]
        assert Progress.from_json(record.progress) == turn.progress
        assert notes.reply_from_json(record.reply).say == turn.say
    assert told == ["greet", "received"]
    assert record.outcome == "PROBLEM"
