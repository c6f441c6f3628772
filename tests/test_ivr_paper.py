"""Forms and letters as PDF: every item can be read in them, whole and as text."""

from __future__ import annotations

import json
import sqlite3
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from ivr.command.form import form
from ivr.paper import html, pdf
from scripts import sample
from scripts.load import library
from scripts.paper import paper

NEW = library()["new-contract"]


def text_of(made: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages).replace("\n", "")


def test_every_item_of_the_script_is_printed() -> None:
    facts = sample.facts(NEW)
    printed = text_of(pdf(html(NEW, facts))).replace(" ", "")
    for item in paper(NEW, facts).items:
        words = "".join(text for text, _ in item.words).replace(" ", "")
        assert words in printed, item.step
    assert NEW.digest[:12] in printed


def test_a_letter_asks_for_an_answer_and_a_visit_for_two_signatures() -> None:
    assert "寄回" in html(NEW, letter=True)
    assert "面访人员姓名" not in html(NEW, letter=True)
    assert "面访人员不得是这份保单的销售人员" in html(NEW)


def test_a_name_is_printed_as_text() -> None:
    assert "&lt;b&gt;" in html(NEW, {"holder": "<b>王小明</b>"})


def test_the_command_writes_a_pdf(tmp_path: Path) -> None:
    out = tmp_path / "visit.pdf"
    done = CliRunner().invoke(form, ["survey", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(b"%PDF")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(form, ["survey", "--out", str(tmp_path / "gone" / "visit.pdf")])
    assert done.exit_code != 0
    assert "gone" in done.output


@pytest.mark.parametrize("name", library())
def test_every_script_can_be_laid_out(name: str) -> None:
    assert library()[name].title in html(library()[name])


def test_a_customers_form_holds_what_the_ledger_knows_and_is_in_the_audit(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    out = tmp_path / "visit.pdf"
    done = CliRunner().invoke(form, ["new-contract", "--task", "1", "--out", str(out)])
    assert done.exit_code == 0, done.output
    row = conn.execute(
        "select k.facts from tasks t join contacts k on k.id = t.contact_id where t.id = 1"
    ).fetchone()
    facts = json.loads(row[0])
    assert facts["policy_no"] in text_of(out.read_bytes())
    assert conn.execute("select count(*) from audit where action = 'form_printed'").fetchone() == (1,)


def test_a_task_that_is_not_there_is_named(conn: sqlite3.Connection, tmp_path: Path) -> None:
    done = CliRunner().invoke(form, ["new-contract", "--task", "99999", "--out", str(tmp_path / "visit.pdf")])
    assert done.exit_code != 0
    assert "task 99999" in done.output
