"""Invent lists in the shape and messiness of a core system's export; nobody in them exists.

python -m dialer.lists.invent new_policy 330 --seed 7 > new_policy.csv
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import cycle

from stdnum.cn import ric

from dialer.lists.kinds import COMMON, Column, Kind, kinds, load_kind

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余"
GIVEN = "伟芳娜敏静丽强磊洋艳勇杰娟涛超霞平刚桂英华玉萍红梅鑫波辉宁宇晨晓思雨志远嘉怡梓涵"
RARE = ("欧阳㛃", "司马晨曦", "䶮思远", "陈𬱖", "阿依古丽·买买提", "迪丽拜尔·艾山")
PLACES = (
    ("北京市", "朝阳区", "110105", "010", 8), ("上海市", "浦东新区", "310115", "021", 8),
    ("深圳市", "南山区", "440305", "0755", 8), ("杭州市", "西湖区", "330106", "0571", 8),
    ("成都市", "锦江区", "510104", "028", 8), ("武汉市", "武昌区", "420106", "027", 8),
    ("沈阳市", "和平区", "210102", "024", 8), ("济南市", "历下区", "370102", "0531", 8),
)  # fmt: skip
STREETS = ("人民路", "解放路", "中山北路", "建设大道", "和平街", "科技二路", "长江西路")
PREFIXES = ("135", "136", "138", "139", "150", "151", "158", "159", "177", "180", "186", "187", "189", "199")
PRODUCTS = (
    ("金满堂终身寿险（分红型）", "分红型"), ("安心定期寿险", "普通型"), ("康健一生重大疾病保险", "普通型"),
    ("医享无忧医疗保险（费率可调）", "普通型"), ("福满人生两全保险（万能型）", "万能型"),
    ("稳盈年金保险（投资连结型）", "投连型"),
)  # fmt: skip
CHANNELS = ("个人代理", "个人代理", "个人代理", "银行代理", "银行代理", "电话销售", "互联网", "团体")
PREMIUMS = (1200, 3000, 5000, 6800, 10000, 20000, 50000)
FIRST_RECEIPT, LAST_RECEIPT = date(2026, 11, 10), date(2026, 11, 22)

PERSON = ("投保人", "性别", "证件类型", "证件号码", "联系电话", "备用电话", "通讯地址", "机构")
NEW_POLICY = (
    "保单号", *PERSON, "险种名称", "产品类型", "销售渠道", "被保险人", "交费方式", "交费期间", "期交保费",
    "保额", "初始费用", "保单管理费", "业务员", "业务员工号", "业务员在职", "投保日期", "承保日期",
    "保单签收日期", "犹豫期天数",
)  # fmt: skip
CLAIMS_SURVEY = ("报案号", *PERSON, "报案时间", "出险地", "区域类型", "查勘员", "双代案件")

Cells = dict[str, str]


class Inventor:
    """Invents cells, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pick(self, choices: Sequence[str]) -> str:
        return self.random.choice(choices)

    def digits(self, count: int) -> str:
        return "".join(self.pick("0123456789") for _ in range(count))

    def name(self) -> str:
        if self.random.random() < 0.02:
            return self.pick(RARE)
        return self.pick(SURNAMES) + "".join(self.random.sample(GIVEN, self.random.choice((1, 2, 2, 2))))

    def date(self, day: date) -> str:
        serial = (day - date(1899, 12, 30)).days
        forms = (f"{day}", f"{day:%Y/%m/%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}")
        return self.pick((f"{day}", f"{day}", *forms, f"{serial}", f"{day} 00:00:00"))

    def money(self, cents: int) -> str:
        plain = f"{cents // 100}.{cents % 100:02}"
        whole = f"{cents / 100:,.2f}"
        return self.pick((plain, plain, whole, f"¥{whole}", f"{plain}元"))

    def mobile(self) -> str:
        number = self.pick(PREFIXES) + self.digits(8)
        parted = (number[:3], number[3:7], number[7:])
        wide = number.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
        return self.pick(
            (
                *(number,) * 6,
                f"+86{number}",
                f"86-{number}",
                " ".join(parted),
                "-".join(parted),
                f" {number} ",
                wide,
            )
        )

    def fixed(self, area: str, length: int) -> str:
        number = self.pick("2345678") + self.digits(length - 1)
        return self.pick(
            (
                area + number,
                f"({area}){number}",
                f"{area}-{number}",
                f"{area}{number}-605",
                f"{area}{number}转8012",
            )
        )

    def certificate(self, region: str, *, male: bool) -> str:
        born = date(1952, 1, 1) + timedelta(days=self.random.randrange(20_000))
        order = 2 * self.random.randrange(500) + male
        body = f"{region}{born:%Y%m%d}{order:03}"
        return body + ric.calc_check_digit(body + "0")

    def person(self) -> Cells:
        city, district, region, area, length = self.random.choice(PLACES)
        male = self.random.random() < 0.5
        phone = self.fixed(area, length) if self.random.random() < 0.04 else self.mobile()
        values = (
            self.name(),
            "男" if male else "女",
            "居民身份证",
            self.certificate(region, male=male),
            phone,
            self.mobile() if self.random.random() < 0.3 else "",
            f"{city}{district}{self.pick(STREETS)}{self.random.randrange(1, 400)}号{self.digits(4)}",
            f"{city}分公司",
        )
        return dict(zip(PERSON, values, strict=True))

    def new_policy(self, place: int) -> Cells:
        holder = self.person()
        product, kind = self.random.choice(PRODUCTS)
        receipt = FIRST_RECEIPT + timedelta(
            days=self.random.randrange((LAST_RECEIPT - FIRST_RECEIPT).days + 1)
        )
        sold = receipt - timedelta(days=self.random.randrange(4))
        premium = self.random.choice(PREMIUMS) * 100 + self.random.randrange(10_000)
        account = kind in ("万能型", "投连型")
        single = self.random.random() < 0.15
        return holder | {
            "保单号": f"P2026{place:011}",
            "险种名称": product,
            "产品类型": kind,
            "销售渠道": self.pick(CHANNELS),
            "被保险人": holder["投保人"] if self.random.random() < 0.6 else self.name(),
            "交费方式": "趸交" if single else "期交",
            "交费期间": "" if single else f"{self.pick(('3', '5', '10', '15', '20'))}年",
            "期交保费": self.money(premium),
            "保额": self.money(premium * self.random.randrange(5, 30)),
            "初始费用": self.money(premium // 20) if account else "",
            "保单管理费": "8元/月" if account else "",
            "业务员": self.name(),
            "业务员工号": self.digits(8),
            "业务员在职": "是" if self.random.random() < 0.95 else "否",
            "投保日期": self.date(sold),
            "承保日期": self.date(sold),
            "保单签收日期": self.date(receipt),
            "犹豫期天数": "20" if self.random.random() < 0.1 else "15",
        }

    def claims_survey(self, place: int) -> Cells:
        reported = datetime(2026, 11, 23, 8, 50) + timedelta(minutes=self.random.randrange(480))  # noqa: DTZ001
        city, district, *_ = self.random.choice(PLACES)
        return self.person() | {
            "报案号": f"C2026{place:011}",
            "报案时间": f"{reported}",
            "出险地": f"{city}{district}{self.pick(STREETS)}",
            "区域类型": self.pick(("市区", "县区")),
            "查勘员": self.name(),
            "双代案件": "是" if self.random.random() < 0.07 else "否",
        }

    def example(self, kind: Kind, place: int) -> Cells:
        """The examples of the kind's columns, of somebody else and some days earlier."""
        person = dict(zip(PERSON_COLUMNS, self.person().values(), strict=True))
        earlier = timedelta(days=self.random.randrange(10))
        columns = own_columns(kind)
        cells = {column.name: column.example for column in columns}
        for column in columns:
            if column.parser == "date" and column.example:
                cells[column.name] = self.date(date.fromisoformat(column.example) - earlier)
        cells |= {name: cell for name, cell in person.items() if name in cells}
        cells |= {key_of(kind).name: f"A2026{place:011}"} | (
            {"product_type": ""} if "product_type" in cells else {}
        )
        return {column.headers[0]: cells[column.name] for column in columns}


HEADERS = {"new_policy": NEW_POLICY, "claims_survey": CLAIMS_SURVEY}
"""The columns of the kinds that are invented cell by cell; of the others the examples of all columns vary."""
PERSON_COLUMNS = (
    *("holder", "sex", "certificate_type", "certificate_number", "phone", "spare_phone"),
    *("address", "branch"),
)


def own_columns(kind: Kind) -> tuple[Column, ...]:
    """The columns without those that a list of any kind may have."""
    return tuple(column for column in kind.columns if column.name not in COMMON)


def key_of(kind: Kind) -> Column:
    """The column that identifies a row."""
    return next(column for column in kind.columns if column.fact == kind.key)


PLANTS = (
    "phone_invalid",
    "duplicate",
    "date_invalid",
    "shared_contact",
    "policy_no_missing",
    "id_checksum",
    "holder_missing",
    "phone_missing",
)
"""The codes of what is planted, in turns, about one row in eleven."""


def invent(rows: int, seed: int, kind: str = "new_policy") -> bytes:
    """A list in GB18030 with CRLF: `rows` lines under the header, a few of them bad or to be flagged."""
    text = io.StringIO(newline="")
    shape = HEADERS.get(kind) or tuple(column.headers[0] for column in own_columns(load_kind(kind)))
    writer = csv.DictWriter(text, shape, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(cells for cells, _ in _listed(rows, seed, kind))
    return text.getvalue().encode("gb18030")


def planted(rows: int, seed: int, kind: str = "new_policy") -> Counter[str]:
    """What `invent` plants into the same list, by code."""
    return Counter(code for _, code in _listed(rows, seed, kind) if code)


def _listed(rows: int, seed: int, kind: str) -> Iterator[tuple[Cells, str]]:
    inventor, clean = Inventor(seed), list[Cells]()
    make = _maker(inventor, kind)
    dated = any(_is_dated(column) for column in load_kind(kind).columns)
    plants = cycle(code for code in PLANTS if dated or code != "date_invalid")
    for place in range(rows):
        cells = make(place)
        if clean and inventor.random.random() < 0.09:
            code = next(plants)
            yield _spoilt(inventor, kind, cells, inventor.random.choice(clean))[code], code
        else:
            clean.append(cells)
            yield cells, ""


def _maker(inventor: Inventor, kind: str) -> Callable[[int], Cells]:
    if kind in HEADERS:
        make: Callable[[int], Cells] = getattr(inventor, kind)
        return make
    return partial(inventor.example, load_kind(kind))


def _is_dated(column: Column) -> bool:
    return column.required and column.parser in ("date", "moment")


def _spoilt(inventor: Inventor, kind: str, cells: Cells, earlier: Cells) -> dict[str, Cells]:
    columns = load_kind(kind).columns
    header = {column.name: column.headers[0] for column in columns}
    number, phones = cells[header["certificate_number"]], (header["phone"], header["spare_phone"])
    dated = next((column.headers[0] for column in columns if _is_dated(column)), "")
    return {
        "duplicate": earlier,
        "shared_contact": cells | {key: earlier[key] for key in (*phones, header["address"])},
        "policy_no_missing": cells | {key_of(load_kind(kind)).headers[0]: ""},
        "holder_missing": cells | {header["holder"]: inventor.pick(("", "NULL", "\u3000"))},
        "id_checksum": cells
        | {header["certificate_number"]: number[:-1] + ("0" if number[-1] != "0" else "1")},
        "phone_missing": cells | dict.fromkeys(phones, ""),
        "phone_invalid": cells | {phones[0]: inventor.pick(("无", "见备用", "1381234")), phones[1]: ""},
        "date_invalid": cells | {dated: inventor.pick(("2026-02-30", "20261345", "待定"))},
    }


def main() -> None:
    """Write a list to the standard output."""
    parser = argparse.ArgumentParser(description="Invent a customer list.")
    parser.add_argument("kind", choices=kinds())
    parser.add_argument("rows", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.stdout.buffer.write(invent(given.rows, given.seed, given.kind))


if __name__ == "__main__":
    main()
