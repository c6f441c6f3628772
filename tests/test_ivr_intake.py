"""Files taken in: by upload or from a folder, once, whole, and whatever kills the process that works them."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

import ledger
from ivr.command.office import Office, office
from ivr.home import Home, HomeError
from ivr.intake import watching, working
from ivr.intake.folders import read_folders
from ivr.intake.places import inbox, safe_name
from ivr.intake.taking import Afterwards, TooLarge, Wanted, take_in
from ivr.intake.watching import SETTLED, Watch
from ivr.intake.working import Stopped, Workshop
from ivr.store import Store
from ledger import campaigns, intakes, lists
from ledger.intakes import Intake
from tests.conftest import LIST, MORNING

ROWS = LIST.read_bytes().splitlines(keepends=True)
OTHER = b"".join([ROWS[0], *ROWS[13:18]])
"""A list that was not imported before."""
WANTED = Wanted("new_policy", "monday.csv", "token:core")
CAMPAIGN = Afterwards("new {date}", start=True)


class Seconds:
    """A stopwatch that a test sets forward."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def here(ledger_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("HUIFANG_CLOCK", "2026-11-23T09:00:00+08:00")
    return office()


@pytest.fixture
def store(ledger_path: Path) -> Iterator[Store]:
    with closing(ledger.Writer(ledger_path)) as writer, closing(Store(ledger_path, writer)) as opened:
        yield opened


@pytest.fixture
def workshop(here: Office, conn: sqlite3.Connection) -> Workshop:
    inbox(here.home).make()
    return Workshop(here, conn, Event())


def upload(home: Home, store: Store, content: bytes = OTHER, wanted: Wanted = WANTED) -> Intake:
    return take_in(home, store, io.BytesIO(content), wanted, MORNING)


def found(conn: sqlite3.Connection, intake_id: int) -> Intake:
    intake = intakes.get(conn, intake_id)
    assert intake is not None
    return intake


def report(intake: Intake) -> dict[str, object]:
    told: dict[str, object] = json.loads(Path(f"{intake.path}.report.json").read_text("utf-8"))
    return told


def drop(home: Home, name: str = "policies.csv", content: bytes = OTHER) -> Path:
    """Put a file into a watched folder of policies."""
    (home.root / "inbox.toml").write_text(
        '[[folder]]\npath = "drop"\n[[folder.file]]\nname = "policies*.csv"\nkind = "new_policy"\n'
    )
    (home.root / "drop").mkdir(exist_ok=True)
    path = home.root / "drop" / name
    path.write_bytes(content)
    return path


def test_an_upload_is_queued_at_once_and_imported_by_the_next_step(
    home: Home, store: Store, workshop: Workshop
) -> None:
    intake = upload(home, store)
    assert (intake.status, Path(intake.path).read_bytes()) == ("waiting", OTHER)
    assert workshop.step()
    ended = found(workshop.conn, intake.intake_id)
    stored = lists.get(workshop.conn, ended.list_id or 0)
    assert stored is not None
    assert (ended.status, stored.name, stored.rows) == ("imported", "monday.csv", 5)
    assert Path(ended.path).parent == home.root / "inbox" / "done"
    assert report(ended)["list_id"] == ended.list_id
    assert not workshop.step()


def test_the_same_file_twice_is_one_row_of_the_queue_and_one_answer(
    home: Home, store: Store, workshop: Workshop
) -> None:
    first, second = upload(home, store), upload(home, store)
    workshop.step()
    third = upload(home, store)
    assert first.intake_id == second.intake_id == third.intake_id
    assert (third.status, third.rows) == ("imported", 5)
    assert not any(path.is_file() for path in inbox(home).waiting.rglob("*"))


def test_a_file_above_the_limit_leaves_nothing_behind(home: Home, store: Store) -> None:
    with pytest.raises(TooLarge):
        take_in(home, store, io.BytesIO(OTHER), WANTED, MORNING, largest=100)
    assert not any(path.is_file() for path in inbox(home).root.rglob("*"))


