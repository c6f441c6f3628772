"""The hotline over its webhooks: every branch by keys and by speech, and nothing said before identity."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from lxml import etree
from werkzeug.test import TestResponse

import ledger
from dialer.versions import version
from ivr.app import create_app
from ivr.clock import Clock
from ivr.transcript import transcript
from ledger import board, dnc, events, script_life, state, transaction
from ledger.story import conversation
from scripts.load import library
from scripts.sealing import sealed
from scripts.values import Outcome
from tests.conftest import MORNING
from tests.edge import PUBLIC, parts, signed
from tests.ledger_people import busy_agent
from tests.ledger_rows import OFFICER

NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
CALLED = "+8675588880000"
STRANGER = "+8613911112222"


@dataclass(slots=True)
class Town:
    """The web application at a moment that tests can move."""

    app: Flask
    path: Path
    clock: Clock
    writer: ledger.Writer

    def call(self, caller: str = STRANGER, sid: str = "CA" + "1" * 32) -> Caller:
        return Caller(self, caller, sid)


@dataclass(slots=True)
class Caller:
    """One call as the carrier leads it."""

    town: Town
    number: str
    sid: str
    document: bytes = b""
    said: list[str] = field(default_factory=list)

    def post(self, path: str, **form: str) -> TestResponse:
        known = {"CallSid": self.sid, "From": self.number, "To": CALLED, "Direction": "inbound"}
        return signed(self.town.app.test_client(), path, known | form)

    def dial(self, path: str = "/hotline", **form: str) -> Caller:
        return self._hear(self.post(path, CallStatus="ringing", **form))

    def give(self, *answers: str) -> Caller:
        """Press `[keys]`, say words, be silent with an empty text, or leave `(message)`."""
        for text in answers:
            if text == "(message)":
                form = {"RecordingUrl": "https://x/RE9", "RecordingSid": "RE9", "Digits": "hangup"}
            else:
                form = {"Digits": text.strip("[]")} if text.startswith("[") else {"SpeechResult": text}
            self._hear(self.post(self.action(), **form))
        return self

    def give_again(self, text: str) -> str:
        """Answer the same document once more, and return what comes."""
        return self.post(self.action(), Digits=text.strip("[]")).text

    def wait(self) -> Caller:
        """Follow the redirect into the queue, or once round it."""
        return self._hear(
            self.post(self.tree().findtext(".//Redirect").removeprefix(PUBLIC).partition("#")[0])
        )

    def action(self) -> str:
        found = str(self.tree().xpath("string((//Gather|//Record)/@action)"))
        return found.removeprefix(PUBLIC).partition("#")[0]

    def tree(self) -> etree._Element:
        return etree.fromstring(self.document)

    def words(self) -> str:
        return "".join("".join(say.itertext()) for say in self.tree().iter("Say"))

    def over(self) -> bool:
        return self.tree().find("Hangup") is not None

    def hang_up(self, path: str = "/hotline/status") -> TestResponse:
        return self.post(path, CallStatus="completed", CallDuration="30", SequenceNumber="3")

    def _hear(self, response: TestResponse) -> Caller:
        assert response.status_code == 200, response.text
        self.document = response.data
        self.said.append(self.words())
        return self


def town_at(path: Path, moment: datetime, writer: ledger.Writer) -> tuple[Town, Callable[[], None]]:
    clock = Clock(moment, 0.0, 0.0)
    edge = parts(path, writer, clock)
    return Town(create_app(edge), path, clock, writer), edge.close


@pytest.fixture
def town(ledger_path: Path) -> Iterator[Town]:
    """Monday morning at nine; the only agent on shift takes no calls."""
    with closing(ledger.connect(ledger_path)) as conn, transaction(conn):
        busy_agent(conn, "busy", MORNING)
    with closing(ledger.Writer(ledger_path)) as writer:
        town, close = town_at(ledger_path, MORNING, writer)
        yield town
        close()


@pytest.fixture
def night(ledger_path: Path) -> Iterator[Town]:
    """Monday night at ten."""
    with closing(ledger.Writer(ledger_path)) as writer:
        town, close = town_at(ledger_path, NIGHT, writer)
        yield town
        close()


def rows(conn: sqlite3.Connection, query: str) -> list[tuple[object, ...]]:
    return conn.execute(query).fetchall()


def outcome(conn: sqlite3.Connection) -> tuple[str, str]:
    call = state.read(conn, 1).state
    return call.outcome, call.outcome_reason


MENU = {
    "[1]": "什么时候发生",
    "我要报案": "什么时候发生",
    "[2]": "接着做回访",
    "我想问一下保单": "接着做回访",
    "[3]": "投诉已经登记",
    "我要投诉": "投诉已经登记",
    "[4]": "给您打电话的号码",
    "核实一下来电": "给您打电话的号码",
    "[5]": "您要停哪一种",
    "我要停掉": "您要停哪一种",
    "[6]": "您可以不说名字",
    "我要举报": "您可以不说名字",
    "[0]": "转接人工",
    "转人工": "转接人工",
    "[8]": "已经生效",
    "别再给我打电话了": "已经生效",
}


def test_a_caller_first_hears_that_the_voice_is_made_by_a_machine(town: Town) -> None:
    said = town.call().dial().words()
    assert "人工智能合成" in said
    assert said.index("人工智能合成") < said.index("通话全程录音") < said.index("请问您要办什么")


def test_the_recording_begins_before_the_first_word(town: Town) -> None:
    tree = town.call().dial().tree()
    assert tree[0].tag == "Start"
    callback = tree[0][0].get("recordingStatusCallback")
    assert callback.partition("#")[0] == f"{PUBLIC}/calls/1/recording"


@pytest.mark.parametrize(("answer", "words"), MENU.items())
def test_the_menu_by_keys_and_by_speech(town: Town, answer: str, words: str) -> None:
    assert words in town.call().dial().give(answer).words()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("[075588880000]", "这个号码是我们的"),
        ("[8675588880000]", "这个号码是我们的"),
        ("[4008001234]", "这个号码是我们的"),
        ("零七五五八八八八零零零零", "这个号码是我们的"),
        ("[13800001111]", "不是我们的"),
        ("一三八零零零零一一一一", "不是我们的"),
        ("[12]", "没有听清"),
    ],
)
def test_a_caller_learns_whether_a_number_is_ours(town: Town, answer: str, words: str) -> None:
    caller = town.call().dial().give("[4]")
    gather = caller.tree().find(".//Gather")
    assert (gather.get("finishOnKey"), gather.get("numDigits")) == ("#", None)
    assert words in caller.give(answer).words()


@pytest.mark.parametrize(
    ("answers", "purpose"),
    [
        (["[5]"], "marketing"),
        (["[5]", "[1]"], "marketing"),
        (["[5]", "推销的"], "marketing"),
        (["[5]", "[2]"], "all"),
        (["[5]", "全部停"], "all"),
        (["[8]"], "all"),
        (["[1]", "别再给我打电话了"], "all"),
        (["[4]", "[8]"], "all"),
    ],
)
def test_calls_are_stopped_before_the_sentence_ends(
    town: Town, conn: sqlite3.Connection, answers: list[str], purpose: str
) -> None:
    town.call().dial().give(*answers)
    found = dnc.check(conn, int(STRANGER))
    assert purpose in {entry.purpose for entry in found}
    assert {entry.number for entry in found} == {int(STRANGER)}


def test_a_hidden_number_is_told_that_nothing_can_be_stopped(town: Town, conn: sqlite3.Connection) -> None:
    caller = town.call("anonymous").dial().give("[5]")
    assert "没有显示号码" in caller.words()
    assert rows(conn, "select count(*) from dnc") == [(0,)]


ACCIDENT = ["今天早上八点", "深圳市南山区长江西路", "追尾了", "[2]", "[1]"]


@pytest.mark.parametrize(("area", "arrival"), [("[1]", 30), ("在市区", 30), ("[2]", 60), ("在县里", 60)])
def test_an_accident_report_starts_the_surveyors_clocks(
    town: Town, conn: sqlite3.Connection, area: str, arrival: int
) -> None:
    caller = town.call().dial().give("[1]", *ACCIDENT, area)
    assert "报案号是幺幺二三零零零幺" in caller.words()
    promised = dict(rows(conn, "select kind, due_at from appointments"))
    due = {kind: datetime.fromisoformat(str(at)) - MORNING for kind, at in promised.items()}
    assert due["surveyor"] == timedelta(minutes=10)
    assert due["arrival"] == timedelta(minutes=arrival)
    again = caller.give("[1]").words()
    assert "报案号是幺幺二三零零零幺" in again
    assert "80%" in caller.document.decode()
    assert caller.give("不用了").over()
    assert outcome(conn) == ("SUCCESS", "accident_reported")


@pytest.mark.parametrize("hurt", ["[1]", "有人流血了", "不清楚"])
def test_with_people_hurt_the_ambulance_comes_first(town: Town, conn: sqlite3.Connection, hurt: str) -> None:
    caller = town.call().dial().give("报案", *ACCIDENT[:3], hurt)
    assert "一二零" in caller.words()
    assert ("injury_desk",) in rows(conn, "select kind from appointments")


def test_the_surveyor_may_call_another_number(town: Town, conn: sqlite3.Connection) -> None:
    town.call().dial().give("[1]", *ACCIDENT[:4], "[2]", "[13800001111]", "[1]")
    assert ("13800001111",) in rows(conn, "select raw from answers where step = 'accident_phone'")
    assert ("surveyor",) in rows(conn, "select kind from appointments")


def test_a_report_that_breaks_off_leaves_something_to_do(town: Town, conn: sqlite3.Connection) -> None:
    town.call().dial().give("[1]", "刚才").hang_up()
    assert rows(conn, "select kind from appointments") == [("accident",)]


def test_a_complaint_is_a_case_before_anybody_answers(town: Town, conn: sqlite3.Connection) -> None:
    town.call().dial().give("[3]")
    assert rows(conn, "select code, status from problems") == [("P20", "open")]
    assert rows(conn, "select reason from waits") == [("complaint",)]


@pytest.mark.parametrize("answer", ["[1]", "[2]"])
def test_an_appointment_becomes_a_task_for_its_time(
    town: Town, conn: sqlite3.Connection, answer: str
) -> None:
    caller = town.call().dial().give("[2]", "[3]", answer)
    assert caller.over()
    ((kind, due, task),) = rows(conn, "select kind, due_at, task_id from appointments")
    assert (kind, task) == ("appointment", rows(conn, "select max(id) from tasks")[0][0])
    assert rows(conn, f"select next_at, status from tasks where id = {task}") == [(due, "ready")]


def test_nobody_comes_in_time_and_a_callback_is_promised_as_a_task(
    ledger_path: Path, conn: sqlite3.Connection
) -> None:
    with transaction(conn):
        busy_agent(conn, "busy", MORNING)
    with closing(ledger.Writer(ledger_path)) as writer:
        town, close = town_at(ledger_path, MORNING, writer)
        caller = town.call().dial().give("[0]")
        caller.wait()
        assert "下一位就是您" in caller.words()
        close()
        later, close = town_at(ledger_path, MORNING + timedelta(minutes=6), writer)
        caller.town = later
        assert "一定给您回电" in caller.wait().words()
        close()
    assert caller.over()
    name, mode, purpose = rows(conn, "select name, mode, purpose from campaigns order by id desc limit 1")[0]
    assert (name, mode, purpose) == ("热线回电", "preview", "service")
    tasks = "select n.number, t.status from tasks t join numbers n on n.contact_id = t.contact_id"
    assert rows(conn, f"{tasks} order by t.id desc")[0] == (int(STRANGER), "ready")
    assert events.verify(conn) == []


def test_who_keeps_the_place_is_called_back_in_the_order_of_arrival(
    town: Town, conn: sqlite3.Connection
) -> None:
    first = town.call(sid="CA1").dial().give("[0]").wait()
    second = town.call("+8613911113333", sid="CA2").dial().give("[0]").wait()
    assert "您前面还有一位" in second.words()
    assert "请按一" in second.words()
    second.give("[1]")
    first.give("[1]")
    assert first.over()
    assert second.over()
    order = """
    select n.number from tasks t join numbers n on n.contact_id = t.contact_id join campaigns c
      on c.id = t.campaign_id where c.name = '热线回电' order by t.due_by, c.id
    """
    since = rows(conn, "select due_by from tasks order by id desc limit 2")
    assert len(since) == 2
    assert {number for (number,) in rows(conn, order)} == {int(STRANGER), 8613911113333}


def test_at_night_a_message_is_recorded_and_becomes_a_task_of_the_next_morning(
    night: Town, conn: sqlite3.Connection
) -> None:
    caller = night.call().dial().give("[0]")
    record = caller.tree().find("Record")
    assert (record.get("finishOnKey"), record.get("maxLength"), record.get("playBeep")) == (
        "#",
        "120",
        "true",
    )
    assert record.get("recordingStatusCallback").startswith(f"{PUBLIC}/calls/1/recording#rc=2")
    assert "留言收到了" in caller.give("(message)").words()
    ((kind, due),) = rows(conn, "select kind, due_at from appointments")
    assert (kind, due) == ("callback", "2026-11-24T03:00:00.000Z")
    assert ("closed", "value", "[录音]") in rows(conn, "select step, category, raw from answers")
    assert rows(conn, "select max(id) from tasks") == rows(conn, "select task_id from appointments")


def test_at_night_who_says_nothing_after_the_beep_is_called_back_too(
    night: Town, conn: sqlite3.Connection
) -> None:
    assert "没有听到留言" in night.call().dial().give("[0]").wait().words()
    assert rows(conn, "select kind from appointments") == [("callback",)]


# ---------------------------------------------------------------- recognised by number


def miss(conn: sqlite3.Connection) -> tuple[str, dict[str, object]]:
    """The first contact was called in vain; the number and the facts."""
    contact_id, number, facts = conn.execute(
        "select k.id, n.number, k.facts from contacts k join numbers n on n.contact_id = k.id order by k.id"
    ).fetchone()
    text = json.dumps({**json.loads(facts), "age": 40}, ensure_ascii=False)
    with transaction(conn):
        conn.execute("update contacts set facts = ? where id = ?", (text, contact_id))
        conn.execute(
            "update tasks set attempts = 1, attempts_today = 1, last_attempt_at = '2026-11-23T00:30:00.000Z'"
            " where contact_id = ?",
            (contact_id,),
        )
    return f"+{number}", json.loads(facts)


def test_a_missed_callback_is_finished_on_the_hotline(town: Town, conn: sqlite3.Connection) -> None:
    number, facts = miss(conn)
    tail = str(facts["id_tail"]).replace("X", "*")
    caller = town.call(number).dial().give("[2]", "[1]", f"[{tail}]")
    assert "接下来把上次没做完的回访做完" in caller.words()
    call = state.read(conn, 1).state
    assert call.task_id is not None
    assert library()["new-contract"].digest == call.script_digest
    for _ in range(40):
        if caller.over():
            break
        step = json.loads(state.read(conn, 1).state.progress)["step"]
        wanted = library()["new-contract"].step(step)
        caller.give("[2]" if wanted.wanted == "no" else "没有了" if wanted.kind == "open" else "[1]")
    assert caller.over()
    assert outcome(conn) == (Outcome.SUCCESS, "done")
    caller.hang_up()
    lines = list(transcript(conversation(conn, 1), partial(version, conn)))
    assert [line for line in lines if line.startswith("——")] == [
        "—— 客服热线",
        f"—— 新契约回访 · task {call.task_id}",
    ]
    assert any("请问您要办什么" in line for line in lines)
    assert any("接下来把上次没做完的回访做完" in line for line in lines)
    assert rows(conn, f"select status, outcome, attempts from tasks where id = {call.task_id}") == [
        ("done", "SUCCESS", 1)
    ]
    steps = {step for (step,) in rows(conn, "select step from disclosures where affirmed_at is not null")}
    assert {"identity", "intro_inbound"} <= steps
    assert events.verify(conn) == []


def test_a_wrong_proof_sounds_the_same_for_customers_and_strangers(
    town: Town, conn: sqlite3.Connection
) -> None:
    number, _ = miss(conn)
    wrong = ["[2]", "[1]", "[0000]", "[0000]"]
    known = town.call(number, sid="CA1").dial().give(*wrong)
    unknown = town.call(sid="CA2").dial().give(*wrong)
    assert known.said == unknown.said
    assert "人工" in known.said[-1]


@pytest.mark.parametrize(
    "answers",
    [
        ["[1]"],
        ["[2]", "[1]"],
        ["[2]", "[2]"],
        ["[2]", "[3]"],
        ["[3]"],
        ["[4]"],
        ["[5]"],
        ["[0]"],
        ["[9]"],
        ["你是谁"],
    ],
    ids="".join,
)
def test_no_fact_of_the_customer_is_said_before_identity(
    town: Town, conn: sqlite3.Connection, answers: list[str]
) -> None:
    number, facts = miss(conn)
    known = town.call(number, sid="CA1").dial().give(*answers)
    unknown = town.call(sid="CA2").dial().give(*answers)
    assert known.said == unknown.said
    values = {str(value) for value in facts.values() if isinstance(value, str) and len(value) > 1}
    assert not [value for value in values for said in known.said if value in said]


def test_people_of_sixty_get_a_person_first(town: Town, conn: sqlite3.Connection) -> None:
    number, facts = miss(conn)
    conn.execute("update contacts set facts = ? where id = 1", (json.dumps({**facts, "age": 60}),))
    caller = town.call(number).dial()
    assert "转接人工" in caller.words()
    assert "请问您要办什么" not in caller.words()
    assert rows(conn, "select rank from waits") == [(0,)]


# ---------------------------------------------------------------- webhooks lost, late and twice


def test_the_same_call_announced_twice_hears_the_same_and_is_one_call(
    town: Town, conn: sqlite3.Connection
) -> None:
    caller = town.call()
    assert caller.dial().document == caller.dial().document
    assert rows(conn, "select count(*) from calls") == [(1,)]


def test_a_call_whose_end_comes_first_is_over_when_its_beginning_comes(
    town: Town, conn: sqlite3.Connection
) -> None:
    caller = town.call()
    assert caller.hang_up().status_code == 204
    assert caller.dial().over()
    assert rows(conn, "select direction, status, ended_at is null from calls") == [
        ("inbound", "completed", 0)
    ]
    assert events.verify(conn) == []


def test_the_end_of_a_call_comes_twice_or_for_the_call_itself(town: Town, conn: sqlite3.Connection) -> None:
    caller = town.call().dial()
    assert [caller.hang_up(path).status_code for path in ("/hotline/status", "/calls/1/status")] == [204, 204]
    assert rows(conn, "select count(*) from events where kind = 'ended'") == [(1,)]


def test_the_fallback_says_the_latest_words_again(town: Town) -> None:
    caller = town.call().dial().give("[4]")
    words = caller.words()
    assert caller.dial("/hotline/fallback", ErrorCode="11200").words() == words
    assert "系统现在忙" in caller.dial("/hotline/fallback", ErrorCode="12100").words()


def test_the_fallback_opens_a_call_whose_first_webhook_was_lost(town: Town) -> None:
    assert "请问您要办什么" in town.call().dial("/hotline/fallback", ErrorCode="11205").words()


@pytest.mark.parametrize("path", ["/hotline", "/hotline/status", "/hotline/fallback", "/hotline/limping"])
def test_only_the_carrier_is_let_in(town: Town, conn: sqlite3.Connection, path: str) -> None:
    client = town.app.test_client()
    assert client.post(path, data={"CallSid": "CA1"}).status_code == 403
    assert client.get(path).status_code == 405
    assert rows(conn, "select count(*) from calls") == [(0,)]


def test_other_paths_below_the_hotline_are_nobodys(town: Town) -> None:
    assert town.call().post("/hotline/elsewhere").status_code == 404


# ---------------------------------------------------------------- the number, the policy, the wish


def test_who_reported_an_accident_is_offered_it_first_when_calling_again(town: Town) -> None:
    town.call(sid="CA1").dial().give("[1]", "刚才", "文三路", "追尾了", "[2]", "[1]", "[1]", "[2]").hang_up()
    again = town.call(sid="CA2").dial()
    assert "那件事还在办" in again.words()
    assert "查勘员十分钟之内会联系您" in again.give("[1]").words()
    assert "那件事" not in town.call("+8613900000001", sid="CA3").dial().words()


def test_who_complained_is_offered_it_first_when_calling_again(town: Town) -> None:
    town.call(sid="CA1").dial().give("[3]").hang_up()
    assert "那件事还在办" in town.call(sid="CA2").dial().words()


def test_who_was_called_for_a_callback_is_offered_it_first(town: Town, conn: sqlite3.Connection) -> None:
    number, facts = miss(conn)
    assert "事情还没说完" not in town.call(number, sid="CA1").dial().words()
    with transaction(conn):
        conn.execute(
            "insert into calls (task_id, direction, to_number, from_number, status, claimed_at, ended_at)"
            " select t.id, 'outbound', ?, 1, 'no-answer', '', '' from tasks t where t.attempts = 1",
            (int(number),),
        )
    caller = town.call(number, sid="CA2").dial()
    assert "事情还没说完" in caller.words()
    assert "身份证号码" in caller.give("[1]").words()
    tail = str(facts["id_tail"]).replace("X", "*")
    assert "接下来把上次没做完的回访做完" in caller.give(f"[{tail}]").words()


def has_policy(conn: sqlite3.Connection, **policy: str) -> tuple[str, str]:
    """The number and the keys of the identity check of a customer whose list tells the policy's status."""
    number, facts = miss(conn)
    text = json.dumps({**facts, "age": 40, "product": "安心定期寿险", **policy}, ensure_ascii=False)
    with transaction(conn):
        conn.execute("update contacts set facts = ? where id = (select min(id) from contacts)", (text,))
    return number, f"[{facts['id_tail']}]".replace("X", "*")


