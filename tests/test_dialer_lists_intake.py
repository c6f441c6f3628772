"""Lists as they come: workbooks, titles, own headers, people who do not fit, and what is sent again."""

from __future__ import annotations

import csv
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from dialer.errors import ListError
from dialer.lists import clerks, importer, workbook
from dialer.lists.examine import Terms
from dialer.lists.importer import Progress, Report, import_list
from dialer.lists.invent import invent
from dialer.lists.kinds import load_kind
from dialer.lists.layout import REASON, find_layout, layout
from dialer.lists.memory import Firsts
from dialer.lists.products import load_products
from dialer.lists.refused import write_refused
from dialer.lists.source import Record, open_source
from dialer.lists.watch import load_limits
from dialer.lists.workbook import tables
from ledger import events, list_content, lists, transaction
from tests.workbooks import write_workbook

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
TERMS = Terms(load_kind("new_policy"), load_products(), b"secret", NOW)
HEADER = invent(0, 1).decode("gb18030").strip().split(",")
GOOD: dict[str, Any] = {
    "保单号": "P1", "投保人": "欧阳娜娜", "性别": "女", "证件类型": "身份证",
    "证件号码": "11010519491231002X", "联系电话": "13812345678", "备用电话": "",
    "通讯地址": "沈阳市和平区中山北路338号", "机构": "沈阳市分公司",
    "险种名称": "福满人生两全保险(万能型)", "产品类型": "万能型", "销售渠道": "银保", "被保险人": "张三",
    "交费方式": "年交", "交费期间": "10年", "期交保费": "6870.90", "保额": "116805", "初始费用": "343.55",
    "保单管理费": "8元/月", "业务员": "许欣凯", "投保日期": "2026-11-09", "承保日期": "2026-11-09",
    "保单签收日期": "2026-11-09", "犹豫期天数": "15",
}  # fmt: skip
SECOND = {
    "保单号": "P2",
    "证件号码": "420106196208097534",
    "性别": "男",
    "联系电话": "13912345678",
    "通讯地址": "别处",
}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger without anything in it."""
    path = tmp_path_factory.mktemp("ledger") / "huifang.db"
    ledger.migrate(path)
    return path


@pytest.fixture
def conn(tmp_path: Path, empty: Path) -> Iterator[sqlite3.Connection]:
    shutil.copy(empty, tmp_path / "huifang.db")
    with closing(ledger.connect(tmp_path / "huifang.db")) as opened:
        yield opened


def rows_of(*rows: dict[str, Any], header: Sequence[str] = HEADER) -> list[list[Any]]:
    return [list(header), *([row.get(name, "") for name in header] for row in rows)]


def written(folder: Path, *rows: dict[str, Any], header: Sequence[str] = HEADER) -> Path:
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows_of(*rows, header=header))
    return path


def codes(report: Report) -> list[tuple[int, str, str]]:
    return [(one.row, one.field, one.code) for one in report.flagged]


def test_every_sheet_with_the_header_is_read_and_the_others_are_named(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    title: list[list[Any]] = [["某某人寿 新契约回访清单"], []]
    other = list(reversed(HEADER))
    sheets = {
        "一月": title + rows_of(GOOD, GOOD | SECOND | {"投保日期": "待定"}),
        "说明": [["填表说明"], ["每月一次"]],
        "二月": rows_of(GOOD | SECOND, GOOD | {"机构": "别的"}, header=other),
        "旧": rows_of(GOOD | {"保单号": "P9"}),
    }
    report = import_list(conn, write_workbook(tmp_path / "a.xlsx", sheets, hidden=["旧"]), TERMS)
    assert (report.encoding, report.rows, report.accepted) == ("xlsx", 4, 2)
    assert [(one.sheet, one.row, one.code) for one in report.refused] == [
        ("一月", 5, "date_invalid"),
        ("二月", 3, "policy_no_repeated"),
    ]
    assert "一月!4" in report.refused[1].reason
    assert set(report.skipped_sheets) == {"说明", "旧"}
    assert [(one.sheet, one.row) for one in lists.contacts(conn, report.list_id)] == [
        ("一月", 4),
        ("二月", 2),
    ]


def test_cells_of_a_workbook_mean_what_a_person_sees(conn: sqlite3.Connection, tmp_path: Path) -> None:
    row = GOOD | {
        "联系电话": 13812345678,
        "期交保费": 6870.9,
        "投保日期": date(2026, 11, 9),
        "承保日期": 46335,
    }
    plain = import_list(conn, written(tmp_path, GOOD), TERMS)
    booked = import_list(conn, write_workbook(tmp_path / "a.xlsx", {"甲": rows_of(row)}), TERMS)
    (one,), (other,) = (lists.contacts(conn, report.list_id) for report in (plain, booked))
    assert (one.facts, one.numbers, one.due_by) == (other.facts, other.numbers, other.due_by)


def test_a_workbook_without_the_header_names_the_sheet_and_the_column(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    header = [name for name in HEADER if name != "联系电话"]
    path = write_workbook(tmp_path / "a.xlsx", {"封面": [["清单"]], "甲": rows_of(GOOD, header=header)})
    with pytest.raises(ListError, match=r'a\.xlsx: sheet 甲: line 1: column "联系电话" is missing'):
        import_list(conn, path, TERMS)
    assert lists.listing(conn) == []


def test_a_workbook_that_does_not_fit_into_memory_or_is_none_is_refused(
    conn: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(ListError, match="is no workbook"):
        import_list(conn, tmp_path / "b.xlsx", TERMS)
    (tmp_path / "c.xls").write_bytes(b"\xd0\xcf\x11\xe0 and more")
    with pytest.raises(ListError, match="save it as XLSX without a password"):
        import_list(conn, tmp_path / "c.xls", TERMS)
    monkeypatch.setattr(workbook, "LARGEST", 10)
    with pytest.raises(ListError, match="save it as CSV"):
        import_list(conn, write_workbook(tmp_path / "a.xlsx", {"甲": rows_of(GOOD)}), TERMS)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "gbk"])
def test_text_without_a_mark_is_read_in_its_encoding(
    conn: sqlite3.Connection, tmp_path: Path, encoding: str
) -> None:
    path = written(tmp_path, GOOD)
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    report = import_list(conn, path, TERMS)
    assert report.encoding == ("gb18030" if encoding == "gbk" else encoding)
    assert '"holder":"欧阳娜娜"' in next(lists.contacts(conn, report.list_id)).facts


def test_titles_above_the_header_are_left_behind_and_lines_are_those_of_the_file(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    path = written(tmp_path, GOOD, GOOD | SECOND | {"投保日期": "待定"})
    path.write_text("某公司清单\n,制表人,张三\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    report = import_list(conn, path, TERMS)
    assert (report.rows, report.accepted) == (2, 1)
    assert [(one.row, one.code) for one in report.refused] == [(6, "date_invalid")]


def test_a_header_is_mapped_once_and_known_from_then_on(conn: sqlite3.Connection, tmp_path: Path) -> None:
    header = ["客户 电话" if name == "联系电话" else name for name in HEADER]
    rows = [GOOD | {"客户 电话": "13812345678"}, GOOD | SECOND | {"客户 电话": "13912345678"}]
    with pytest.raises(ListError, match="--map HEADER=phone"):
        import_list(conn, written(tmp_path, rows[0], header=header), TERMS)
    with pytest.raises(ListError, match='"fax" is no column of new_policy; choose one of: policy_no'):
        import_list(conn, tmp_path / "list.csv", TERMS, mapping={"客户电话": "fax"})
    first = import_list(conn, tmp_path / "list.csv", TERMS, mapping={"客户电话": "phone"})
    second = import_list(conn, written(tmp_path, rows[1], header=header), TERMS)
    assert (first.accepted, second.accepted, second.ignored_columns) == (1, 1, ())
    assert lists.mapping(conn, "new_policy") == {"客户电话": "phone"}


def test_every_finding_speaks_two_languages(conn: sqlite3.Connection, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(invent(200, 3))
    report = import_list(conn, path, TERMS)
    assert len({one.code for one in report.refused}) >= 6
    for one in (*report.refused, *report.flagged):
        assert not one.reason.isascii()
        assert one.reason_en.isascii()
        assert len(one.reason_en) > 20


@pytest.mark.parametrize("book", [False, True])
def test_refused_rows_are_written_corrected_and_sent_again(
    conn: sqlite3.Connection, tmp_path: Path, *, book: bool
) -> None:
    rows = [GOOD, GOOD, GOOD | SECOND | {"联系电话": "1391234567", "通讯地址": "街,号"}]
    path = written(tmp_path, *rows)
    if book:
        path = write_workbook(tmp_path / "a.xlsx", {"甲": [["清单"], *rows_of(*rows)]})
    report = import_list(conn, path, TERMS)
    out = tmp_path / "refused.csv"
    assert write_refused(conn, report.list_id, out) == 1
    with out.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert header == [REASON, *HEADER]
    assert row[0].startswith("联系电话：号码无法接通")
    assert row[1:] == [rows[2].get(name, "") for name in HEADER]
    out.write_text(
        out.read_text(encoding="utf-8-sig").replace("1391234567,", "13912345678,"), encoding="utf-8-sig"
    )
    again = import_list(conn, out, TERMS)
    assert (again.rows, again.accepted, again.refused, again.ignored_columns) == (1, 1, (), ())


def test_refused_rows_are_looked_for_in_the_imported_file_alone(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    path = written(tmp_path, GOOD | {"投保日期": "待定"})
    list_id = import_list(conn, path, TERMS).list_id
    moved = path.rename(tmp_path / "moved.csv")
    with pytest.raises(ListError, match=r"list\.csv is not where it was; name it with --from"):
        write_refused(conn, list_id, tmp_path / "out.csv")
    assert write_refused(conn, list_id, tmp_path / "out.csv", moved) == 1
    with pytest.raises(ListError, match="is not the file that was imported"):
        write_refused(conn, list_id, tmp_path / "out.csv", written(tmp_path, GOOD))
    with pytest.raises(ListError, match="list 9: there is none"):
        write_refused(conn, 9, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"性别": "男"}, [(2, "性别", "sex_differs")]),
        ({"性别": "", "投保人": "欧阳娜娜先生"}, [(2, "性别", "sex_differs")]),
        ({"性别": "", "投保人": "欧阳娜娜女士"}, []),
        ({"证件号码": "119999194912310021"}, [(2, "证件号码", "region_unknown")]),
        ({"出生日期": "1949年12月31日"}, []),
        ({"电话变更日期": "2026-11-01"}, [(2, "电话变更日期", "phone_changed")]),
        ({"电话变更日期": "2025-11-01"}, []),
        ({"电话变更日期": "不详的日子", "业务员电话": "无"}, []),
        ({"业务员电话": "138 1234 5678"}, [(2, "电话", "seller_phone")]),
    ],
)
def test_what_does_not_fit_together_is_flagged(
    conn: sqlite3.Connection, tmp_path: Path, changes: dict[str, str], flags: list[tuple[int, str, str]]
) -> None:
    report = import_list(
        conn, written(tmp_path, GOOD | changes, header=[*HEADER, *(changes.keys() - set(HEADER))]), TERMS
    )
    assert report.refused == ()
    assert codes(report) == flags
    (contact,) = lists.contacts(conn, report.list_id)
    assert list(contact.flags) == [code for _, _, code in flags]
    assert '"holder":"欧阳娜娜"' in contact.facts


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"证件号码": "990105194912310023"}, "id_region"), ({"出生日期": "1949-12-30"}, "birth_date_differs")],
)
def test_a_card_of_no_province_or_of_another_day_refuses_the_row(
    conn: sqlite3.Connection, tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    report = import_list(conn, written(tmp_path, GOOD | changes, header=[*HEADER, "出生日期"]), TERMS)
    assert [(one.field, one.code) for one in report.refused] == [(next(iter(changes)), code)]


def test_the_number_of_one_of_our_people_is_flagged(conn: sqlite3.Connection, tmp_path: Path) -> None:
    conn.execute(
        "insert into users (name, role, created_at, phone) values ('a', 'agent', '2026-01-01', 8613812345678)"
    )
    report = import_list(conn, written(tmp_path, GOOD, GOOD | SECOND), TERMS)
    assert codes(report) == [(2, "电话", "seller_phone")]


def test_another_number_than_in_the_list_before_is_flagged_for_half_a_year(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    import_list(conn, written(tmp_path, GOOD, GOOD | SECOND), TERMS)
    changed = GOOD | {"联系电话": "13712345678"}
    report = import_list(conn, written(tmp_path, changed, GOOD | SECOND | {"备用电话": "13712345678"}), TERMS)
    assert codes(report)[0] == (2, "电话", "phone_changed")
    assert next(lists.contacts(conn, report.list_id)).flags == ("phone_changed",)
    late = replace(TERMS, now=NOW + timedelta(days=200))
    again = GOOD | {"联系电话": "13612345678"}
    assert codes(import_list(conn, written(tmp_path, again), late)) == []


def test_the_same_person_and_product_under_another_number_is_flagged(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    other = GOOD | {"保单号": "P3", "险种名称": "别的产品"}
    report = import_list(conn, written(tmp_path, GOOD, GOOD | {"保单号": "P2"}, other), TERMS)
    assert codes(report) == [(3, "保单号", "possible_duplicate")]


def test_s001_29_so_many_customers_behind_one_thing_are_flagged_as_the_settings_say(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    people = ["11010519491231002X", "420106196208097534", "420106196904233173", "610113198002012265"]
    rows = [
        GOOD
        | {"保单号": f"P{n}", "性别": "", "证件号码": card, "联系电话": f"1381234000{n}", "收件人": "李雷"}
        for n, card in enumerate(people)
    ]
    path = written(tmp_path, *rows, header=[*HEADER, "收件人"])
    (tmp_path / "watch.toml").write_text("[default]\naddress = 4\nrecipient = 3\n", encoding="utf-8")
    limits = load_limits("new_policy", tmp_path / "watch.toml")
    report = import_list(conn, path, replace(TERMS, limits=limits))
    assert codes(report) == [(4, "收件人", "shared_contact"), (5, "地址和收件人", "shared_contact")]
    assert "address and recipient of another customer in line 2" in report.flagged[1].reason_en
    (tmp_path / "watch.toml").write_text("[grace]\nphone = 1\n", encoding="utf-8")
    with pytest.raises(ListError, match=r"watch\.toml: phone: .* 2 customers or more"):
        load_limits("grace", tmp_path / "watch.toml")


@pytest.mark.parametrize(
    "deed",
    [
        "update contacts set facts = replace(facts, '欧阳', '司马') where id = 1",
        "update contacts set due_by = null",
        "update numbers set number = 8613812345670 where contact_id = 1",
        "delete from numbers where contact_id = 2",
    ],
)
def test_a_contact_that_is_not_as_the_file_had_it_is_found(
    conn: sqlite3.Connection, tmp_path: Path, deed: str
) -> None:
    import_list(conn, written(tmp_path, GOOD, GOOD | SECOND), TERMS)
    assert list(list_content.altered(conn, lists.listing(conn))) == []
    conn.execute(deed)
    (finding,) = list_content.altered(conn, lists.listing(conn))
    assert finding == "lists 1: its contacts are not those of the file list.csv"
    assert events.verify(conn) == []


def test_the_digest_of_a_list_is_sealed_in_the_chain(conn: sqlite3.Connection, tmp_path: Path) -> None:
    list_id = import_list(conn, written(tmp_path, GOOD), TERMS).list_id
    conn.execute("delete from numbers")
    forged = list_content.stored(conn, list_id).hex()
    conn.execute("update lists set content = ?", (forged,))
    assert list(list_content.altered(conn, lists.listing(conn))) == []
    assert any("lists 1" in finding for finding in events.verify(conn))


def test_an_import_that_was_cut_off_has_the_digest_of_one_that_was_not(
    conn: sqlite3.Connection, tmp_path: Path, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(invent(60, 5))
    monkeypatch.setattr(importer, "BATCH", 20)

    def stop(progress: Progress) -> None:
        assert 0 < progress.done <= progress.total == path.stat().st_size
        if progress.rows == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_list(conn, path, TERMS, progress=stop)
    report = import_list(conn, path, TERMS)
    with closing(ledger.connect(shutil.copy(empty, tmp_path / "other.db"))) as other:
        whole = import_list(other, path, TERMS)
        assert whole == report
        assert lists.find(other, "new_policy", open_source(path).digest).content == (  # type: ignore[union-attr]
            list_content.stored(conn, report.list_id).hex()
        )
    assert list(list_content.altered(conn, lists.listing(conn))) == []


def blocks(path: Path) -> Iterator[list[Record]]:
    for table in tables(open_source(path)):
        assert find_layout(TERMS.kind, {}, table)
        while block := list(islice(table.records, 7)):
            yield block


def test_clerks_find_what_one_process_finds_and_one_that_dies_ends_the_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(invent(40, 5))
    place = layout(TERMS.kind, {}, Record(1, tuple(HEADER)))
    alone = list(clerks.examined(TERMS, place, blocks(path), 0))
    assert list(clerks.examined(TERMS, place, blocks(path), 1)) == alone
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(ListError, match="import the file again"):
        list(clerks.examined(TERMS, place, blocks(path), 1))


def test_only_a_large_list_is_given_clerks() -> None:
    assert clerks.clerks_for(clerks.LARGE - 1) == 0
    assert clerks.clerks_for(clerks.LARGE) in (0, clerks.MOST)


@given(st.lists(st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1), max_size=40))
@settings(max_examples=20)
def test_a_memory_of_firsts_is_a_dictionary(keys: list[int]) -> None:
    memory, plain = Firsts(), dict[int, int]()
    for place, key in enumerate(keys):
        assert memory.first(key, place) == plain.setdefault(key or 1, place)


def test_a_memory_of_firsts_grows() -> None:
    memory = Firsts()
    for key in range(1, 9000):
        assert memory.first(key, key) == key
    assert [memory.first(key, 0) for key in (1, 4000, 8999)] == [1, 4000, 8999]


def test_a_mapping_can_be_taken_back(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        lists.map_header(conn, "grace", "客户电话", "phone", NOW)
        assert lists.forget_header(conn, "grace", "客户电话")
        assert not lists.forget_header(conn, "grace", "客户电话")
    assert lists.mapping(conn, "grace") == {}
