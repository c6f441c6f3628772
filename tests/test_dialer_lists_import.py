"""Lists from file to ledger."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ledger
from dialer.errors import ListError
from dialer.lists import importer
from dialer.lists.examine import Terms
from dialer.lists.importer import Progress, Report, import_list
from dialer.lists.invent import invent, planted
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from ledger import lists
from tests.dialer_facts import at

DATA = Path(__file__).parent / "data"
DEMO = Path(importer.__file__).parent / "demo"
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
TERMS = Terms(load_kind("new_policy"), load_products(), b"secret", NOW)
SURVEY = replace(TERMS, kind=load_kind("claims_survey"))
HEADER = invent(0, 1).decode("gb18030").strip().split(",")


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "huifang.db")
    with closing(ledger.connect(tmp_path / "huifang.db")) as opened:
        yield opened


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Writes a list of the given cells (header first) and returns its path."""

    def write(*rows: dict[str, str], encoding: str = "gb18030", header: list[str] = HEADER) -> Path:
        path = tmp_path / "list.csv"
        lines = [",".join(header), *(",".join(row.get(name, "") for name in header) for row in rows)]
        path.write_bytes("\r\n".join(lines).encode(encoding) + "\r\n".encode(encoding.removesuffix("-sig")))
        return path

    return write


GOOD = {
    "保单号": "P1",
    "投保人": "欧阳娜娜",
    "性别": "女",
    "证件类型": "居民身份证",
    "证件号码": "11010519491231002X",
    "联系电话": "138 1234 5678",
    "备用电话": "(024)88143214",
    "通讯地址": "沈阳市和平区中山北路338号",
    "机构": "沈阳市分公司",
    "险种名称": "福满人生两全保险(万能型)",
    "产品类型": "万能型",
    "销售渠道": "银保",
    "被保险人": "张三",
    "交费方式": "年交",
    "交费期间": "10年",
    "期交保费": "¥6870.90",
    "保额": "116805",
    "初始费用": "343.55",
    "保单管理费": "8元/月",
    "业务员": "许欣凯",
    "投保日期": "46335",
    "承保日期": "2026/11/9",
    "保单签收日期": "2026年11月9日",
    "犹豫期天数": "15",
}


def facts_of(conn: sqlite3.Connection, report: Report) -> list[dict[str, Any]]:
    return [json.loads(contact.facts) for contact in lists.contacts(conn, report.list_id)]


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("new_policy", "new_policy"),
        ("claims_survey", "claims_survey"),
        ("claims", "claims_settled"),
        ("grace", "grace"),
        ("lapsed", "lapsed"),
    ],
)
def test_the_lists_of_the_core_system_are_read_to_the_last_row(
    conn: sqlite3.Connection, file: str, kind: str
) -> None:
    expected = json.loads((DATA / f"{file}.expect.json").read_text(encoding="utf-8"))
    report = import_list(conn, DATA / f"{file}.csv", replace(TERMS, kind=load_kind(kind)))
    flagged = Counter(finding.code for finding in report.flagged)
    assert flagged["shared_contact"] == expected["planted"].pop("_shared_contact", 0)
    assert flagged.keys() <= {"shared_contact", "holidays_unknown", "calendar_missing"}
    assert report.rows == expected["rows"]
    assert Counter(finding.code for finding in report.refused) == expected["planted"]
    assert report.accepted == report.rows - len(report.refused)
    assert report.ignored_columns == ()


