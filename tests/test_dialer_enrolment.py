"""A list becomes a campaign by its recipe, from the file to the tasks."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import ledger
from dialer.campaigns import Plan, create_campaign, preview
from dialer.errors import CampaignError, RecipeError
from dialer.lists.examine import Terms
from dialer.lists.importer import import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from dialer.selection import by_hand, redraw
from dialer.sweep import raise_alarms
from ledger import alarms, campaigns, events, lists, selection, transaction
from ledger.errors import LedgerError
from ledger.records import ContactRow
from ledger.selection import Exclusion
from tests.dialer_facts import FROM, NOW, RULES, SURVEY, at
from tests.in_force import put_in_force
from tests.test_dialer_campaigns import COMPANY

CLAIMS = """报案号,投保人,证件号码,联系电话,险类,报案人身份,定损员,出险地,承保地,赔款金额,拒赔,赔款支付时间
C1,郑俊红,420106196208097534,18919910901,车险,被保险人,D101,武汉市,武汉市,800,否,2026-11-12
C2,郑俊红,420106196208097534,18919910902,车险,驾驶员,D101,深圳市,武汉市,0.00,否,2026-11-12
C3,郑俊红,420106196208097534,18919910903,车险,修理厂,D101,深圳市,武汉市,800,否,2026-11-12
C4,郑俊红,420106196208097534,18919910904,车险,被保险人,D102,深圳市,武汉市,800,是,2026-11-12
C5,郑俊红,420106196208097534,18919910905,车险,被保险人,D101,成都市,武汉市,800,否,2026-11-12
C6,郑俊红,420106196208097534,18919910906,货运险,被保险人,D101,成都市,武汉市,800,否,2026-11-12
C7,郑俊红,420106196208097534,18919910907,车险,被保险人,D101,成都市,武汉市,800,否,2026-11-12
"""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with scripts in force."""
    path = tmp_path_factory.mktemp("ready") / "huifang.db"
    ledger.migrate(path)
    with closing(ledger.connect(path)) as opened, transaction(opened):
        put_in_force(opened, NOW)
    return path