def test_the_status_of_a_policy_is_told_after_the_identity_check(
    town: Town, conn: sqlite3.Connection
) -> None:
    number, tail = has_policy(
        conn, policy_status="停效", suspended_on="2026-10-27", reinstate_by="2028-10-27"
    )
    caller = town.call(number).dial().give("[2]", "[2]")
    assert "安心定期寿险" not in "".join(caller.said)
    assert "已经停效" in caller.give(tail).words()
    caller.give("[1]", "[2]").hang_up()
    assert rows(conn, "select kind from appointments") == [("reinstate",)]
    assert outcome(conn) == (Outcome.SUCCESS, "served")
    assert events.verify(conn) == []


def test_who_cannot_prove_to_be_the_customer_hears_no_status(town: Town, conn: sqlite3.Connection) -> None:
    number, _ = has_policy(conn, policy_status="有效")
    caller = town.call(number).dial().give("[2]", "[2]", "[0000]", "[0000]")
    assert "人工来帮您" in caller.words()
    assert "安心定期寿险" not in "".join(caller.said)


def test_a_policy_whose_status_is_not_known_is_a_persons(town: Town, conn: sqlite3.Connection) -> None:
    number, tail = has_policy(conn, policy_status="停效")
    assert "转接人工" in town.call(number).dial().give("[2]", "[2]", tail).words()


