"""`huifang gate explain`, and what a preview says of those who are called later."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer.calendar import CHINA
from dialer.preview import preview
from dialer.profile import load_profile
from dialer.rulebook import Callers, rules_of
from ivr.cli import main
from ivr.home import Home
from tests.ledger_rows import HOTLINE, NOW, campaign, contact, later


@pytest.fixture
def path(home: Home) -> Path:
    ledger.migrate(home.root / "huifang.db")
    return home.root / "huifang.db"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit):
        main(["gate", "explain", *words])
    return "".join(capsys.readouterr())


def test_every_rule_is_named_with_its_verdict(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIFANG_CLOCK", "2026-11-23T21:00:00+08:00*1")
    with closing(ledger.connect(path)) as conn:
        campaign(conn, [contact(1), contact(2)])
        conn.execute("update campaigns set profile = 'cn_life'")
    rows = json.loads(said(capsys, "new policies", "P00000001", "--json"))
    objections = {row["rule"]: row["verdict"] for row in rows if row["verdict"] != "allow"}
    assert objections == {"caller_not_allowed": "block", "outside_hours": "defer"}
    assert {row["contact"] for row in rows} == {1}
    same = json.loads(said(capsys, "1", "13800000002", "--json"))
    assert {row["contact"] for row in same} == {2}
    assert "P00000009: no task of campaign 1 waits" in said(capsys, "1", "P00000009")


def test_a_preview_says_who_is_called_later_and_from_when(path: Path) -> None:
    with closing(ledger.connect(path)) as conn:
        campaign_id = campaign(conn, [contact(1), contact(2)])
        rules = rules_of(conn, campaign_id, Callers(frozenset({HOTLINE})), load_profile("cn_life"), CHINA)
        night = preview(conn, campaign_id, rules, later(hours=12))
        day = preview(conn, campaign_id, rules, NOW)
    assert str(night) == (
        "2 of 2 will be called; skipped: none; later: 2 by outside_hours from 2026-11-24 09:00"
    )
    assert str(day) == "2 of 2 will be called; skipped: none"
