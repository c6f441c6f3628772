import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import LedgerError, ScriptRefused, campaigns, connect, migrate, script_life, transaction
from tests.ledger_rows import DIGEST, HOTLINE, NOW, OFFICER, Words, campaign, contact, in_force, later


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


def test_a_campaign_is_found_by_id_and_by_name(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    found = campaigns.get(conn, campaign_id)
    assert found is not None
    assert (found.name, found.script_digest, found.from_number) == ("new policies", DIGEST, HOTLINE)
    assert campaigns.by_name(conn, "new policies") == found
    assert campaigns.listing(conn) == [found]
    assert campaigns.get(conn, 99) is None


def test_a_second_campaign_of_the_same_name_is_refused(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1)])
    with pytest.raises(LedgerError, match="choose another"), transaction(conn):
        campaigns.create(
            conn, name="new policies", list_id=1, script_digest=DIGEST, purpose="duty",
            from_number=HOTLINE, profile="", now=NOW,
        )  # fmt: skip


def test_a_status_notes_when_the_campaign_started_and_ended(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    for status, hours in (("paused", 1), ("running", 2), ("done", 3)):
        with transaction(conn):
            campaigns.set_status(conn, campaign_id, status, later(hours=hours))
    found = campaigns.get(conn, campaign_id)
    assert found is not None
    assert (found.status, found.started_at, found.ended_at) == ("done", NOW, later(hours=3))


def test_the_mode_changes_only_while_nothing_is_dialed(conn: sqlite3.Connection) -> None:
    conn.execute("insert into units (id, name) values (1, '上海')")
    campaign_id = campaign(conn, [contact(1)])
    with pytest.raises(LedgerError, match="pause it first"), transaction(conn):
        campaigns.set_mode(conn, campaign_id, "preview", None)
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, "paused", NOW)
        campaigns.set_mode(conn, campaign_id, "preview", campaigns.unit_named(conn, "上海"))
    found = campaigns.get(conn, campaign_id)
    assert found is not None
    assert (found.mode, found.unit_id) == ("preview", 1)
    assert campaigns.unit_named(conn, "北京") is None


def test_a_mode_that_does_not_exist_is_refused(conn: sqlite3.Connection) -> None:
    with pytest.raises(LedgerError, match="must be one of robot, preview, progressive"):
        campaign(conn, [contact(1)], mode="predictive")


def test_a_status_that_does_not_exist_is_refused(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    with pytest.raises(LedgerError, match="must be one of draft, running"), transaction(conn):
        campaigns.set_status(conn, campaign_id, "started", NOW)


def test_tasks_need_their_campaign(conn: sqlite3.Connection) -> None:
    with pytest.raises(LedgerError, match="create it before"), transaction(conn):
        campaigns.add_tasks(conn, 5, [])


def test_a_contact_is_a_task_of_a_campaign_once(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    task = campaigns.TaskRow(1, "", None, None, NOW)
    with pytest.raises(sqlite3.IntegrityError), transaction(conn):
        campaigns.add_tasks(conn, campaign_id, [task])


def test_a_campaign_begins_with_the_active_version_and_no_other(conn: sqlite3.Connection) -> None:
    first = campaign(conn, [contact(1)])
    with transaction(conn):
        draft = script_life.draft(conn, Words("other", canonical="other"), None, NOW)
        newer = in_force(conn, Words(version=2, canonical="newer"))
    for digest in (DIGEST, draft, "0" * 64):
        with pytest.raises(ScriptRefused), transaction(conn):
            campaigns.create(
                conn, name="second", list_id=1, script_digest=digest, purpose="duty",
                from_number=HOTLINE, profile="", now=NOW,
            )  # fmt: skip
    assert campaigns.get(conn, first) is not None
    assert script_life.needed(conn, newer).status == "active"


def test_a_campaign_that_has_begun_starts_again_with_a_superseded_version_but_no_retired_one(
    conn: sqlite3.Connection,
) -> None:
    campaign_id = campaign(conn, [contact(1)])
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, "paused", NOW)
        in_force(conn, Words(version=2, canonical="newer"))
        campaigns.set_status(conn, campaign_id, "running", NOW)
        campaigns.set_status(conn, campaign_id, "paused", NOW)
        script_life.retire(conn, DIGEST, OFFICER, NOW)
    with pytest.raises(ScriptRefused, match="is retired"), transaction(conn):
        campaigns.set_status(conn, campaign_id, "running", NOW)


def test_a_draft_campaign_whose_version_was_superseded_is_made_anew(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    conn.execute("update campaigns set status = 'draft', started_at = null")
    with transaction(conn):
        in_force(conn, Words(version=2, canonical="newer"))
    with pytest.raises(ScriptRefused, match="is superseded"), transaction(conn):
        campaigns.set_status(conn, campaign_id, "running", NOW)