def test_a_wish_is_taken_back_with_what_was_blocked_in_calls_and_nothing_else(
    town: Town, conn: sqlite3.Connection
) -> None:
    number, facts = miss(conn)
    town.call(number, sid="CA1").dial().give("[8]").hang_up()
    dnc.import_many(conn, [int(number)], purpose="marketing", source="行业名单", now=MORNING)
    tail = str(facts["id_tail"]).replace("X", "*")
    caller = town.call(number, sid="CA2").dial().give("[5]", "[3]", f"[{tail}]", "[1]")
    assert "已经恢复" in caller.words()
    left = [(row.source, row.purpose) for row in dnc.check(conn, int(number)) if row.revoked_at is None]
    assert left == [("行业名单", "marketing")]
    assert events.verify(conn) == []


def test_who_is_not_the_customer_takes_no_wish_back(town: Town, conn: sqlite3.Connection) -> None:
    number, _ = miss(conn)
    town.call(number, sid="CA1").dial().give("[8]").hang_up()
    town.call(number, sid="CA2").dial().give("[5]", "[3]", "[0000]", "[0000]").hang_up()
    assert all(row.revoked_at is None for row in dnc.check(conn, int(number)))


# ---------------------------------------------------------------- reports of wrongs


def reported(town: Town, number: str = STRANGER) -> Caller:
    """A caller who reports wrongs and chooses a code."""
    return town.call(number).dial().give("[6]", "[1]", "(message)", "[2]", "[385072]")


