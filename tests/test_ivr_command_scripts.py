"""`huifang scripts`: a person brings words into force, and everybody can see who did."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from ivr.cli import main
from ivr.home import Home
from ledger import audit, events, script_life, transaction
from ledger.audit import Wanted
from scripts.drafting import redraft
from scripts.load import library
from tests.conftest import MORNING
from tests.ledger_people import agent

SURVEY = library()["survey"]
FILE = Path(__file__).parents[1] / "scripts" / "library" / "survey.toml"
UNPROVEN = Path(__file__).parent / "scripts_unproven" / "disclosure_without_explanation.toml"

Huifang = Callable[..., str]


@pytest.fixture
def huifang(home: Home, capsys: pytest.CaptureFixture[str]) -> Huifang:
    """Run a command in a home with people; its last line names the exit code where that is not 0."""
    with closing(opened(home)) as conn, transaction(conn):
        for name, role in (("zhou", "quality"), ("he", "compliance"), ("lin", "admin"), ("min", "agent")):
            agent(conn, name, MORNING, role=role)

    def run(*arguments: str | Path) -> str:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = "".join(capsys.readouterr())
        return printed if not ended.value.code else f"{printed}exit {ended.value.code}"

    return run


def opened(home: Home) -> sqlite3.Connection:
    ledger.migrate(home.root / "huifang.db")
    return ledger.connect(home.root / "huifang.db")


def written(folder: Path, version: int, title: str) -> Path:
    """A file of the survey with other words."""
    text = FILE.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^version\s*=.*$", f"version = {version}", text)
    text = re.sub(r"(?m)^title\s*=.*$", f'title = "{title}"', text)
    (folder / "survey.toml").write_text(text, encoding="utf-8")
    return folder / "survey.toml"


def listed(huifang: Huifang, name: str = "survey") -> list[tuple[int, str, str]]:
    rows = json.loads(huifang("scripts", "list", "--json"))
    return [(row["version"], row["status"], row["author"]) for row in rows if row["name"] == name]


def test_shipped_scripts_are_drafts_until_somebody_here_answers_for_them(huifang: Huifang) -> None:
    assert listed(huifang) == [(SURVEY.version, "shipped", "huifang")]
    assert f"survey@{SURVEY.version}: checked" in huifang("scripts", "add", "survey", "hotline-callback")
    assert "approved" in huifang("scripts", "approve", "survey", "hotline-callback", "--by", "he")
    assert "active" in huifang("scripts", "activate", "survey", "hotline-callback", "--by", "lin")
    assert listed(huifang) == [(SURVEY.version, "active", "huifang")]
    shown = huifang("scripts", "show", "survey")
    assert "approved by he" in shown
    assert "active by lin" in shown
    assert "checked by huifang, 0 findings" in shown


def test_an_author_drafts_a_version_and_somebody_else_approves_it(
    huifang: Huifang, home: Home, tmp_path: Path
) -> None:
    huifang("scripts", "add", "survey")
    newer = SURVEY.version + 1
    file = written(tmp_path, newer, "查勘情况的回访")
    assert "whose words" in huifang("scripts", "add", file)
    assert "does not allow" in huifang("scripts", "add", file, "--by", "min")
    assert f"survey@{newer}: checked" in huifang("scripts", "add", file, "--by", "he")
    assert "its author cannot approve" in huifang("scripts", "approve", "survey", "--by", "he")
    assert "does not allow" in huifang("scripts", "approve", "survey", "--by", "zhou")
    assert "nobody of this name" in huifang("scripts", "approve", "survey", "--by", "ghost")
    assert "exit 2" in huifang("scripts", "activate", "survey", "--by", "lin")
    huifang("scripts", "approve", f"survey@{SURVEY.version}", "--by", "lin")
    huifang("scripts", "activate", f"survey@{SURVEY.version}", "--by", "lin")
    huifang("scripts", "approve", "survey", "--by", "lin")
    huifang("scripts", "activate", "survey", "--by", "lin")
    assert listed(huifang) == [(SURVEY.version, "superseded", "huifang"), (newer, "active", "he")]
    with closing(opened(home)) as conn:
        actions = [entry.action for entry in audit.listing(conn, Wanted(user="lin"), limit=9)]
        assert actions == ["script.activate", "script.approve"] * 2
        assert events.verify(conn) == []


def test_changed_words_under_an_old_number_are_refused(huifang: Huifang, tmp_path: Path) -> None:
    huifang("scripts", "add", "survey")
    file = written(tmp_path, SURVEY.version, "查勘情况的回访")
    assert f"must be above {SURVEY.version}" in huifang("scripts", "add", file, "--by", "zhou")


def test_a_file_with_findings_is_kept_as_a_draft_with_them(huifang: Huifang) -> None:
    told = huifang("scripts", "add", UNPROVEN, "--by", "zhou")
    assert "unproven@1: draft" in told
    assert "explanation_missing" in told
    assert told.endswith("exit 1")
    assert "has findings" in huifang("scripts", "approve", "unproven", "--by", "he")


def test_a_script_of_a_region_is_filed_with_reference_and_day(huifang: Huifang, home: Home) -> None:
    huifang("scripts", "add", "survey@liaoning")
    huifang("scripts", "approve", "survey@liaoning", "--by", "he")
    assert "must be filed" in huifang("scripts", "activate", "survey@liaoning", "--by", "he")
    filing = ("--reference", "辽保回〔2026〕7号", "--on", "2026-11-20", "--by", "he")
    assert "filed" in huifang("scripts", "file", "survey@liaoning", *filing)
    assert "active" in huifang("scripts", "activate", "survey@liaoning", "--by", "he")
    with closing(opened(home)) as conn:
        found = script_life.active(conn, "survey", "liaoning")
        assert found is not None
        assert found.filed


def test_versions_of_the_ledger_are_shown_and_compared_by_number_and_digest(
    huifang: Huifang, home: Home
) -> None:
    newer = redraft(SURVEY, {"0/about": "查勘情况的回访"}, SURVEY.version + 1)
    with closing(opened(home)) as conn, transaction(conn):
        script_life.draft(conn, newer, None, MORNING)
    for named in (f"survey@{newer.version}", newer.digest[:12], newer.digest):
        assert f"survey {newer.version} · {newer.digest[:12]}" in huifang("scripts", "show", named)
    told = huifang("scripts", "diff", "survey", newer.digest[:10])
    assert "about" in told
    assert huifang("scripts", "show", "survey@99").endswith("exit 2")


def test_what_nobody_heard_is_removed_and_what_was_heard_is_not(huifang: Huifang, home: Home) -> None:
    huifang("scripts", "add", "survey", "hotline-callback")
    assert "removed" in huifang("scripts", "remove", "hotline-callback", "--by", "zhou")
    huifang("scripts", "approve", "survey", "--by", "he")
    huifang("scripts", "activate", "survey", "--by", "he")
    with closing(opened(home)) as conn:
        conn.execute(
            "insert into calls (direction, to_number, from_number, script_digest, status, claimed_at)"
            " values ('inbound', 1, 2, ?, 'completed', '2026')",
            (SURVEY.digest,),
        )
    assert "retired" in huifang("scripts", "retire", "survey", "--by", "he")
    assert "must stay" in huifang("scripts", "remove", "survey", "--by", "he")
    rows = json.loads(huifang("scripts", "list", "--json"))
    assert [row["calls"] for row in rows if row["name"] == "survey"] == [1]


def test_a_campaign_without_an_active_script_is_not_made(huifang: Huifang, small_list: Path) -> None:
    huifang("lists", "import", small_list, "--kind", "new_policy")
    assert "no version is active (none was added)" in huifang("campaign", "create", "x", "--list", "1")
    huifang("scripts", "add", "new-contract", "claim-refused")
    assert "is checked" in huifang("campaign", "create", "x", "--list", "1")
    huifang("scripts", "approve", "new-contract", "claim-refused", "--by", "he")
    huifang("scripts", "activate", "new-contract", "claim-refused", "--by", "he")
    assert "choose the mode" in huifang("campaign", "create", "x", "--list", "1", "--script", "claim-refused")
    assert "is a draft" in huifang("campaign", "create", "x", "--list", "1")
    huifang("scripts", "retire", "new-contract", "--by", "he")
    assert "is retired" in huifang("campaign", "start", "x")


def test_the_hotline_is_not_connected_before_its_scripts_are_in_force(
    huifang: Huifang, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("TWILIO_ACCOUNT_SID", "AC" + "0" * 32),
        ("TWILIO_AUTH_TOKEN", "0123456789abcdef"),
        ("HUIFANG_PUBLIC_URL", "http://127.0.0.1:8000"),
    ):
        monkeypatch.setenv(name, value)
    told = huifang("hotline", "connect")
    assert "no version is in force of: hotline, hotline-callback" in told
    assert told.endswith("exit 2")
