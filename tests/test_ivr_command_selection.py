"""`huifang campaign` about who is called: what is shown, and what is refused."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer.sweep import raise_alarms
from ivr.home import Home
from tests.dialer_facts import at
from tests.test_dialer_enrolment import CLAIMS
from tests.test_ivr_cli import Run, approved, huifang, refused

__all__ = ["huifang"]
PROOF = ("--reason", "negotiating", "--evidence", "函 3", "--approval", "局字12号")


@pytest.fixture
def claims(huifang: Run, home: Home, tmp_path: Path) -> Run:
    """A campaign of adjusters' claims."""
    approved(home)
    file = tmp_path / "claims.csv"
    file.write_text(CLAIMS, encoding="gb18030")
    huifang("lists", "import", file, "--kind", "loss_adjuster")
    made = huifang(
        "campaign", "create", "定损", "--list", "1", "--script", "new-contract", "--seed", "s", "--json"
    )
    assert json.loads(made.out)["left_out"] == {"not_motor": 1, "reported_by_others": 1}
    return huifang


def test_who_is_left_out_is_shown_with_the_rule_and_the_draw(claims: Run) -> None:
    body = json.loads(claims("campaign", "excluded", "定损", "--json").out)
    assert (body["selection"]["seed"], body["selection"]["recipe"]) == ("s", "loss_adjuster")
    assert body["rules"] == {"not_motor": 1, "reported_by_others": 1}
    assert [(row["policy_no"], row["rule"]) for row in body["excluded"]] == [
        ("C3", "reported_by_others"), ("C6", "not_motor"),
    ]  # fmt: skip
    assert "not_motor" in claims("campaign", "excluded", "1").out
    (row,) = json.loads(claims("campaign", "quotas", "1", "--json").out)[:1]
    assert (row["subject"], row["wanted"], row["open"], row["spare"]) == ("D101", 2, 2, 2)
    preview = json.loads(claims("campaign", "preview", "1", "--json").out)
    assert preview["left_out"] == body["rules"]


def test_s000_25_a_contact_is_left_out_by_hand_with_everything_it_needs(claims: Run) -> None:
    refused(claims("campaign", "exclude", "1", "C1", *PROOF[:4]), "--approval")
    refused(claims("campaign", "exclude", "1", "C1", *PROOF[:5], " "), "C1", "approval")
    refused(claims("campaign", "exclude", "1", "C1", "--reason", "tired", *PROOF[2:]), "--reason")
    assert "left out" in claims("campaign", "exclude", "1", "C1", *PROOF).out
    refused(claims("campaign", "exclude", "1", "C1", *PROOF), "C1", "cancelled")
    (row,) = json.loads(claims("campaign", "excluded", "1", "--rule", "negotiating", "--json").out)[
        "excluded"
    ]
    assert (row["policy_no"], row["evidence"], row["approval"]) == ("C1", "函 3", "局字12号")
    assert claims("db", "verify").code == 0


def test_s002_69_a_campaign_without_a_sample_has_nothing_to_draw_again(claims: Run) -> None:
    refused(claims("campaign", "redraw", "1"), "nothing was drawn")


def test_alarms_that_were_raised_are_listed(claims: Run, home: Home) -> None:
    with closing(ledger.connect(home.root / "huifang.db")) as conn:
        raise_alarms(conn, at("2026-12-01T00:00"))
    body = json.loads(claims("campaign", "alarms", "1", "--json").out)
    assert body["raised"]["overdue"] == 3
    assert {row["policy_no"] for row in body["alarms"]} <= {"C1", "C2", "C4", "C5", "C7"}
    assert "overdue" in claims("campaign", "alarms", "1", "--kind", "overdue").out


def test_a_campaign_without_phases_says_so(claims: Run) -> None:
    assert "no clean-up" in claims("campaign", "phases", "1").out
    assert json.loads(claims("campaign", "phases", "1", "--json").out) == {"source": "", "cohorts": []}
