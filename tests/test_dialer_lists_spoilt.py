"""Lists that a spreadsheet, a form or a cable has spoilt: the rest of them goes on."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer.lists.importer import Report, import_list
from dialer.lists.phones import parse_phones
from ledger import lists
from tests.test_dialer_lists_intake import GOOD, HEADER, SECOND, TERMS
from tests.workbooks import write_workbook


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "db")
    with closing(ledger.connect(tmp_path / "db")) as conn:
        yield conn


def text_of(*rows: dict[str, object], header: list[str] = HEADER) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([header, *([row.get(name, "") for name in HEADER] for row in rows)])
    return file.getvalue()


def imported(conn: sqlite3.Connection, tmp_path: Path, data: bytes) -> Report:
    (tmp_path / "a.csv").write_bytes(data)
    return import_list(conn, tmp_path / "a.csv", TERMS)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_broken_bytes_refuse_their_row_and_no_other(
    conn: sqlite3.Connection, tmp_path: Path, encoding: str
) -> None:
    data = text_of(GOOD, GOOD | SECOND | {"通讯地址": "@@"}).encode(encoding).replace(b"@@", b"\xff\xe6")
    report = imported(conn, tmp_path, data)
    assert (report.encoding, report.rows, report.accepted) == (encoding, 2, 1)
    assert [(one.row, one.field, one.code) for one in report.refused] == [(3, "通讯地址", "text_garbled")]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_fields_filled_up_with_zero_bytes_are_read(
    conn: sqlite3.Connection, tmp_path: Path, encoding: str
) -> None:
    filled = {"机构": "沈阳\0\0\0\0\0\0\0", "业务员": "许欣凯\0\0\0\0"}
    report = imported(conn, tmp_path, text_of(GOOD | filled).encode(encoding))
    assert (report.encoding, report.accepted) == (encoding, 1)


def test_a_cell_of_a_million_bytes_stops_no_list(conn: sqlite3.Connection, tmp_path: Path) -> None:
    report = imported(conn, tmp_path, text_of(GOOD | {"通讯地址": "和" * 400_000}).encode())
    assert (report.rows, report.accepted) == (1, 1)


def test_headers_that_say_what_must_be_filled_in_are_known(conn: sqlite3.Connection, tmp_path: Path) -> None:
    header = [("★{}（必填）", "＊{}", "{} (*)")[at % 3].format(name) for at, name in enumerate(HEADER)]
    report = imported(conn, tmp_path, text_of(GOOD, header=header).encode())
    assert (report.accepted, report.ignored_columns) == (1, ())


def test_what_keeps_a_spreadsheet_from_calculating_is_no_part_of_a_cell(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    typed = {"证件号码": f'="{GOOD["证件号码"]}"', "联系电话": "'13812345678"}
    assert imported(conn, tmp_path, text_of(GOOD | typed).encode()).accepted == 1


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ({"保单号": "8.86001E+18"}, "policy_no_invalid"),
        ({"保单号": "#VALUE!"}, "policy_no_invalid"),
        ({"保单号": 8860012345678901234}, "policy_no_invalid"),
        ({"证件号码": 420106196208098005}, "id_checksum"),
        ({"投保人": "郑*红"}, "name_invalid"),
        ({"投保人": "郑□"}, "name_invalid"),
        ({"投保人": "郑\ue000"}, "name_invalid"),
    ],
)
def test_digits_and_signs_that_are_lost_are_not_guessed(
    conn: sqlite3.Connection, tmp_path: Path, cell: dict[str, object], code: str
) -> None:
    row = [(GOOD | SECOND | cell).get(name) for name in HEADER]
    report = import_list(conn, write_workbook(tmp_path / "a.xlsx", {"甲": [HEADER, row]}), TERMS)
    assert [one.code for one in report.refused] == [code]


def test_a_policy_number_that_became_a_fraction_is_whole_again(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    report = imported(conn, tmp_path, text_of(GOOD | {"保单号": "8860012345678.0"}).encode())
    assert [one.policy_no for one in lists.contacts(conn, report.list_id)] == ["8860012345678"]


@pytest.mark.parametrize(
    "text", ["138\u20131234\u20135678", "138\u20141234\u20145678", "138 1234 5678 (微信)"]
)
def test_numbers_with_long_dashes_or_words_are_dialed(text: str) -> None:
    assert [phone.number for phone in parse_phones(text)] == [8613812345678]