def test_the_workbook_of_the_head_office_is_read_below_its_title(conn: sqlite3.Connection) -> None:
    report = import_list(conn, DATA / "grace_head_office.xlsx", replace(TERMS, kind=load_kind("grace")))
    assert (report.rows, report.accepted, report.skipped_sheets) == (81, 75, ())
    assert {one.sheet for one in report.refused} == {"宽限期清单"}
    assert Counter(one.code for one in report.refused) == {
        "policy_no_missing": 2,
        "date_invalid": 1,
        "duplicate": 1,
        "phone_invalid": 1,
        "phone_missing": 1,
    }


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("terms", [TERMS, SURVEY])
def test_other_lists_of_the_same_shape_are_read_as_exactly(
    conn: sqlite3.Connection, tmp_path: Path, terms: Terms, seed: int
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(invent(300, seed, terms.kind.name))
    report = import_list(conn, path, terms)
    expected = planted(300, seed, terms.kind.name)
    shared = expected.pop("shared_contact", 0)
    assert Counter(finding.code for finding in report.refused) == expected
    assert len(report.flagged) == shared


def test_the_demo_list_has_three_hundred_contacts(conn: sqlite3.Connection) -> None:
    report = import_list(conn, DEMO / "new_policy.csv", TERMS)
    found = facts_of(conn, report)
    assert report.accepted > 300
    assert {facts["product_type"] for facts in found} == {"普通型", "分红型", "万能型", "投连型"}
    assert {facts["channel"] for facts in found} == {"个人代理", "银行代理", "电话销售", "互联网", "团体"}


def test_a_row_becomes_the_facts_of_the_scripts(conn: sqlite3.Connection, written: Any) -> None:
    (facts,) = facts_of(conn, import_list(conn, written(GOOD), TERMS))
    texts = {"product_summary", "main_exclusions", "refund_text", "materials"}
    assert texts <= facts.keys()
    assert {name: fact for name, fact in facts.items() if name not in texts} == {
        "policy_no": "P1",
        "holder": "欧阳娜娜",
        "surname": "欧阳",
        "title": "女士",
        "id_tail": "002X",
        "birthday": "1231",
        "age": 76,
        "phone_tail": "5678",
        "district": "和平区",
        "branch": "沈阳市分公司",
        "product": "福满人生两全保险(万能型)",
        "product_type": "万能型",
        "channel": "银行代理",
        "bank": "银行",
        "insured": "张三",
        "insured_surname": "张",
        "insured_is_holder": False,
        "insured_minor": False,
        "payment": "期交",
        "pay_years": 10,
        "premium": "6870.90",
        "first_premium": "6870.90",
        "total_premium": "68709.00",
        "sum_insured": "116805.00",
        "initial_fee": "343.55",
        "initial_fee_rate": "5%",
        "credited": "6527.35",
        "management_fee": "每月8元",
        "seller": "许欣凯",
        "seller_surname": "许",
        "sold_on": "2026-11-09",
        "effective_on": "2026-11-09",
        "receipt_on": "2026-11-09",
        "cooling_days": 15,
        "cooling_end": "2026-11-24",
        "expires_on": "2056-11-08",
        "term_text": "30年",
        "term_over_year": True,
        "guaranteed_rate": "1.75%",
        "surrender_fee_years": 5,
        "electronic": False,
        "death_benefit": True,
        "health_questions": False,
        "special_statement": True,
        "special_reason": "交费会到75岁以后",
    }


def test_the_certificate_number_is_not_stored(conn: sqlite3.Connection, written: Any) -> None:
    import_list(conn, written(GOOD), TERMS)
    assert not any("1949123100" in line for line in conn.iterdump())


@pytest.mark.parametrize(("insured", "same"), [("本人", True), ("欧阳娜娜", True), ("张三", False)])
def test_the_insured_may_be_called_the_same_person(
    conn: sqlite3.Connection, written: Any, insured: str, same: bool
) -> None:
    (facts,) = facts_of(conn, import_list(conn, written(GOOD | {"被保险人": insured}), TERMS))
    assert facts["insured_is_holder"] is same
    assert (facts["insured"] == "欧阳娜娜") is same


def test_a_product_that_nobody_knows_is_accepted_without_its_facts(
    conn: sqlite3.Connection, written: Any
) -> None:
    (facts,) = facts_of(conn, import_list(conn, written(GOOD | {"险种名称": "新产品"}), TERMS))
    assert "guaranteed_rate" not in facts
    assert facts["product_type"] == "万能型"


def test_the_clock_runs_from_the_receipt_to_the_last_cooling_day(
    conn: sqlite3.Connection, written: Any
) -> None:
    (contact,) = lists.contacts(conn, import_list(conn, written(GOOD), TERMS).list_id)
    assert (contact.due_from, contact.due_by) == (at("2026-11-09T00:00"), at("2026-11-25T00:00"))
    assert contact.numbers == (8613812345678, 862488143214)


def test_without_a_receipt_the_row_is_accepted_and_its_clock_has_not_begun(
    conn: sqlite3.Connection, written: Any
) -> None:
    report = import_list(conn, written(GOOD | {"保单签收日期": ""}), TERMS)
    (contact,) = lists.contacts(conn, report.list_id)
    assert (contact.due_from, contact.due_by) == (None, None)
    assert "cooling_end" not in json.loads(contact.facts)


def test_an_accident_is_due_from_ten_minutes_to_thirty_or_sixty(conn: sqlite3.Connection) -> None:
    contacts = lists.contacts(conn, import_list(conn, DATA / "claims_survey.csv", SURVEY).list_id)
    county = next(contact for contact in contacts if contact.policy_no == "C2026420160000000")
    assert (county.due_from, county.due_by) == (at("2026-11-23T09:04"), at("2026-11-23T09:54"))


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"保单号": " "}, "保单号", "policy_no_missing"),
        ({"投保人": "NULL"}, "投保人", "holder_missing"),
        ({"投保人": "张3"}, "投保人", "name_invalid"),
        ({"证件号码": "110105194912310021"}, "证件号码", "id_checksum"),
        ({"联系电话": "", "备用电话": ""}, "联系电话", "phone_missing"),
        ({"联系电话": "见备用", "备用电话": ""}, "联系电话", "phone_invalid"),
        ({"联系电话": "", "备用电话": "1381234"}, "联系电话", "phone_missing"),
        ({"被保险人": ""}, "被保险人", "insured_missing"),
        ({"投保日期": "待定"}, "投保日期", "date_invalid"),
        ({"保单签收日期": "20261345"}, "保单签收日期", "date_invalid"),
        ({"险种名称": ""}, "险种名称", "product_missing"),
        ({"产品类型": "古怪型"}, "产品类型", "choice_invalid"),
        ({"产品类型": "普通型"}, "产品类型", "product_type_mismatch"),
        ({"销售渠道": ""}, "销售渠道", "channel_missing"),
        ({"交费方式": "月交"}, "交费方式", "choice_invalid"),
        ({"交费期间": "至60岁"}, "交费期间", "number_invalid"),
        ({"期交保费": "一千"}, "期交保费", "money_invalid"),
        ({"性别": "?"}, "性别", "sex_invalid"),
        ({"保单号": "", "投保人": "", "投保日期": "待定"}, "保单号", "policy_no_missing"),
    ],
)
def test_a_bad_row_is_refused_once_with_its_place_and_the_rest_goes_on(
    conn: sqlite3.Connection, written: Any, changes: dict[str, str], field: str, code: str
) -> None:
    report = import_list(conn, written(GOOD | {"保单号": "P0"}, GOOD | changes), TERMS)
    assert [(one.row, one.field, one.code) for one in report.refused] == [(3, field, code)]
    assert report.accepted == 1
    assert len(report.refused[0].reason) >= 5
    (error,) = lists.list_errors(conn, report.list_id)
    assert (error.row, error.field, error.code) == (3, field, code)


