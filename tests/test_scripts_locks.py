"""Locks: words that were approved stay approved, others need a new approval, copies are locked too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scripts import locks
from scripts.load import LIBRARY, library, load
from scripts.locks import Lock, fingerprint, lock_of, read, renewed, shelves, text, verbatim
from scripts.model import ScriptError
from scripts.proofs import locked

NEW = library()["new-contract"]
FIRST, SECOND = date(2026, 11, 22), date(2027, 1, 4)


def copied(folder: Path, before: str = "", after: str = "") -> Path:
    """A copy of a shipped script elsewhere, with other words."""
    path = folder / "mine.toml"
    words = (LIBRARY / "new_contract.toml").read_text(encoding="utf-8")
    assert before in words
    path.write_text(words.replace(before, after), encoding="utf-8")
    return path


def broken(path: Path) -> set[tuple[str, str]]:
    return {(finding.rule, finding.step) for finding in locked.findings(load(path), None)}


@pytest.mark.parametrize("name", library())
def test_every_verbatim_text_of_the_library_is_locked_as_it_is(name: str) -> None:
    script = library()[name]
    kept = shelves(script)
    for step in verbatim(script):
        lock = lock_of(script, step, kept)
        assert lock, step.name
        assert lock.sha256 == fingerprint(script, step), step.name


def test_a_copy_of_a_shipped_script_is_locked_by_the_librarys_locks(tmp_path: Path) -> None:
    assert broken(copied(tmp_path)) == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("往往比交的钱少，会有损失", "有时比交的钱少，会有损失"),
        ("头几年可能少很多", "头几年可能少一些"),
        ("这一点您清楚吗？", "这一点清楚吗？"),
    ],
)
def test_a_changed_word_of_text_or_explanation_needs_a_new_approval(
    tmp_path: Path, before: str, after: str
) -> None:
    assert ("verbatim_changed", "surrender_loss") in broken(copied(tmp_path, before, after))


def test_words_that_are_not_verbatim_may_change(tmp_path: Path) -> None:
    assert (
        broken(copied(tmp_path, "保险合同，纸质的也好电子的也好，您收到了吗？", "合同您收到了吗？")) == set()
    )


def test_locks_beside_the_file_come_before_those_of_the_library(tmp_path: Path) -> None:
    path = copied(tmp_path, "会有损失", "会亏一些")
    script = load(path)
    rows = renewed(script, "批〔2027〕1号", SECOND, shelves(script))
    (tmp_path / locks.FILE).write_text(text(rows), encoding="utf-8")
    assert set(rows) == {"new-contract"}
    assert rows["new-contract"].keys() == {"surrender_loss"}
    assert broken(path) == set()


def test_words_that_stayed_keep_their_approval(tmp_path: Path) -> None:
    script = load(copied(tmp_path))
    first = renewed(script, "一号", FIRST, ({}, {}))
    assert {lock for steps in first.values() for lock in steps.values()} >= {
        Lock(fingerprint(script, script.step("fees")), "一号", FIRST)
    }
    changed = load(copied(tmp_path, "会有损失", "会亏一些"))
    second = renewed(changed, "二号", SECOND, (first, {}))
    assert second["new-contract"]["surrender_loss"].reference == "二号"
    assert second["new-contract"]["fees"] == first["new-contract"]["fees"]


def test_included_words_are_locked_once_for_all_scripts() -> None:
    rows = renewed(NEW, "一号", FIRST, ({}, {}))
    assert rows["common"].keys() == {"label"}
    assert "label" not in rows["new-contract"]


def test_a_step_that_is_gone_leaves_no_lock() -> None:
    old = {"new-contract": {"gone": Lock("0" * 64, "一号", FIRST)}}
    assert "gone" not in renewed(NEW, "二号", SECOND, (old, {}))["new-contract"]


def test_the_file_of_locks_says_what_was_locked(tmp_path: Path) -> None:
    rows = renewed(NEW, '批"11"号', FIRST, ({}, {}))
    path = tmp_path / locks.FILE
    path.write_text(text(rows), encoding="utf-8")
    assert read(path) == rows


@pytest.mark.parametrize(
    "spoilt",
    ["[a", '[a]\nb = { sha256 = "x", reference = "y" }', "[a]\nb = { date = 2026-11-22 }", "a = 1"],
)
def test_a_spoilt_file_of_locks_is_refused_by_name(tmp_path: Path, spoilt: str) -> None:
    path = tmp_path / locks.FILE
    path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(ScriptError, match=r"locks\.toml"):
        read(path)
