"""Reading files of numbers: columns, encodings, bad lines; and sorting them in bounded memory."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from dialer.dnc_lists import rising as sorting
from dialer.dnc_lists.numbers import BadLine, read_numbers
from dialer.dnc_lists.rising import rising
from dialer.dnc_lists.terms import span
from dialer.errors import ListError

ONE, TWO, FIXED = 8613812345678, 8613912345678, 867558888000


def read(tmp_path: Path, data: bytes, **how: str) -> tuple[list[int], list[int]]:
    """The numbers of a file, and its bad lines."""
    path, bad = tmp_path / "numbers.csv", list[BadLine]()
    path.write_bytes(data)
    return list(read_numbers(path, bad.append, **how)), [one.line for one in bad]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("13812345678\n\n+86 139-1234-5678\n", "utf-8"),
        ("13812345678\r\n13912345678", "utf-8-sig"),
        ("手机号\n13812345678\n13912345678\n", "gb18030"),
        ("手机号\n13812345678\n13912345678\n", "utf-16"),
        ("序号,客户电话号码,日期\n1,13812345678,20261123\n2,８６１３９１２３４５６７８,20261123\n", "gbk"),
        ("谢绝来电名单\n名单编号,手机号码\n20261123001,13812345678\n20261123002,13912345678\n", "utf-8"),
        ("Phone Number;note\n13812345678;a\n13912345678;b\n", "utf-8"),
        ('"13812345678","a, b"\n"13912345678","c"\n', "utf-8"),
        ("13812345678,13912345678\n", "utf-8"),
        ("13812345678/13912345678\n", "utf-8"),
    ],
)
def test_numbers_are_found_in_any_shape_of_list(tmp_path: Path, text: str, encoding: str) -> None:
    assert read(tmp_path, text.encode(encoding)) == ([ONE, TWO], [])


def test_a_bad_line_is_told_with_its_number_and_the_rest_goes_on(tmp_path: Path) -> None:
    text = '手机号,备注\n13812345678,x\nnobody,y\n\n"138,z\n12,\n只有备注\n13912345678,end\n'
    assert read(tmp_path, text.encode("gb18030")) == ([ONE, TWO], [3, 5, 6, 7])


def test_a_first_line_that_went_wrong_is_no_header(tmp_path: Path) -> None:
    assert read(tmp_path, b"138123456789\n13812345678\n") == ([ONE], [1])
    assert read(tmp_path, b"forbidden since long\n13812345678\n") == ([ONE], [])


def test_a_column_and_an_encoding_may_be_named(tmp_path: Path) -> None:
    data = "坐席电话,拒访\n13900000000,13812345678\n".encode("gbk")
    assert read(tmp_path, data, column="拒访", encoding="gbk") == ([ONE], [])
    with pytest.raises(ListError, match='column "nothing": the first 20 lines have no such header'):
        read(tmp_path, data, column="nothing")
    with pytest.raises(ListError, match="encoding klingon: is unknown"):
        read(tmp_path, data, encoding="klingon")


def test_numbers_are_sorted_through_files_and_come_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "RUN", 100)
    monkeypatch.setattr(sorting, "BLOCK", 7)
    numbers = [random.Random(7).randrange(500) for _ in range(2_000)]
    assert list(rising(iter(numbers))) == sorted(set(numbers))
    assert list(rising([])) == []


def test_spans_are_typed_in_days_hours_or_minutes() -> None:
    assert [span("365d"), span("36h"), span("90 min")] == [
        timedelta(days=365), timedelta(hours=36), timedelta(minutes=90)
    ]  # fmt: skip
    for wrong in ("", "0d", "1w", "-3d", "365"):
        with pytest.raises(ValueError, match="write it like 365d"):
            span(wrong)