def test_the_field_is_named_as_in_the_file(conn: sqlite3.Connection, written: Any) -> None:
    header = ["手机号码" if name == "联系电话" else name for name in HEADER]
    report = import_list(conn, written(GOOD | {"备用电话": ""}, header=header), TERMS)
    assert report.refused[0].field == "手机号码"


def test_a_spare_number_stands_in_for_a_wrong_one_and_the_row_is_flagged(
    conn: sqlite3.Connection, written: Any
) -> None:
    report = import_list(conn, written(GOOD | {"联系电话": "见备用"}), TERMS)
    (contact,) = lists.contacts(conn, report.list_id)
    assert contact.numbers == (862488143214,)
    assert [(one.row, one.field, one.code) for one in report.flagged] == [(2, "联系电话", "phone_unused")]


def test_a_number_behind_a_switchboard_is_called_last(conn: sqlite3.Connection, written: Any) -> None:
    row = GOOD | {"联系电话": "02488143214转605", "备用电话": "13812345678"}
    (contact,) = lists.contacts(conn, import_list(conn, written(row), TERMS).list_id)
    assert contact.numbers == (8613812345678, 862488143214)
    assert contact.flags == ("extension",)


def test_the_same_number_with_other_words_is_refused(conn: sqlite3.Connection, written: Any) -> None:
    report = import_list(conn, written(GOOD, GOOD | {"期交保费": "1"}), TERMS)
    assert [(one.row, one.code) for one in report.refused] == [(3, "policy_no_repeated")]


def test_two_customers_behind_one_phone_are_flagged_and_one_customer_with_two_policies_is_not(
    conn: sqlite3.Connection, written: Any
) -> None:
    second = GOOD | {"保单号": "P2", "险种名称": "新产品"}
    other = GOOD | {"保单号": "P3", "性别": "男", "证件号码": "420106196208097534", "通讯地址": "别处"}
    report = import_list(conn, written(GOOD, second, other), TERMS)
    assert [(one.row, one.field, one.code) for one in report.flagged] == [(4, "电话", "shared_contact")]
    assert report.accepted == 3