def test_a_report_of_wrongs_is_anonymous(town: Town, conn: sqlite3.Connection) -> None:
    number, facts = miss(conn)
    caller = reported(town, number)
    assert "您的编号是" in caller.words()
    ((kept,),) = rows(conn, "select facts from parts order by turn desc limit 1")
    assert not {"id_tail", "birthday", "known", "elder"} & json.loads(str(kept)).keys()
    assert str(facts["id_tail"]) not in str(kept)


def test_the_code_of_a_report_is_nowhere_but_as_a_hash(town: Town, conn: sqlite3.Connection) -> None:
    reported(town).give("[2]", "[2]").hang_up()
    ((raw,),) = rows(conn, "select raw from answers where step = 'passcode'")
    ((facts,),) = rows(conn, "select facts from parts order by turn desc limit 1")
    assert raw == sealed("385072", json.loads(str(facts))["seal"])
    assert "385072" not in "".join(conn.iterdump())
    assert outcome(conn) == (Outcome.SUCCESS, "whistle_noted")
    assert events.verify(conn) == []


def test_a_report_is_on_no_board_and_in_no_transcript(town: Town, conn: sqlite3.Connection) -> None:
    open_call = town.call().dial()
    assert len(board.board(conn, None, MORNING, MORNING).calls) == 1
    open_call.give("[6]")
    assert board.board(conn, None, MORNING, MORNING).calls == ()
    open_call.give("[1]").hang_up()
    lines = list(transcript(conversation(conn, 1), partial(version, conn)))
    assert lines[0] == "call 1 · inbound · restricted to the unit for reports"
    assert len(lines) == 2


