"""Values are read as people say them: goldens for the hard cases, and readers of our own that read back."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.spoken import Say, SpokenError, say

DOCS = Path(__file__).parents[1] / "docs" / "spoken.md"

GOLDENS = {
    Say.MONEY: {
        "0": "零元",
        "0.00": "零元",
        "1": "一元",
        "2": "两元",
        "10": "十元",
        "12": "十二元",
        "22": "二十二元",
        "102": "一百零二元",
        "110": "一百一十元",
        "200": "两百元",
        "222": "两百二十二元",
        "1005": "一千零五元",
        "2000": "两千元",
        "2002": "两千零二元",
        "10050": "一万零五十元",
        "10200": "一万零两百元",
        "12000": "一万两千元",
        "20000": "两万元",
        "20020": "两万零二十元",
        "20033.40": "两万零三十三元四角",
        "22222": "两万两千两百二十二元",
        "100000.05": "十万元零五分",
        "100015": "十万零一十五元",
        "120000": "十二万元",
        "440734.80": "四十四万零七百三十四元八角",
        "1020000": "一百零二万元",
        "20000000": "两千万元",
        "100020000": "一亿零二万元",
        "200000000": "两亿元",
        "1000010000": "十亿零一万元",
        "100010001000": "一千亿一千万一千元",
        "999999999999.99": "九千九百九十九亿九千九百九十九万九千九百九十九元九角九分",
        "0.05": "五分",
        "0.02": "两分",
        "0.20": "两角",
        "0.22": "两角二分",
        "0.5": "五角",
        "2.02": "两元零二分",
        "2.20": "两元二角",
        "2.22": "两元二角二分",
        "10.5": "十元五角",
        "5027.80": "五千零二十七元八角",
        "１２": "十二元",
    },
    Say.DATE: {
        "2026-02-28": "二零二六年二月二十八日",
        "2026年2月28日": "二零二六年二月二十八日",
        "2010-10-10": "二零一零年十月十日",
        "2020-01-01": "二零二零年一月一日",
        "2000-11-20": "二零零零年十一月二十日",
        "1999-12-31": "一九九九年十二月三十一日",
        "2024-02-29": "二零二四年二月二十九日",
    },
    Say.MONTH_DAY: {"2026-02-28": "二月二十八号", "2026-10-02": "十月二号"},
    Say.TIME: {
        "00:00": "凌晨零点",
        "00:30": "凌晨零点半",
        "02:00": "凌晨两点",
        "08:15": "早上八点十五分",
        "09:05": "上午九点零五分",
        "09:30": "上午九点半",
        "12:00": "中午十二点",
        "14:02": "下午两点零二分",
        "15:30": "下午三点半",
        "20:10": "晚上八点十分",
        "22:22": "晚上十点二十二分",
    },
    Say.SLOT: {
        "2026-11-24T09:30:00+08:00": "十一月二十四号上午九点半",
        "2026-12-01T14:00+08:00": "十二月一号下午两点",
        "2026-11-24T09:30:00.000+08:00": "十一月二十四号上午九点半",
    },
    Say.COUNT: {
        "2": "两",
        "10": "十",
        "12": "十二",
        "20": "二十",
        "22": "二十二",
        "102": "一百零二",
        "200": "两百",
        "2年": "两年",
        "10年": "十年",
        "20天": "二十天",
        "12个月": "十二个月",
    },
    Say.PERCENT: {
        "0%": "百分之零",
        "0.5%": "百分之零点五",
        "2%": "百分之二",
        "2.5%": "百分之二点五",
        "3.05%": "百分之三点零五",
        "3.50%": "百分之三点五",
        "12%": "百分之十二",
        "100%": "百分之百",
        "100.00%": "百分之百",
        "100.5%": "百分之一百点五",
        "200%": "百分之二百",
        "0.5％": "百分之零点五",
    },
    Say.DIGITS: {
        "13810012345": "幺三八幺零零幺二三四五",
        "138-1001 2345": "幺三八幺零零幺二三四五",
        "012X": "零幺二叉",
        "012x": "零幺二叉",
        "P2025420110000000": "P二零二五四二零幺幺零零零零零零零",
        "95511": "九五五幺幺",
    },
    Say.NAME: {"郑俊红": "郑俊红", "买买提·吐尔逊": "买买提·吐尔逊", " 欧阳娜 ": "欧阳娜"},
    Say.TITLE: {"男": "先生", "女": "女士", "先生": "先生"},
    Say.TEXT: {
        "金满堂终身寿险（分红型）": "金满堂终身寿险（分红型）",
        "95511": "九五五一一",
        "每月8元": "每月八元",
        "每年12.5元": "每年十二点五元",
        "前2年": "前两年",
        "康乐2号": "康乐二号",
        "安心2026年版": "安心二零二六年版",
        "2.5%": "百分之二点五",
        "007": "零零七",
        "免赔额10000元": "免赔额一万元",
    },
}
CASES = [(kind, value, words) for kind, goldens in GOLDENS.items() for value, words in goldens.items()]

REFUSED = {
    Say.MONEY: ["-1", "", "abc", "1.234", "007", "1,000", "1000000000000", "9" * 5000, "1e5", ".5", "NaN"],
    Say.DATE: ["2026-02-29", "2026-13-01", "2026-2-8", "20260228", "", "二月"],
    Say.MONTH_DAY: ["02-30", "2026-04-31"],
    Say.TIME: ["24:00", "12:60", "9点", "", "12"],
    Say.SLOT: ["2026-11-24T09:30:00", "2026-11-24T01:30:00Z", "2026-11-24T01:30:00+00:00", "tomorrow"],
    Say.COUNT: ["-2", "2.5", "", "两", "2 years", "1" * 13],
    Say.PERCENT: ["0.05", "-1%", "%", "", "3%%"],
    Say.DIGITS: ["", "12_3", "幺二三", "+86"],
    Say.NAME: ["", "张3", "<b>", "王\n五"],
    Say.TITLE: ["", "未知", "M"],
    Say.TEXT: ["", "a\nb", "\x00"],
}
BAD = [(kind, value) for kind, values in REFUSED.items() for value in values]


@pytest.mark.parametrize(
    ("kind", "value", "words"), CASES, ids=[f"{kind}-{value}" for kind, value, _ in CASES]
)
def test_a_value_is_read_as_people_say_it(kind: Say, value: str, words: str) -> None:
    assert say(kind, value) == words
    assert say(kind.value, value) == words


@pytest.mark.parametrize(
    ("kind", "value"), BAD, ids=[f"{kind}-{number}" for number, (kind, _) in enumerate(BAD)]
)
def test_a_bad_value_is_refused_by_its_kind_without_being_repeated(kind: Say, value: str) -> None:
    with pytest.raises(SpokenError, match=f"^{kind.value}: ") as refusal:
        say(kind, value)
    assert len(value) < 4 or value not in str(refusal.value)


@pytest.mark.parametrize("value", [None, True, False, 1.5, ["1"], {"a": 1}, b"1"])
@pytest.mark.parametrize("kind", list(Say))
def test_only_texts_and_whole_numbers_can_be_said(kind: Say, value: object) -> None:
    with pytest.raises(SpokenError, match=f"^{kind.value}: "):
        say(kind, value)


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SpokenError, match=r"^shout: .*money.*digits"):
        say("shout", "1")


def test_numbers_are_read_like_their_digits() -> None:
    assert say(Say.MONEY, 20020) == say(Say.MONEY, "20020")
    assert say(Say.COUNT, 2) == "两"
    assert say(Say.DIGITS, 95511) == "九五五幺幺"
    with pytest.raises(SpokenError):
        say(Say.MONEY, -1)


def test_every_kind_has_goldens_and_refusals() -> None:
    assert set(GOLDENS) == set(REFUSED) == set(Say)


@pytest.mark.parametrize("kind", [kind for kind in Say if kind is not Say.TEXT])
def test_spoken_words_never_hold_a_figure(kind: Say) -> None:
    assert not any(re.search(r"[0-9〇]", words) for words in GOLDENS[kind].values())


# Readers of the test's own: they know nothing of how the words were made.
FIGURES = {word: value for value, word in enumerate("零一二三四五六七八九")} | {"两": 2}


def read_below_ten_thousand(words: str) -> int:
    total = figure = 0
    for word in words:
        if word in FIGURES:
            figure = FIGURES[word]
        else:
            total += (figure or 1) * {"十": 10, "百": 100, "千": 1000}[word]
            figure = 0
    return total + figure


def read_whole(words: str) -> int:
    total = 0
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = words.partition(unit)
        if found:
            total, words = total + read_below_ten_thousand(head) * size, tail
    return total + read_below_ten_thousand(words)


def read_cents(words: str) -> int:
    found = re.fullmatch(r"(?:(.+)元)?(?:零)?(?:(.)角)?(?:(.)分)?", words)
    assert found, words
    return read_whole(found[1] or "") * 100 + FIGURES.get(found[2], 0) * 10 + FIGURES.get(found[3], 0)


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.integers(0, 10**14 - 1), st.integers(0, 10**6), st.integers(0, 9999).map(lambda n: n * 10**8)
    )
)
def test_an_amount_read_aloud_reads_back_to_the_same_amount(cents: int) -> None:
    words = say(Say.MONEY, f"{cents // 100}.{cents % 100:02}")
    assert read_cents(words) == cents
    assert not re.search(r"零零|零万|零亿|两十|零元.|二[千百]|^二[万亿]", words)


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_date_read_aloud_reads_back_to_the_same_date(day: date) -> None:
    found = re.fullmatch(r"(.{4})年(.+)月(.+)日", say(Say.DATE, day.isoformat()))
    assert found
    year = int("".join(str(FIGURES[figure]) for figure in found[1]))
    assert date(year, read_whole(found[2]), read_whole(found[3])) == day


def test_every_minute_of_the_day_is_said_differently() -> None:
    minutes = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    assert len({say(Say.TIME, minute) for minute in minutes}) == len(minutes)


def test_a_slot_keeps_the_hour_of_its_own_zone() -> None:
    assert say(Say.SLOT, "2026-11-24T09:30:00+06:00") == say(Say.SLOT, "2026-11-24T09:30:00+08:00")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(list(Say)), st.text(max_size=20))
def test_any_text_is_either_said_or_refused(kind: Say, value: str) -> None:
    with suppress(SpokenError):
        assert say(kind, value)


def test_the_documented_examples_are_what_is_said() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `([^`]*)` \| (\S+) \|$", DOCS.read_text(encoding="utf-8"), re.M)
    assert {kind for kind, _, _ in rows} == set(Say)
    for kind, value, words in rows:
        assert say(kind, value) == words