def test_a_file_that_cannot_be_read_fails_with_its_reason_and_is_tried_again_when_sent_again(
    home: Home, store: Store, workshop: Workshop
) -> None:
    intake = upload(home, store, b"a,b\n1,2\n")
    workshop.step()
    failed = found(workshop.conn, intake.intake_id)
    assert failed.status == "failed"
    assert Path(failed.path).parent.name == "failed"
    assert "is missing" in str(report(failed)["problem"])
    assert upload(home, store, b"a,b\n1,2\n").status == "waiting"


def test_a_campaign_is_made_and_started_when_the_list_is_there(
    home: Home, store: Store, workshop: Workshop
) -> None:
    intake = upload(home, store, wanted=Wanted("new_policy", "m.csv", "token:core", afterwards=CAMPAIGN))
    workshop.step()
    made = campaigns.by_name(workshop.conn, "new 2026-11-23")
    assert made is not None
    assert (made.status, made.list_id) == ("running", found(workshop.conn, intake.intake_id).list_id)


def test_a_campaign_that_cannot_be_made_leaves_the_list_imported_and_says_why(
    home: Home, store: Store, workshop: Workshop
) -> None:
    plan = Afterwards("new", script="no-such-script")
    intake = upload(home, store, wanted=Wanted("new_policy", "m.csv", "token:core", afterwards=plan))
    workshop.step()
    ended = found(workshop.conn, intake.intake_id)
    assert (ended.status, ended.campaign_id) == ("imported", None)
    assert "no-such-script" in str(report(ended)["problem"])


@pytest.mark.parametrize("after", ["_imported", "_followed", "_write_refused"])
def test_killed_at_any_point_it_goes_on_and_nothing_is_there_twice(
    after: str, home: Home, store: Store, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = upload(home, store, wanted=Wanted("new_policy", "m.csv", "token:core", afterwards=CAMPAIGN))
    whole = getattr(Workshop, after)

    def killed(self: Workshop, *more: object) -> object:
        whole(self, *more)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Workshop, after, killed)
        with pytest.raises(Stopped):
            workshop.step()
    before = len(lists.listing(workshop.conn))
    workshop.step()
    assert len(lists.listing(workshop.conn)) == before == 2
    assert len(campaigns.listing(workshop.conn)) == 2
    assert Path(found(workshop.conn, intake.intake_id).path).parent.name == "done"


def test_told_to_stop_it_leaves_the_file_for_the_next_start(
    home: Home, store: Store, workshop: Workshop
) -> None:
    intake = upload(home, store)
    workshop.stop.set()
    with pytest.raises(Stopped):
        workshop.step()
    assert found(workshop.conn, intake.intake_id).status == "working"
    workshop.stop.clear()
    assert workshop.step()
    assert found(workshop.conn, intake.intake_id).rows == 5


