"""Cells as core systems write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from dialer.calendar import LOCAL
from dialer.lists.amounts import parse_days, parse_fee, parse_money, parse_years
from dialer.lists.certificates import birth_date, customer_key, parse_certificate, sex_of
from dialer.lists.dates import parse_date, parse_moment
from dialer.lists.findings import Unfit
from dialer.lists.names import parse_name, parse_sex, surname, title
from dialer.lists.phones import Phone, parse_phones
from dialer.lists.words import clean

DAYS = st.dates(date(1950, 1, 1), date(2110, 1, 1))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-08",
        "2026-11-8",
        "2026/11/8",
        "2026.11.08",
        "2026年11月8日",
        "2026年11月08日",
        "20261108",
        "46334",
        "46334.5",
        "2026-11-08 00:00:00",
        "2026-11-08 23:59:59.999",
        "2026/11/8 9:05",
        "2026-11-08T09:05:00",
        "２０２６－１１－０８",
        "20261108093000",
        "2026年11月8日9时5分",
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert parse_date(text) == date(2026, 11, 8)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "20261345",
        "待定",
        "0000-00-00",
        "11/08/2026",
        "2026-11",
        "1899-01-01",
        "123456",
        "2026-11-08 25:00",
    ],
)
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Unfit) as caught:
        parse_date(text)
    assert caught.value.code == "date_invalid"


@given(DAYS)
@settings(max_examples=60)
def test_every_day_survives_every_way_of_writing(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    for text in (
        f"{day}",
        f"{day:%Y/%m/%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{serial}",
    ):
        assert parse_date(text) == day


def test_a_moment_is_local_time_and_needs_its_hour() -> None:
    assert parse_moment("2026-11-23 08:54:00") == datetime(2026, 11, 23, 0, 54, tzinfo=UTC)
    assert parse_moment("46349.5").astimezone(LOCAL).hour == 12
    with pytest.raises(Unfit):
        parse_moment("2026-11-23")


@pytest.mark.parametrize(
    "text",
    [
        "1297.00",
        "1,297.00",
        "¥1,297.00",
        "￥1297",
        "1297元",
        "1297.0",
        "人民币1297元整",
        "１２９７．００",
        "0.1297万元",
        "1297 ",
    ],
)
def test_an_amount_is_read_however_it_is_written(text: str) -> None:
    assert parse_money(text) == Decimal("1297.00")


@pytest.mark.parametrize(
    "text", ["12,97", "-5", "1297.005", "一千", "1e5", "1.2.3", "¥", "9" * 13, "1297美元"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Unfit) as caught:
        parse_money(text)
    assert caught.value.code == "money_invalid"


@given(st.integers(0, 10**13))
@settings(max_examples=60)
def test_every_amount_survives_every_way_of_writing(cents: int) -> None:
    amount = Decimal(cents) / 100
    for text in (f"{amount:.2f}", f"{amount:,.2f}", f"¥{amount:,.2f}", f"{amount:.2f}元"):
        assert parse_money(text) == amount


def test_fees_years_and_days() -> None:
    assert parse_fee("8元/月") == "每月8元"
    assert parse_fee("每年12.50元") == "每年12.50元"
    assert parse_fee("8") == "8元"
    assert [parse_years(text) for text in ("10年", "10", "10年交", "10.0")] == [10] * 4
    assert [parse_days(text) for text in ("15", "15天", "15日")] == [15] * 3


@pytest.mark.parametrize("text", ["至60岁", "0年", "终身"])
def test_years_that_cannot_be_counted_are_refused(text: str) -> None:
    with pytest.raises(Unfit):
        parse_years(text)


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        " 13812345678 ",
        "138 1234 5678",
        "138-1234-5678",
        "+8613812345678",
        "86-13812345678",
        "008613812345678",
        "013812345678",
        "１３８１２３４５６７８",
        "138.1234.5678",
        "手机13812345678",
        "13812345678(妻)",
    ],
)
def test_a_mobile_number_is_read_however_it_is_written(text: str) -> None:
    assert parse_phones(text) == (Phone(8613812345678),)


@pytest.mark.parametrize(
    "text", ["02488143214", "(024)88143214", "（024）88143214", "024-88143214", "+86-24-88143214"]
)
def test_a_fixed_number_is_read_with_its_area(text: str) -> None:
    assert parse_phones(text) == (Phone(862488143214),)


@pytest.mark.parametrize("sign", ["转", "-", "*", "#", " 分机", " ext "])
def test_an_extension_is_kept_apart(sign: str) -> None:
    assert parse_phones(f"02488143214{sign}605") == (Phone(862488143214, "605"),)


def test_a_cell_may_hold_several_numbers() -> None:
    assert parse_phones("13812345678/02488143214") == (Phone(8613812345678), Phone(862488143214))
    assert parse_phones("无、13812345678") == (Phone(8613812345678),)


@pytest.mark.parametrize(
    "text",
    [
        "无",
        "见备用",
        "00000000000",
        "12345678901234",
        "1381234",
        "88143214",
        "95511",
        "4008123456",
        "138123456789",
    ],
)
def test_what_is_no_number_of_a_person_is_refused(text: str) -> None:
    with pytest.raises(Unfit) as caught:
        parse_phones(text)
    assert caught.value.code == "phone_invalid"


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
@settings(max_examples=60)
def test_every_mobile_number_gets_the_country_code_once(number: str) -> None:
    for text in (number, f"+86{number}", f"86-{number}", f"{number[:3]} {number[3:7]} {number[7:]}"):
        assert parse_phones(text) == (Phone(int(f"86{number}")),)


PARSERS = (
    parse_date,
    parse_moment,
    parse_money,
    parse_fee,
    parse_years,
    parse_days,
    parse_phones,
    parse_name,
)


@given(text=st.text(max_size=30))
@settings(max_examples=100)
def test_no_text_breaks_a_parser(text: str) -> None:
    for parse in PARSERS:
        with suppress(Unfit):
            parse(text)


@pytest.mark.parametrize("name", ["䶮思远", "陈𬱖", "欧阳㛃", "阿依古丽·买买提", "Jean O'Neill"])
def test_rare_names_are_kept(name: str) -> None:
    assert parse_name(name) == name


def test_names_are_tidied() -> None:
    assert parse_name("张 三") == "张三"
    assert parse_name("阿依古丽•买买提") == "阿依古丽·买买提"
    assert parse_name("无") == ""


@pytest.mark.parametrize("name", ["张3", "张?", "张\ufffd", "…"])
def test_a_name_that_nobody_has_is_refused(name: str) -> None:
    with pytest.raises(Unfit) as caught:
        parse_name(name)
    assert caught.value.code == "name_invalid"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("张三", "张"),
        ("欧阳娜娜", "欧阳"),
        ("司马光", "司马"),
        ("欧阳", "欧"),
        ("阿依古丽·买买提", "阿依古丽"),
        ("𬱖明", "𬱖"),
    ],
)
def test_a_surname_has_one_or_two_signs(name: str, expected: str) -> None:
    assert surname(name) == expected


def test_the_title_follows_the_sex() -> None:
    assert [title(parse_sex(text)) for text in ("男", "女", "M", "female", "女性")] == [
        "先生",
        "女士",
        "先生",
        "女士",
        "女士",
    ]
    with pytest.raises(Unfit):
        parse_sex("其他")


CARD = "11010519491231002X"


def test_an_identity_card_gives_birth_date_and_sex() -> None:
    number = parse_certificate(" 11010519491231002x ", "居民身份证")
    assert number == CARD
    assert birth_date(number) == date(1949, 12, 31)
    assert sex_of(number) == "女"


@pytest.mark.parametrize(
    "number", ["110105194912310021", "11010519491331002X", "1101051949123100", "AB0105194912310021"]
)
def test_a_wrong_identity_card_is_refused(number: str) -> None:
    with pytest.raises(Unfit) as caught:
        parse_certificate(number, "身份证")
    assert caught.value.code == "id_checksum"


def test_a_birth_date_that_does_not_exist_is_refused_in_spite_of_its_check_digit() -> None:
    body = "11010519490231002"
    with pytest.raises(Unfit, match="id_checksum"):
        parse_certificate(body + ric.calc_check_digit(body + "0"), "")


def test_a_region_that_did_not_exist_at_birth_is_no_fault() -> None:
    assert not ric.is_valid("420106196208097534")
    assert parse_certificate("420106196208097534", "居民身份证") == "420106196208097534"


def test_other_certificates_are_not_checked() -> None:
    assert parse_certificate("E 1234-5678", "护照") == "E12345678"


def test_the_key_of_a_customer_is_the_same_however_the_number_is_written() -> None:
    key = customer_key(b"secret", "居民身份证", CARD, "张三", "8613812345678")
    assert key == customer_key(b"secret", "身份证", "110105 19491231 002x", "李四", "")
    assert len(key) == 32
    assert key != customer_key(b"another", "居民身份证", CARD, "张三", "8613812345678")
    assert key != customer_key(b"secret", "护照", CARD, "张三", "8613812345678")


def test_without_a_certificate_name_and_phone_make_the_key() -> None:
    key = customer_key(b"secret", "", "", "张三", "8613812345678")
    assert key == customer_key(b"secret", "居民身份证", " ", "张三", "8613812345678")
    assert key != customer_key(b"secret", "", "", "张三", "8613812345679")


@pytest.mark.parametrize("cell", ["", "  ", "\u3000", "NULL", "null", "None", "\\N", "#N/A", "--", "\ufeff"])
def test_the_words_for_nothing_are_empty(cell: str) -> None:
    assert clean(cell) == ""


def test_a_serial_number_carries_its_time() -> None:
    assert parse_moment("46349.3708333333") == parse_moment("2026-11-23 08:54:00") + timedelta()