def test_the_same_file_twice_changes_nothing_and_says_so(conn: sqlite3.Connection) -> None:
    first = import_list(conn, DATA / "new_policy.csv", TERMS)
    before = conn.total_changes
    again = import_list(conn, DATA / "new_policy.csv", TERMS)
    assert conn.total_changes == before
    assert again == replace(first, unchanged=True)


def test_an_import_that_was_cut_off_is_finished_by_importing_again(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 100)

    def pull_the_plug(progress: Progress) -> None:
        if progress.rows == 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_list(conn, DATA / "new_policy.csv", TERMS, progress=pull_the_plug)
    report = import_list(conn, DATA / "new_policy.csv", TERMS)
    assert not report.unchanged
    assert len(facts_of(conn, report)) == report.accepted == 483
    assert len(lists.list_errors(conn, report.list_id)) == len(report.refused)
    assert len(lists.listing(conn)) == 1


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_the_encoding_is_found_out(conn: sqlite3.Connection, written: Any, encoding: str) -> None:
    path = written(GOOD | {"投保人": "䶮思远"}, encoding=encoding)
    if encoding == "utf-16":
        path.write_bytes(path.read_bytes().removesuffix("\r\n".encode("utf-16")))
    report = import_list(conn, path, TERMS)
    assert facts_of(conn, report)[0]["holder"] == "䶮思远"
    assert report.encoding == encoding


def test_tabs_and_headers_in_another_order_and_blank_lines_do_no_harm(
    conn: sqlite3.Connection, written: Any
) -> None:
    path = written(GOOD, GOOD | {"保单号": "P2", "投保日期": "待定"}, header=list(reversed(HEADER)))
    text = path.read_bytes().decode("gb18030").replace(",", "\t").replace("\r\n", "\r\n\r\n", 1)
    path.write_bytes((text + "\t" * 25 + "\r\n").encode("gb18030"))
    report = import_list(conn, path, TERMS)
    assert (report.rows, report.accepted, report.refused[0].row) == (2, 1, 4)


def test_a_row_is_counted_by_its_first_line_when_cells_hold_line_breaks(
    conn: sqlite3.Connection, written: Any
) -> None:
    row = GOOD | {"通讯地址": '"沈阳市和平区\n中山北路"'}
    report = import_list(conn, written(row, GOOD | {"保单号": "", "业务员": "a"}), TERMS)
    assert report.accepted == 1
    assert report.refused[0].row == 4


def test_a_comma_too_many_refuses_the_row(conn: sqlite3.Connection, written: Any) -> None:
    report = import_list(conn, written(GOOD | {"犹豫期天数": "15,16"}), TERMS)
    assert report.refused[0].code == "columns_shifted"


def test_columns_that_nobody_knows_are_named_and_not_read(conn: sqlite3.Connection, written: Any) -> None:
    report = import_list(conn, written(GOOD | {"血型": "A"}, header=[*HEADER, "血型"]), TERMS)
    assert report.ignored_columns == ("血型",)
    assert "A" not in facts_of(conn, report)[0].values()


def test_a_missing_column_stops_the_import_with_its_name(conn: sqlite3.Connection, written: Any) -> None:
    header = [name for name in HEADER if name not in ("联系电话", "投保日期")]
    with pytest.raises(ListError, match=r'list\.csv: line 1: column "联系电话", "投保日期" is missing'):
        import_list(conn, written(GOOD, header=header), TERMS)
    assert lists.listing(conn) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\r\n\r\n", "has no header"),
        (b"\xff\xfe\x00", "is not text in utf-16"),
        (b"\xff\xff\xff", "is not text in gb18030"),
        (",".join(HEADER).encode() + b'\r\n"P1,\xe5\xbc\xa0\r\n', "line 2: .* quotation marks"),
        (b"a\x00b", "column"),
    ],
)
def test_a_file_that_is_no_list_gives_one_clear_error_and_leaves_nothing(
    conn: sqlite3.Connection, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    with pytest.raises(ListError, match=rf"broken\.csv: .*{message}"):
        import_list(conn, path, TERMS)
    assert lists.listing(conn) == []


def test_a_file_that_is_not_there_is_named(conn: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"nowhere\.csv: cannot be opened"):
        import_list(conn, tmp_path / "nowhere.csv", TERMS)


def test_the_report_is_json_with_row_field_reason_and_code(conn: sqlite3.Connection) -> None:
    report = json.loads(import_list(conn, DATA / "new_policy.csv", TERMS).to_json())
    assert {"list_id", "rows", "accepted", "refused", "flagged"} <= report.keys()
    for finding in report["refused"] + report["flagged"]:
        assert finding.keys() == {"row", "field", "reason", "code", "reason_en", "sheet"}
