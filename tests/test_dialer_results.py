"""Results for other systems: nothing is lost, what is told is signed, and tells nothing private."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from dialer import updates
from dialer.errors import TargetError
from dialer.results import delivering
from dialer.results.delivering import PAUSES, Deliverer
from dialer.results.post import Post
from dialer.results.targets import EVENTS, Target, read_targets
from ivr.clock import wall
from ledger import alarms, campaigns, outbox, transaction
from ledger.alarms import Point
from tests.conftest import MORNING
from tests.listening_post import ListeningPost, listening

SECRET = b"0123456789abcdef01234567"


class Moment:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.at = MORNING

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def core() -> Iterator[ListeningPost]:
    with listening() as post:
        yield post


@pytest.fixture
def moment() -> Moment:
    return Moment()


@pytest.fixture
def deliver(conn: sqlite3.Connection, core: ListeningPost, moment: Moment) -> Iterator[Deliverer]:
    """Delivers to that post, which is told of everything from now on."""
    with closing(Post()) as post:
        deliverer = Deliverer(conn, [Target("core", core.url, SECRET)], post, moment)
        deliverer.step()
        yield deliverer


def policies(conn: sqlite3.Connection) -> list[str]:
    return [number for (number,) in conn.execute("select policy_no from contacts order by id")]


def finish(conn: sqlite3.Connection, *places: int) -> None:
    """End the tasks of these contacts."""
    for place in places:
        with transaction(conn):
            updates.apply(
                conn,
                key=policies(conn)[place],
                kind_of_key="policy_no",
                state="surrendered",
                source="test",
                now=MORNING,
            )


def only(post: ListeningPost, kind: str) -> list[dict[str, object]]:
    return [told["data"] for told in post.got if told["type"] == kind]


def test_a_finished_task_is_told_in_ids_and_codes(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    finish(conn, 0)
    assert deliver.step() == 1
    (told,) = core.got
    assert (told["type"], told["timestamp"]) == ("task_finished", "2026-11-23T01:00:00.000Z")
    assert told["data"] == {
        "task_id": 1,
        "campaign_id": 1,
        "list_id": 1,
        "row": 2,
        "status": "cancelled",
        "outcome": "",
        "reason": "surrendered",
        "attempts": 0,
        "problems": [],
    }


def test_only_a_target_that_may_have_personal_data_is_told_the_policy(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    deliver.targets = [Target("core", core.url, SECRET, personal=True)]
    finish(conn, 0)
    deliver.step()
    assert only(core, "task_finished")[0]["policy_no"] == policies(conn)[0]


def test_every_event_is_told_to_who_wants_it(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    deliver.targets = [
        *deliver.targets,
        Target("few", core.url, SECRET, events=("campaign_done",)),
    ]
    deliver.step()
    with transaction(conn):
        alarms.add(conn, 1, [Point(1, "24h", MORNING)])
        alarms.raise_due(conn, MORNING + timedelta(hours=1), 10)
        conn.execute("update lists set rows = -1 where id = 1")
        conn.execute("update lists set rows = 12 where id = 1")
        conn.execute(
            "insert into calls (id, direction, to_number, from_number, status, claimed_at)"
            " values (9, 'outbound', 1, 1, 'completed', '')"
        )
        conn.execute(
            "insert into problems (call_id, task_id, code, step, severity, note, status, opened_at)"
            " values (9, 1, 'P03', 's', 'high', 'private', 'open', '2026-11-23T01:00:00.000Z')"
        )
        campaigns.set_status(conn, 1, "stopped", MORNING)
    while deliver.step():
        pass
    kinds = [told["type"] for told in core.got]
    assert set(kinds) == set(EVENTS) - {"task_finished"}
    assert kinds.count("campaign_done") == 2
    assert only(core, "problem_opened")[0]["code"] == "P03"
    assert "private" not in str(core.got)


def test_of_a_call_for_a_few_nobody_else_is_told(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    with transaction(conn):
        conn.execute(
            "insert into calls (id, direction, to_number, from_number, status, claimed_at, restricted)"
            " values (9, 'inbound', 1, 1, 'completed', '', 1)"
        )
        conn.execute(
            "insert into problems (call_id, code, step, severity, note, status, opened_at)"
            " values (9, 'P03', 's', 'high', '', 'open', '2026-11-23T01:00:00.000Z')"
        )
    deliver.step()
    assert core.asked == []


def test_what_is_rolled_back_is_never_told(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    conn.execute("begin immediate")
    campaigns.set_status(conn, 1, "stopped", MORNING)
    conn.execute("rollback")
    deliver.step()
    assert core.asked == []


def test_a_message_is_signed_over_id_time_and_body(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    finish(conn, 0)
    deliver.step()
    ((headers, body),) = core.asked
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    assert int(headers["webhook-timestamp"]) == int(MORNING.timestamp())


def test_a_message_that_was_not_taken_comes_again_under_the_same_id(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost, moment: Moment
) -> None:
    core.answers = [503, 204]
    finish(conn, 0)
    assert deliver.step() == 0
    assert deliver.step() == 0
    moment.forward(seconds=5)
    assert deliver.step() == 1
    first, second = (headers for headers, _ in core.asked)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]


def test_what_belongs_to_a_task_is_told_in_its_order(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost, moment: Moment
) -> None:
    finish(conn, 0)
    with transaction(conn):
        conn.execute("update tasks set status = 'ready', finished_at = null where id = 1")
        conn.execute("update tasks set status = 'done', finished_at = due_by where id = 1")
    finish(conn, 1)
    core.answers = [500, 204]
    deliver.step()
    moment.forward(seconds=5)
    while deliver.step():
        pass
    of_task = [headers["webhook-id"] for headers, body in core.asked if b'"task_id":1,' in body]
    assert of_task == ["huifang_2", "huifang_2", "huifang_3"]  # the first one told of the list


def test_a_target_that_fails_is_left_alone_a_while_and_the_others_are_served(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    with listening() as down:
        down.answers = [500]
        deliver.targets = [Target("down", down.url, SECRET), *deliver.targets]
        deliver.step()
        finish(conn, 0, 1, 2)
        assert deliver.step() == 3
        assert len(down.asked) == 1


def test_after_a_day_it_is_given_up_listed_and_sent_again_on_demand(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost, moment: Moment
) -> None:
    core.answers = [400]
    finish(conn, 0)
    for pause in (timedelta(), *PAUSES):
        moment.at += pause
        deliver.step()
    (dead,) = outbox.open_deliveries(conn, limit=10)
    assert (dead.status, dead.attempts, dead.error) == ("dead", len(PAUSES) + 1, "400")
    assert timedelta(hours=23) < sum(PAUSES, timedelta()) <= timedelta(hours=27)
    core.answers = [204]
    with transaction(conn):
        assert outbox.again(conn, dead.delivery_id, moment()) == 1
    moment.forward(minutes=5)
    assert deliver.step() == 1
    assert outbox.open_deliveries(conn, limit=10) == []


def test_a_target_that_cannot_be_reached_says_how(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    deliver.targets = [Target("core", "http://127.0.0.1:9/", SECRET)]
    finish(conn, 0)
    deliver.step()
    (waiting,) = outbox.open_deliveries(conn, limit=10)
    assert waiting.error == "NewConnectionError"


def test_a_redirect_is_not_followed(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    core.answers = [302]
    finish(conn, 0)
    assert deliver.step() == 0
    assert len(core.asked) == 1


def test_a_new_target_is_told_from_now_on(
    conn: sqlite3.Connection, deliver: Deliverer, core: ListeningPost
) -> None:
    finish(conn, 0)
    with listening() as late:
        deliver.targets = [Target("late", late.url, SECRET)]
        deliver.step()
        finish(conn, 1)
        deliver.step()
        assert [told["data"]["task_id"] for told in late.got] == [2]


def test_the_loop_delivers_until_it_is_told_to_stop(
    conn: sqlite3.Connection, ledger_path: Path, deliver: Deliverer, core: ListeningPost
) -> None:
    stop, told = Event(), Event()
    core.answer = lambda headers, body: told.set() or 204  # type: ignore[method-assign, func-returns-value]
    finish(conn, 0)
    loop = Thread(target=delivering.run, args=(ledger_path, deliver.targets, wall().now, stop))
    loop.start()
    assert told.wait(10)
    stop.set()
    loop.join()
    assert outbox.open_deliveries(conn, limit=10) == []


GOOD = {
    "name": '"core"',
    "url": '"https://core.example.com/h"',
    "secret": f'"whsec_{base64.b64encode(SECRET).decode()}"',
}


def written(path: Path, **keys: str) -> Path:
    path.write_text("[[target]]\n" + "".join(f"{key} = {value}\n" for key, value in (GOOD | keys).items()))
    return path


def test_a_target_is_read_and_its_secret_never_shown(tmp_path: Path) -> None:
    (target,) = read_targets(written(tmp_path / "w.toml", events='["task_finished"]', personal="true"))
    assert (target.secret, target.events, target.personal) == (SECRET, ("task_finished",), True)
    assert "secret" not in repr(target)
    assert read_targets(tmp_path / "none.toml") == ()


@pytest.mark.parametrize(
    ("key", "value", "wrong"),
    [
        ("name", '"Core System"', "name"),
        ("url", '"http://core.example.com/h"', "https://"),
        ("url", '"ftp://x"', "url"),
        ("secret", '"short"', "whsec_"),
        ("secret", '"whsec_YWJj"', "whsec_"),
        ("secret", '"whsec_!!"', "whsec_"),
        ("events", '["everything"]', "events"),
        ("events", "[]", "events"),
        ("personal", '"yes"', "personal"),
        ("colour", '"red"', "colour"),
    ],
)
def test_a_broken_target_is_named_with_its_key(key: str, value: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=f"target 1: .*{re.escape(wrong)}"):
        read_targets(written(tmp_path / "w.toml", **{key: value}))


@pytest.mark.parametrize("text", ["[[", "target = 1"])
def test_a_file_that_holds_no_targets_is_broken(text: str, tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(text)
    with pytest.raises(TargetError):
        read_targets(tmp_path / "w.toml")


def test_two_targets_of_one_name_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "w.toml")
    path.write_text(path.read_text() * 2)
    with pytest.raises(TargetError, match="twice"):
        read_targets(path)


def test_on_this_machine_http_is_enough(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:9/", "http://[::1]/", "http://localhost/"):
        assert read_targets(written(tmp_path / "w.toml", url=json.dumps(url)))[0].url == url
