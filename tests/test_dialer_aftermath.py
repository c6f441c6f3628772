"""What follows when calls have ended, once and for all: another way, a further round, a promised callback."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

import ledger
from dialer import aftermath, fallback, release, updates, ways
from dialer import rounds as rounds_
from dialer.calendar import Calendar
from dialer.errors import FallbackError
from dialer.follow_on import after_call, first_rounds, parsed, rules
from dialer.lists.kinds import kinds
from dialer.ways import Act
from ledger import calls, events, fallbacks, follow_ons, people, state
from ledger.people import Particulars, User
from ledger.records import Action, Block, ClaimFacts, Ending, Promise, StatusUpdate, Verdict
from scripts.engine import missing
from scripts.load import library
from tests.dialer_facts import at
from tests.ledger_rows import NOW, campaign, claim_some, contact, later, officer, said

SELLER = "张卖"


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "h.db")
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        yield conn


def some(conn: sqlite3.Connection, count: int = 10, *, kind: str = "new_policy", **facts: object) -> int:
    """A running campaign of so many contacts of a kind of list."""
    campaign_id = campaign(conn, [contact(row) for row in range(1, count + 1)])
    conn.execute("update lists set kind = ?", (kind,))
    conn.execute("update campaigns set profile = 'cn_life'")
    conn.execute("update contacts set facts = ?", (json.dumps({"seller": SELLER, **facts}),))
    return campaign_id


def call(
    conn: sqlite3.Connection, outcome: str, reason: str, *promises: str, again: datetime | None = None
) -> int:
    """A call that ended so; the task is over unless it is tried again."""
    (one,) = claim_some(conn, 1)
    blocks = (Block("all", "refused"),) if outcome == "REFUSED" else ()
    made = tuple(Promise(kind, later(hours=2)) for kind in promises)
    record = said(promises=made, blocks=blocks, outcome=outcome, outcome_reason=reason)
    with ledger.transaction(conn):
        calls.placing(conn, one.call_id, NOW)
        calls.answered(conn, one.call_id, f"CA{one.call_id}", NOW, lambda state: record)
        update = StatusUpdate(f"CA{one.call_id}", "completed", 3, NOW)
        calls.status(conn, one.call_id, update, NOW, lambda state: Ending(outcome, reason, again))
    return one.task_id


def way(conn: sqlite3.Connection, task_id: int = 1) -> fallbacks.Way:
    return fallbacks.of_task(conn, task_id)[-1]


def task(conn: sqlite3.Connection, task_id: int = 1) -> tuple[str, str, str]:
    found: tuple[str, str, str] = conn.execute(
        "select status, outcome, outcome_reason from tasks where id = ?", (task_id,)
    ).fetchone()
    return found


def person(conn: sqlite3.Connection, name: str = "li", role: str = "supervisor", full: str = "李四") -> User:
    with ledger.transaction(conn):
        people.add(conn, name, Particulars(role, full, f"S-{name}"), "x", NOW, by=None)
    found = people.by_name(conn, name)
    assert found is not None
    return found


# ------------------------------------------------------------------ other ways


def test_S002_95_who_cannot_be_reached_by_telephone_is_visited(conn: sqlite3.Connection) -> None:
    some(conn)
    call(conn, "NOT_COMPLETED", "no_answer")
    aftermath.catch_up(conn, NOW)
    assert (way(conn).channel, way(conn).status, way(conn).why) == ("visit", "open", "attempts_used_up")
    assert task(conn) == ("elsewhere", "NOT_COMPLETED", "no_answer")
    before = events.count(conn)
    aftermath.catch_up(conn, NOW)
    assert (events.count(conn), len(fallbacks.of_task(conn, 1))) == (before, 1)
    assert events.verify(conn) == []


def test_S002_96_the_other_ways_have_the_working_days_of_the_company(conn: sqlite3.Connection) -> None:
    closed = Calendar({date(2026, 11, 24): True})
    some(conn)
    call(conn, "NOT_COMPLETED", "no_answer")
    aftermath.catch_up(conn, NOW, calendar=closed)
    assert way(conn).due_at == at("2026-12-08T23:59:59")
    act = Act(person(conn), NOW, calendar=closed)
    with ledger.transaction(conn):
        ways.failed(conn, way(conn).fallback_id, "搬走了", act)
        assert way(conn).due_at == at("2026-12-22T23:59:59")
        ways.sent(conn, way(conn).fallback_id, "RR1", Act(act.user, NOW))
        assert way(conn).due_at == at("2026-12-21T23:59:59")
        ways.sent(conn, way(conn).fallback_id, "RR1", act)
    assert way(conn).due_at == at("2026-12-22T23:59:59")


def test_who_is_tried_again_or_reached_goes_no_other_way(conn: sqlite3.Connection) -> None:
    some(conn)
    call(conn, "NOT_COMPLETED", "no_answer", again=later(hours=2))
    call(conn, "SUCCESS", "done")
    call(conn, "PARTIAL", "complaint")
    aftermath.catch_up(conn, NOW)
    assert [fallbacks.of_task(conn, task_id) for task_id in (1, 2, 3)] == [[], [], []]


@pytest.mark.parametrize(("wish", "channel"), [("sms", "link"), ("letter", "letter"), ("", "letter")])
def test_A4_who_wants_no_calls_gets_the_way_they_chose_and_no_visit(
    conn: sqlite3.Connection, wish: str, channel: str
) -> None:
    some(conn)
    call(conn, "REFUSED", "refused", *filter(None, [wish]))
    aftermath.catch_up(conn, NOW)
    assert (way(conn).channel, way(conn).why) == (channel, "refused")


def test_A4_a_block_of_all_calls_moves_the_duty_to_a_letter(conn: sqlite3.Connection) -> None:
    def block(facts: ClaimFacts) -> Verdict:
        return Verdict(Action.BLOCK, "do_not_call", "1")

    claim_some(conn, some(conn, 20), gate=block)
    aftermath.catch_up(conn, NOW)
    assert (way(conn).channel, task(conn)) == ("letter", ("elsewhere", "", "do_not_call"))


def test_the_same_cause_told_twice_opens_one_way(conn: sqlite3.Connection) -> None:
    some(conn)
    with ledger.transaction(conn):
        first = fallback.discharge(conn, 1, "do_not_call", NOW)
        assert fallback.discharge(conn, 1, "do_not_call", NOW) == first
        conn.execute("update campaigns set purpose = 'marketing'")
        assert fallback.discharge(conn, 2, "do_not_call", NOW) is None


def test_S002_97_more_than_a_tenth_waits_for_a_supervisor_with_a_reason(conn: sqlite3.Connection) -> None:
    some(conn, 10)
    for task_id in (1, 2):
        with ledger.transaction(conn):
            fallback.discharge(conn, task_id, "attempts_used_up", NOW)
    assert [way(conn, 1).status, way(conn, 2).status] == ["open", "stopped"]
    assert fallbacks.share(conn, 1) == fallbacks.Share(10, 1)
    agent, supervisor = person(conn, "wang", "agent"), person(conn)
    with pytest.raises(FallbackError, match="supervisor"):
        ways.allow(conn, way(conn, 2).fallback_id, "因洪水", Act(agent, NOW))
    with pytest.raises(FallbackError, match="reason"):
        ways.allow(conn, way(conn, 2).fallback_id, " ", Act(supervisor, NOW))
    with ledger.transaction(conn):
        ways.allow(conn, way(conn, 2).fallback_id, "因洪水", Act(supervisor, NOW))
    assert way(conn, 2).status == "open"
    assert fallbacks.share(conn, 1) == fallbacks.Share(10, 2)
    assert conn.execute("select user, action, subject from audit").fetchall() == [
        ("li", "fallback_allowed", "task:2")
    ]


def test_S002_95_the_seller_does_not_visit_and_the_signed_form_is_a_success(conn: sqlite3.Connection) -> None:
    some(conn)
    with ledger.transaction(conn):
        fallback.discharge(conn, 1, "attempts_used_up", NOW)
    one, act = way(conn).fallback_id, Act(person(conn), NOW)
    with pytest.raises(FallbackError, match="visitor first"):
        ways.signed(conn, one, "SUCCESS", "SCAN-7", act)
    for seller in (person(conn, "zhang", "agent", " 张 卖"), person(conn, "nameless", "agent", "")):
        with pytest.raises(FallbackError, match="S002-95"):
            ways.assign(conn, one, seller, act)
    with ledger.transaction(conn):
        ways.assign(conn, one, act.user, act)
        ways.signed(conn, one, "SUCCESS", "SCAN-7", act)
    assert task(conn) == ("done", "SUCCESS", "visit")
    assert events.verify(conn) == []
    conn.execute("update fallback_steps set reference = 'SCAN-8' where reference = 'SCAN-7'")
    assert len(events.verify(conn)) == 1


def test_a_form_signed_tomorrow_is_refused(conn: sqlite3.Connection) -> None:
    some(conn)
    with ledger.transaction(conn):
        fallback.discharge(conn, 1, "do_not_call", NOW)
    with pytest.raises(FallbackError, match="still to come"):
        ways.signed(conn, 1, "SUCCESS", "SCAN", Act(person(conn), NOW, later(days=1).date()))


def test_B3_10_when_every_way_has_failed_the_record_says_why(conn: sqlite3.Connection) -> None:
    some(conn)
    call(conn, "NOT_COMPLETED", "no_answer")
    aftermath.catch_up(conn, NOW)
    act = Act(person(conn), NOW)
    with ledger.transaction(conn):
        letter = ways.failed(conn, way(conn).fallback_id, "搬走了", act)
        assert letter is not None
        assert letter.channel == "letter"
        ways.sent(conn, letter.fallback_id, "RR123", act)
    aftermath.catch_up(conn, later(days=60))
    assert task(conn) == ("done", "NOT_COMPLETED", "all_ways_failed")
    record = fallbacks.steps(conn, 1)[-1][0]
    assert record.step == "given_up"
    told = [line.split(" ", 2)[2] for line in record.note.splitlines()]
    assert told == [
        "call: no_answer",
        "opened attempts_used_up",
        "failed on 2026-11-23 搬走了",
        "opened attempts_used_up",
        "sent on 2026-11-23",
        "unanswered",
    ]


def test_a_surrendered_policy_is_not_visited(conn: sqlite3.Connection) -> None:
    some(conn)
    with ledger.transaction(conn):
        fallback.discharge(conn, 1, "attempts_used_up", NOW)
        updates.apply(
            conn, key="P00000001", kind_of_key="policy_no", state="surrendered", source="test", now=NOW
        )
    assert (task(conn)[0], way(conn).status) == ("cancelled", "cancelled")


def test_a_process_killed_before_the_mark_leaves_nothing_half_done(
    conn: sqlite3.Connection,
) -> None:
    some(conn)
    call(conn, "NOT_COMPLETED", "no_answer")
    conn.execute("create trigger killed before update on marks begin select raise(abort, 'killed'); end")
    with pytest.raises(sqlite3.IntegrityError, match="killed"):
        aftermath.catch_up(conn, NOW)
    assert (fallbacks.of_task(conn, 1), task(conn)[0]) == ([], "done")
    conn.execute("drop trigger killed")
    for _ in range(2):
        aftermath.catch_up(conn, NOW)
    assert len(fallbacks.of_task(conn, 1)) == 1


# ------------------------------------------------------------------ promised callbacks


def test_a_callback_promised_in_a_talk_with_problems_is_an_agents(conn: sqlite3.Connection) -> None:
    with ledger.transaction(conn):
        release.put_in_force(conn, ["hotline-callback"], officer(conn), NOW)
    some(conn)
    call(conn, "PROBLEM", "callback", "callback")
    aftermath.catch_up(conn, NOW)
    aftermath.catch_up(conn, NOW)
    made = conn.execute(
        "select p.name, p.mode, t.status, k.policy_no from tasks t join campaigns p on p.id = t.campaign_id"
        " join contacts k on k.id = t.contact_id where p.id > 1"
    ).fetchall()
    assert made == [("热线回电", "preview", "ready", "call 1")]


# ------------------------------------------------------------------ further rounds


def rounds(conn: sqlite3.Connection) -> list[tuple[str, int, str]]:
    return conn.execute("select rule, round, status from follow_ons order by id").fetchall()


def grace(conn: sqlite3.Connection) -> int:
    """A campaign of premiums that were due on the ninth, whose grace period ends on the eighth of January."""
    with ledger.transaction(conn):
        release.put_in_force(conn, ["grace"], officer(conn), NOW)
    return some(conn, 3, kind="grace", due_on="2026-11-09", grace_end="2027-01-08")


def test_S003_09_the_overdue_are_reminded_every_week_until_the_grace_period_ends(
    conn: sqlite3.Connection,
) -> None:
    grace(conn)
    for day in range(0, 90, 3):
        aftermath.catch_up(conn, later(days=day))
    made = conn.execute(
        "select round, due_from from follow_ons where task_id = 1 and status = 'made' order by round"
    ).fetchall()
    assert made[0] == (1, "2026-11-16T16:00:00.000Z")
    assert made[-1] == (8, "2027-01-04T16:00:00.000Z")
    assert len(made) == 8
    assert conn.execute("select count(*) from campaigns").fetchone() == (9,)
    assert conn.execute("select count(*) from tasks").fetchone() == (27,)


def test_S002_27_who_has_not_paid_is_called_within_fifteen_working_days_after_the_grace_period() -> None:
    facts: dict[str, str | int] = {"due_on": "2026-08-10", "grace_end": "2026-10-09"}
    (found,) = first_rounds("grace", 1, facts, at("2026-10-13T00:00"))
    assert (found.rule, found.due_from, found.due_by) == (
        "post_grace",
        at("2026-10-10T00:00"),
        at("2026-10-30T00:00"),  # Saturday the tenth is worked
    )
    assert json.loads(found.facts) == {"suspended_on": "2026-10-10", "reinstate_by": "2028-10-09"}


def test_the_company_itself_is_no_missing_fact_of_a_round() -> None:
    assert not {"company", "hotline", "staff_no"} & set(missing(library()["grace"], {**rounds_.COMPANY}))


def test_a_paid_premium_ends_the_rounds_that_are_made_and_those_that_are_planned(
    conn: sqlite3.Connection,
) -> None:
    grace(conn)
    aftermath.catch_up(conn, NOW)
    with ledger.transaction(conn):
        done = updates.apply(
            conn, key="P00000001", kind_of_key="policy_no", state="paid", source="test", now=NOW
        )
    assert (done.tasks, done.rounds) == (2, 2)
    for day in range(0, 90, 3):
        aftermath.catch_up(conn, later(days=day))
    assert conn.execute("select count(*) from follow_ons where task_id = 1").fetchone() == (3,)
    assert conn.execute("select count(*) from follow_ons where task_id = 2").fetchone() == (9,)


def test_S002_89_a_surveyor_who_was_told_to_call_is_asked_about_again_and_no_more_than_twice(
    conn: sqlite3.Connection,
) -> None:
    with ledger.transaction(conn):
        release.put_in_force(conn, ["survey"], officer(conn), NOW)
    some(conn, 1, kind="claims_survey")
    conn.execute("update campaigns set profile = 'cn_survey'")
    call(conn, "PROBLEM", "surveyor", "recheck")
    aftermath.catch_up(conn, NOW)
    aftermath.catch_up(conn, NOW)
    assert rounds(conn) == [("recheck", 1, "planned")]
    aftermath.catch_up(conn, later(minutes=10))
    found = conn.execute("select campaign_id, due_from, due_by from tasks where id = 2").fetchone()
    assert found == (2, "2026-11-23T01:10:00.000Z", "2026-11-23T01:25:00.000Z")
    with ledger.transaction(conn):
        for number in (1, 2, 3):
            root = follow_ons.root(conn, conn.execute("select max(id) from tasks").fetchone()[0])
            found = list(after_call("claims_survey", root, {"recheck"}, {}, later(hours=number)))
            assert [one.round for one in found] == ([2] if number == 1 else [])
            if found:
                follow_ons.plan(conn, found[0], later(hours=number))
                (due,) = follow_ons.planned(conn, later(hours=2), 9)
                rounds_.make(conn, due, later(hours=2))


def test_no_round_follows_a_talk_about_what_is_no_longer_due(conn: sqlite3.Connection) -> None:
    some(conn, 1, kind="claims_survey")
    call(conn, "PROBLEM", "surveyor", "recheck")
    with ledger.transaction(conn):
        conn.execute("insert into policy_news values (1, 'P00000001', 'claim_no', 'settled', 'test', '')")
        conn.execute("insert into cancellations values (1, 1, 1, '')")
    aftermath.catch_up(conn, NOW)
    assert rounds(conn) == []


def test_a_round_whose_script_nobody_answers_for_waits_and_stops_no_other(conn: sqlite3.Connection) -> None:
    some(conn, 1, kind="grace", due_on="2026-11-09", grace_end="2027-01-08")
    aftermath.catch_up(conn, NOW)
    assert rounds(conn)[0] == ("weekly", 1, "planned")
    assert follow_ons.planned(conn, NOW, 9) == []
    assert len(follow_ons.planned(conn, later(hours=1), 9)) == 1


def test_S002_106_a_health_policy_is_called_after_six_and_twelve_months() -> None:
    facts: dict[str, str | int] = {"effective_on": "2026-08-31", "service_month": 3}
    found = list(first_rounds("health", 1, facts, NOW))
    assert [(one.rule, one.due_from, one.facts) for one in found] == [
        ("sixth_month", at("2027-02-28T00:00"), '{"service_month": 6}'),
        ("twelfth_month", at("2027-08-31T00:00"), '{"service_month": 12}'),
    ]
    assert list(first_rounds("health", 1, {**facts, "service_month": 12}, NOW)) == []


def test_what_a_round_says_differently_is_a_fact_of_its_calls(conn: sqlite3.Connection) -> None:
    some(conn, 1, service_month=3)
    conn.execute(
        "insert into follow_ons (task_id, rule, round, facts, due_from, status, next_at, made_task_id, at)"
        " values (1, 'sixth_month', 1, '{\"service_month\":6}', '', 'made', '', 1, '')"
    )
    (one,) = claim_some(conn, 1)
    assert json.loads(state.read(conn, one.call_id).state.facts)["service_month"] == 6


@pytest.mark.parametrize("kind", kinds())
def test_every_rule_of_every_kind_has_an_end(kind: str) -> None:
    assert all(1 <= rule.rounds <= 60 for rule in rules(kind))


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"name": "x", "title": "x", "due_from": {"days": 1}}, "due_by"),
        ({"name": "x", "title": "x", "due_from": {"days": 1}, "due_by": {"days": 2}, "ever": 1}, "ever"),
        (
            {
                "name": "x",
                "title": "x",
                "due_from": {"days": 1},
                "due_by": {"hours": 2},
                "every": {"days": 1},
            },
            "same unit",
        ),
        ({"name": "x", "title": "x", "due_from": {"days": 1}, "due_by": {"days": 2}, "rounds": 99}, "rounds"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_with_its_key(table: dict[str, object], what: str) -> None:
    with pytest.raises((ValueError, KeyError), match=what):
        parsed(table, "due_on")