@pytest.fixture
def conn(ready: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(ledger.connect(shutil.copy(ready, tmp_path))) as opened:
        yield opened


def planned(conn: sqlite3.Connection, folder: Path, kind: str, **more: str) -> Plan:
    """A plan for the claims, as a list of this kind; what is said does not matter here."""
    file = folder / "claims.csv"
    file.write_text(CLAIMS, encoding="gb18030")
    terms = Terms(load_kind(kind), load_products(), b"secret", NOW)
    list_id = import_list(conn, file, terms).list_id
    return Plan("claims", list_id, FROM, COMPANY, **{"script": "new-contract", "seed": "s", **more})  # type: ignore[arg-type]


def tasks(conn: sqlite3.Connection, campaign_id: int) -> dict[str, str]:
    found = conn.execute(
        "select k.policy_no, t.status from tasks t join contacts k on k.id = t.contact_id"
        " where t.campaign_id = ? order by k.id",
        (campaign_id,),
    )
    return dict(found.fetchall())


def test_everybody_of_the_list_is_called_or_left_out_by_a_rule(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    campaign_id = create_campaign(conn, planned(conn, tmp_path, "remote_claim"), NOW)
    assert list(tasks(conn, campaign_id)) == ["C2", "C4", "C5", "C7"]
    rules = {"accident_at_home": 1, "not_motor": 1, "reported_by_others": 1}
    assert selection.excluded(conn, campaign_id) == rules
    (row,) = selection.exclusions(conn, campaign_id, rule="not_motor", limit=9)
    assert (row.policy_no, row.row) == ("C6", 7)
    seen = preview(conn, campaign_id, RULES, NOW)
    assert seen.excluded == rules
    assert str(seen).endswith("left out: 1 by accident_at_home, 1 by not_motor, 1 by reported_by_others")
    assert events.verify(conn) == []


def test_s002_62_two_of_an_adjuster_are_ready_and_the_rest_are_spare(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    plan = planned(conn, tmp_path, "loss_adjuster")
    campaign_id = create_campaign(conn, plan, NOW)
    assert tasks(conn, campaign_id) == {
        "C1": "spare", "C2": "spare", "C4": "ready", "C5": "ready", "C7": "ready"
    }  # fmt: skip
    kept = selection.get(conn, campaign_id)
    assert kept is not None
    assert (kept.recipe, kept.seed, kept.population, kept.chosen) == ("loss_adjuster", "s", 5, 5)
    again = create_campaign(conn, replace(plan, name="again"), NOW)
    assert tasks(conn, again) == tasks(conn, campaign_id)
    other = create_campaign(conn, replace(plan, name="other", seed=""), NOW)
    drawn = selection.get(conn, other)
    assert drawn is not None
    assert len(drawn.seed) == 16


def test_s002_69_a_sample_keeps_its_draw_and_who_was_not_drawn(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    plan = planned(conn, tmp_path, "claims_settled", recipe="spot_check")
    campaign_id = create_campaign(conn, plan, NOW)
    kept = selection.get(conn, campaign_id)
    assert kept is not None
    assert (kept.rate, kept.population) == ("0.05", 7)
    assert kept.chosen + selection.excluded(conn, campaign_id)["not_drawn"] == 7
    with pytest.raises(RecipeError, match='recipe "poem"'):
        create_campaign(conn, replace(plan, name="b", recipe="poem"), NOW)


def test_s002_69_drawing_again_gives_the_same_and_finds_what_was_changed(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    plan = planned(conn, tmp_path, "claims_settled", recipe="spot_check")
    campaign_id = create_campaign(conn, plan, NOW)
    assert redraw.differences(conn, campaign_id) == []
    conn.execute("update selections set seed = 'other', rate = '0.9'")
    assert any("its lot says called" in found for found in redraw.differences(conn, campaign_id))
    conn.execute("update selections set seed = 's', rate = '0.05'")
    conn.execute("update contacts set policy_no = 'C9' where policy_no = 'C1'")
    assert "the numbers drawn from are not those of the draw" in redraw.differences(conn, campaign_id)
    other = create_campaign(conn, replace(plan, name="b", recipe="remote_claim"), NOW)
    with pytest.raises(CampaignError, match="nothing was drawn for it"):
        redraw.differences(conn, other)


def test_who_was_reached_with_the_script_is_left_out_of_the_next_campaign_unless_asked_for(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    plan = planned(conn, tmp_path, "claims_settled", recipe="remote_claim")
    first = create_campaign(conn, plan, NOW)
    conn.execute(
        "update tasks set status = 'done', outcome = 'SUCCESS' where contact_id ="
        " (select id from contacts where policy_no = 'C5')"
    )
    second = create_campaign(conn, replace(plan, name="second"), NOW)
    assert "C5" not in tasks(conn, second)
    assert selection.excluded(conn, second)["already_reached"] == 1
    assert "C5" in tasks(conn, create_campaign(conn, replace(plan, name="third", again=True), NOW))
    assert "C5" in tasks(conn, create_campaign(conn, replace(plan, name="other", script="survey"), NOW))
    assert "C5" in tasks(conn, first)


def test_alarm_points_are_those_to_come_and_the_last_that_passed(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    plan = planned(conn, tmp_path, "claims_settled")
    create_campaign(conn, plan, NOW)
    found = conn.execute(
        "select kind, due_at from alarms a join tasks t on t.id = a.task_id"
        " join contacts k on k.id = t.contact_id where k.policy_no = 'C5' order by a.id"
    ).fetchall()
    due_by = at("2026-11-28T00:00")
    assert found == [
        ("alarm_1", ledger.times.to_text(due_by - timedelta(days=2))),
        ("alarm_2", ledger.times.to_text(due_by - timedelta(days=1))),
        ("overdue", ledger.times.to_text(due_by)),
    ]
    late = create_campaign(conn, replace(plan, name="late"), due_by)
    kinds = conn.execute("select distinct kind from alarms where campaign_id = ?", (late,)).fetchall()
    assert kinds == [("alarm_2",), ("overdue",)]
    assert raise_alarms(conn, due_by) > 0
    assert set(alarms.raised(conn, late)) == {"alarm_2", "overdue"}
    assert raise_alarms(conn, due_by) == 0


def lapsed(conn: sqlite3.Connection) -> Plan:
    """A locked list of three policies, lapsed for long, lately, and after the end of June."""
    days = ("2024-05-30", "2025-05-30", "2026-07-07")
    rows = [
        ContactRow(
            n,
            f"P{n}",
            f"c{n}",
            f'{{"suspended_on":"{day}","notified":true}}',
            None,
            None,
            (8618919910900 + n,),
        )
        for n, day in enumerate(days)
    ]
    with transaction(conn):
        list_id = lists.add_list(
            conn,
            kind="new_policy",
            name="总公司清单",
            digest="x",
            encoding="",
            rows=3,
            accepted=3,
            refused=0,
            now=NOW,
        )
        lists.add_contacts(conn, list_id, rows, NOW)
    return Plan("清理", list_id, FROM, COMPANY, "new-contract", profile="cn_survey", recipe="lapse_cleanup")


def test_s000_17_and_20_cohorts_are_due_at_the_end_of_their_phases(conn: sqlite3.Connection) -> None:
    campaign_id = create_campaign(conn, lapsed(conn), NOW)
    first, second = selection.cohorts(conn, campaign_id, NOW)
    assert (first.cohort, first.due, first.ends_at) == ("under_two_years", 1, at("2026-12-16T00:00"))
    assert (second.cohort, second.due, second.ends_at) == ("two_years_or_more", 1, at("2027-07-01T00:00"))
    assert selection.excluded(conn, campaign_id) == {"not_lapsed_then": 1}
    kept = selection.get(conn, campaign_id)
    assert kept is not None
    assert (kept.source, kept.unproven) == ("head_office", 2)


def test_s000_18_nobody_is_called_after_the_end_of_a_phase_and_overdue_is_seen(
    conn: sqlite3.Connection,
) -> None:
    plan = lapsed(conn)
    with pytest.raises(CampaignError, match="its phases end with their last day"):
        create_campaign(conn, replace(plan, profile="cn_life"), NOW)
    campaign_id = create_campaign(conn, plan, NOW)
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, "running", NOW)
        conn.execute("update tasks set missing = ''")
    ended = at("2026-12-16T00:00")
    rules = replace(RULES, profile=SURVEY)
    assert preview(conn, campaign_id, rules, ended).skipped == {"deadline_expired": 1}
    assert preview(conn, campaign_id, rules, ended - timedelta(minutes=1)).skipped == {}
    assert [one.overdue for one in selection.cohorts(conn, campaign_id, ended)] == [1, 0]
    raise_alarms(conn, ended)
    assert alarms.raised(conn, campaign_id)["overdue"] == 1


def test_s000_04_head_offices_list_is_locked_once_it_is_called(conn: sqlite3.Connection) -> None:
    plan = lapsed(conn)
    create_campaign(conn, plan, NOW)
    row = ContactRow(9, "P9", "c9", "{}", None, None, (8618919910909,))
    with pytest.raises(LedgerError, match="is locked"), transaction(conn):
        lists.add_contacts(conn, plan.list_id, [row], NOW)


def test_s000_24_what_a_branch_adds_is_kept_apart(conn: sqlite3.Connection) -> None:
    campaign_id = create_campaign(conn, replace(lapsed(conn), recipe="lapse_addition"), NOW)
    kept = selection.get(conn, campaign_id)
    assert kept is not None
    assert kept.source == "branch"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "tired"}, 'reason "tired": choose one of: already_notified'),
        ({"evidence": " "}, "stays in without evidence"),
        ({"approval": ""}, "stays in without approval"),
    ],
)
def test_s000_25_by_hand_only_with_reason_evidence_and_approval(
    conn: sqlite3.Connection, changes: dict[str, str], message: str
) -> None:
    campaign_id = create_campaign(conn, lapsed(conn), NOW)
    campaign = campaigns.get(conn, campaign_id)
    assert campaign is not None
    why = replace(Exclusion(0, "negotiating", "函 3", "局字12号", "ming"), **changes)  # type: ignore[arg-type]
    with pytest.raises(CampaignError, match=message), transaction(conn):
        by_hand.exclude(conn, campaign, "P0", why, NOW)
    assert "negotiating" not in selection.excluded(conn, campaign_id)


def test_s002_03_a_policy_of_an_organisation_is_not_called(conn: sqlite3.Connection, tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    head, first, *_ = CLAIMS.splitlines()
    rows = [f"{head},证件类型", f"{first},居民身份证", f"{first.replace('C1', 'C8')},营业执照（三证合一）"]
    file.write_text("\n".join(rows), encoding="utf-8")
    list_id = import_list(conn, file, Terms(load_kind("remote_claim"), load_products(), b"s", NOW)).list_id
    plan = Plan("one", list_id, FROM, COMPANY, "new-contract", recipe="new_policy")
    campaign_id = create_campaign(conn, plan, NOW)
    assert selection.excluded(conn, campaign_id) == {"not_an_individual": 1}


def test_a_long_list_is_taken_in_short_transactions_and_the_campaign_waits_for_the_last(
    conn: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(conn, tmp_path, "loss_adjuster")
    whole = tasks(conn, create_campaign(conn, plan, NOW))
    monkeypatch.setattr("dialer.enrolment.BATCH", 2)
    campaign_id = create_campaign(conn, replace(plan, name="in parts"), NOW)
    assert tasks(conn, campaign_id) == whole
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, "running", NOW)
        cut_off = campaigns.create(
            conn, name="cut off", list_id=plan.list_id, script_digest=digest_of(conn), purpose="duty",
            from_number=FROM, profile="cn_life", now=NOW,
        )  # fmt: skip
        campaigns.begin_making(conn, cut_off, NOW)
    with pytest.raises(LedgerError, match="still being made"), transaction(conn):
        campaigns.set_status(conn, cut_off, "running", NOW)


def digest_of(conn: sqlite3.Connection) -> str:
    return str(conn.execute("select script_digest from campaigns").fetchone()[0])


def test_what_breaks_in_the_middle_of_a_long_list_stops_the_campaign(
    conn: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(conn, tmp_path, "loss_adjuster")
    monkeypatch.setattr("dialer.enrolment.BATCH", 2)
    conn.execute("""update contacts set due_by = null, flags = '["calendar_missing"]',
        facts = json_remove(facts, '$.reporter_role') where policy_no = 'C7'""")

    def broken(*_: object) -> None:
        raise CampaignError("list 1: row 8: no published holidays")

    monkeypatch.setattr("dialer.lists.clock.due", broken)
    with pytest.raises(CampaignError, match="row 8"):
        create_campaign(conn, plan, NOW)
    found = campaigns.by_name(conn, "claims")
    assert found is not None
    assert found.status == "stopped"


def test_s001_24_a_kind_that_must_reach_all_is_not_sampled_by_its_own_recipe(
    conn: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(conn, tmp_path, "claims_settled")
    kind = replace(load_kind("claims_settled"), selection={"sample": {"rate": "5%"}})
    monkeypatch.setattr("dialer.campaigns.load_kind", lambda name: kind)
    with pytest.raises(CampaignError, match='coverage = "all", but its recipe reaches "sample"'):
        create_campaign(conn, plan, NOW)
