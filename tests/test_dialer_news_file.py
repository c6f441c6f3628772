"""A list with a state column cancels what is no longer due."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer.errors import UpdateError
from dialer.news_file import apply_file, words
from dialer.updates import states
from tests.ledger_rows import NOW, campaign, contact


def test_a_list_sent_again_with_states_cancels_what_is_no_longer_due(tmp_path: Path) -> None:
    ledger.migrate(tmp_path / "h.db")
    file = tmp_path / "again.csv"
    file.write_bytes(
        "某某保险公司\n保单号,投保人,保单状态\nP00000001,王,已退保\nP00000002,李,有效\n,张,已退保\n".encode(
            "gb18030"
        )
    )
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        campaign(conn, [contact(1), contact(2)])
        done = apply_file(conn, file, NOW)
        assert (done.rows, done.tasks, done.passed) == (3, 1, {"有效": 1, "已退保": 1})
        assert apply_file(conn, file, NOW).tasks == 0
        assert conn.execute("select status from tasks order by id").fetchall() == [("cancelled",), ("ready",)]


def test_a_file_without_the_columns_is_refused_with_what_it_needs(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("保单号,投保人\nP1,王\n", encoding="utf-8")
    ledger.migrate(tmp_path / "h.db")
    with (
        closing(ledger.connect(tmp_path / "h.db")) as conn,
        pytest.raises(UpdateError, match=r"x\.csv.*state"),
    ):
        apply_file(conn, file, NOW)


def test_every_word_is_of_a_state_that_ends_something() -> None:
    assert set(words().states.values()) == set(states())
