"""Figures in a text become the Mandarin words a customer would hear."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.speaking.mandarin import read_aloud


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("￥1,388,000.00", "一百三十八万八千元"),
        ("您的保费是￥1,388.50，", "您的保费是一千三百八十八元五角，"),
        ("1388元", "一千三百八十八元"),
        ("1388.05元", "一千三百八十八元零五分"),
        ("0.5元", "五角"),
        ("￥20万", "二十万元"),
        ("¥2", "两元"),
        ("12.5万元", "十二点五万元"),
        ("$12.50", "十二点五美元"),
        ("12345678元", "一千二百三十四万五千六百七十八元"),
    ],
)
def test_amounts(written: str, spoken: str) -> None:
    assert read_aloud(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("2024年6月1日", "二零二四年六月一日"),
        ("2024-06-01", "二零二四年六月一日"),
        ("2024/6/12", "二零二四年六月十二日"),
        ("明天15:30", "明天十五点三十分"),
        ("3:05", "三点零五分"),
        ("2:00", "两点"),
        ("8:00-10:00", "八点到十点"),
    ],
)
def test_dates_and_times(written: str, spoken: str) -> None:
    assert read_aloud(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("请拨95511，", "请拨九五五幺幺，"),
        ("电话是400-800-1234", "电话是四零零八零零幺二三四"),
        ("13812345678", "幺三八幺二三四五六七八"),
        ("工号8801", "工号八八零幺"),
        ("验证码：0471", "验证码：零四七幺"),
        ("保单号P2024001372", "保单号P二零二四零零幺三七二"),
        ("007", "零零七"),
    ],
)
def test_digit_strings_are_read_digit_by_digit(written: str, spoken: str) -> None:
    assert read_aloud(written) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("1,234", "一千二百三十四"),
        ("100000人", "十万人"),
        ("2个", "两个"),
        ("第2期", "第二期"),
        ("12月2日", "十二月二日"),
        ("3.5%", "百分之三点五"),
        ("3-5天", "三到五天"),
        ("-5℃", "负五度"),
        ("1/2", "二分之一"),
        ("按1键", "按一键"),
        ("按２键", "按二键"),
    ],
)
def test_quantities(written: str, spoken: str) -> None:
    assert read_aloud(written) == spoken


def test_latin_letters_stay_and_signs_are_words_or_left_out() -> None:
    assert read_aloud("VIP客户A&B") == "VIP客户A和B"
    assert read_aloud("好★的") == "好 的"


def test_words_stay_as_they_are() -> None:
    text = "您好，请问是王小明先生本人吗？这次回访会录音。"
    assert read_aloud(text) == text


@settings(max_examples=60)
@given(st.text(alphabet="２٣0123456789.,:/-年月日元￥%号按A ", max_size=24))
def test_no_figure_is_left_whatever_is_written(text: str) -> None:
    assert not any(letter.isdigit() for letter in read_aloud(text))