def test_an_unexpected_fault_fails_one_file_and_not_those_behind_it(
    home: Home, store: Store, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = upload(home, store)
    monkeypatch.setattr(working, "list_terms", lambda *more: 1 / 0)
    workshop.step()
    assert found(workshop.conn, intake.intake_id).status == "failed"


def test_a_file_in_a_folder_is_taken_when_it_no_longer_grows(home: Home, workshop: Workshop) -> None:
    path, seconds = drop(home), Seconds()
    watch = Watch(read_folders(home), seconds)
    watch.look(workshop)
    seconds.at += SETTLED
    path.write_bytes(OTHER + b"\n")
    watch.look(workshop)
    assert not workshop.step()
    seconds.at += SETTLED
    watch.look(workshop)
    assert workshop.step()
    assert (path.exists(), len(lists.listing(workshop.conn))) == (False, 2)
    assert [one.name for one in sorted((path.parent / "done").iterdir())] == [
        "1-policies.csv",
        "1-policies.csv.report.json",
    ]


def test_the_same_content_dropped_again_is_put_away_with_the_same_report(
    home: Home, workshop: Workshop
) -> None:
    for name in ("policies.csv", "policies-again.csv"):
        drop(home, name)
        seconds = Seconds()
        watch = Watch(read_folders(home), seconds)
        watch.look(workshop)
        seconds.at += SETTLED
        watch.look(workshop)
        workshop.step()
    assert len(lists.listing(workshop.conn)) == 2
    done = home.root / "drop" / "done"
    first, second = (
        (done / f"1-{name}.csv.report.json").read_text() for name in ("policies", "policies-again")
    )
    assert first == second


@pytest.mark.parametrize("name", ["policies.csv.tmp", ".policies.csv", "~policies.csv", "policies.csv.part"])
def test_a_file_that_is_still_written_by_its_name_is_left_alone(
    name: str, home: Home, workshop: Workshop
) -> None:
    path, seconds = drop(home, name), Seconds()
    watch = Watch(read_folders(home), seconds)
    watch.look(workshop)
    seconds.at += SETTLED
    watch.look(workshop)
    assert path.exists()


def test_a_file_of_no_known_name_is_put_aside_with_what_to_do(home: Home, workshop: Workshop) -> None:
    path, seconds = drop(home, "holiday.jpg"), Seconds()
    watch = Watch(read_folders(home), seconds)
    watch.look(workshop)
    seconds.at += SETTLED
    watch.look(workshop)
    told = json.loads((path.parent / "failed" / "holiday.jpg.report.json").read_text("utf-8"))
    assert "fits no pattern" in told["problem"]
    assert not path.exists()


def test_the_refused_rows_lie_beside_the_file(home: Home, store: Store, workshop: Workshop) -> None:
    intake = upload(home, store, OTHER + ROWS[24])
    workshop.step()
    place = found(workshop.conn, intake.intake_id).path
    header, refused = Path(f"{place}.refused.csv").read_text("gb18030").splitlines()
    assert ROWS[0].decode("gb18030").strip() in header
    assert ROWS[24].decode("gb18030").strip() in refused


def test_headers_are_given_their_columns_with_the_file(home: Home, store: Store, workshop: Workshop) -> None:
    odd = OTHER.replace("联系电话".encode("gb18030"), "打给谁".encode("gb18030"))
    upload(home, store, odd)
    workshop.step()
    assert found(workshop.conn, 1).status == "failed"
    upload(home, store, odd, Wanted("new_policy", "monday.csv", "token:core", {"打给谁": "phone"}))
    workshop.step()
    assert (found(workshop.conn, 2).status, found(workshop.conn, 2).rows) == ("imported", 5)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[[folder]]\npath = 'a'\n", "has no"),
        ("[[folder]]\npath = 'a'\n[[folder.file]]\nname = '*'\nkind = 'nothing'\n", 'kind "nothing"'),
        ("[[folder]]\npath = 'a'\ncolour = 'red'\n", "colour"),
        ("[[folder]]\npath = 'a'\n[[folder.file]]\nname = '*'\nkind = 'new_policy'\ncampaign = {}\n", "name"),
        ("folder = 1\n", "folder"),
        ("[[", "TOML"),
    ],
)
def test_a_broken_inbox_file_is_named_with_its_key(text: str, wrong: str, home: Home) -> None:
    (home.root / "inbox.toml").write_text(text)
    with pytest.raises(HomeError, match=wrong):
        read_folders(home)


def test_a_name_from_elsewhere_becomes_a_harmless_one() -> None:
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("a\x00b:c.csv") == "a_b_c.csv"
    assert safe_name("..") == "list"
    assert len(safe_name("名" * 300 + ".csv").encode()) <= 120


def test_one_process_works_the_queue_at_a_time(here: Office, store: Store) -> None:
    stop = Event()
    upload(here.home, store)
    stop.set()
    watching.run(here, stop)
    with store.read() as conn:
        assert found(conn, 1).status == "waiting"