def test_who_reports_and_asks_for_a_person_waits_in_no_queue(town: Town, conn: sqlite3.Connection) -> None:
    caller = town.call().dial().give("[6]", "[0]")
    assert "举报只由专门小组来听" in caller.words()
    assert rows(conn, "select call_id from waits") == []


def retired(conn: sqlite3.Connection, name: str) -> None:
    found = script_life.active(conn, name)
    assert found is not None
    with transaction(conn):
        script_life.retire(conn, found.digest, OFFICER, MORNING)


def test_without_a_script_in_force_a_caller_hears_the_short_notice_and_the_call_is_kept(
    town: Town, conn: sqlite3.Connection
) -> None:
    retired(conn, "hotline")
    caller = town.call().dial()
    assert "请按五" in caller.words()
    caller.dial()
    assert "请您过几分钟再打" in caller.words()
    assert caller.over()
    caller.hang_up()
    assert rows(conn, "select script_digest, turn, outcome from calls") == [("", -1, "NOT_COMPLETED")]
    assert events.verify(conn) == []


def test_a_call_goes_on_in_the_script_that_was_retired_meanwhile(
    town: Town, conn: sqlite3.Connection
) -> None:
    caller = town.call().dial()
    retired(conn, "hotline")
    caller.give("[5]", "[1]")
    assert outcome(conn) == (Outcome.SUCCESS, "stopped")


def test_a_promise_is_kept_in_the_call_where_no_script_of_callbacks_is_in_force(
    town: Town, conn: sqlite3.Connection
) -> None:
    retired(conn, "hotline-callback")
    assert town.call().dial().give("[2]", "[3]", "[1]").over()
    assert rows(conn, "select count(*) from tasks where campaign_id > 1") == [(0,)]
    assert rows(conn, "select kind, task_id from appointments") == [("appointment", None)]
