"""What the import has to say about a row: why it is refused, or what to watch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: line of the file, header of the column as in the file, reason in Chinese, code.

    `sheet` names the sheet of a workbook; the line is the one that a person sees in it.
    """

    row: int
    field: str
    reason: str
    code: str
    reason_en: str = ""
    sheet: str = ""


class Unfit(ValueError):
    """A cell that cannot be used; `code` is stable, `reason` and `reason_en` say what to do."""

    def __init__(self, code: str, reason: str, reason_en: str = "") -> None:
        super().__init__(code)
        self.code, self.reason, self.reason_en = code, reason, reason_en or english(code)


EMPTY = {
    "policy_no_missing": "号码为空，请补上保单号或报案号后重新导入",
    "holder_missing": "姓名为空，请补上客户姓名后重新导入",
    "phone_missing": "没有任何电话号码，请补上手机号，或区号加座机号",
    "insured_missing": "被保险人为空，请补上姓名后重新导入",
    "product_missing": "险种名称为空，请补上后重新导入",
    "channel_missing": "销售渠道为空，请补上后重新导入",
    "payment_missing": "交费方式为空，请填期交或趸交",
    "area_missing": "区域类型为空，请填市区或县区",
    "class_missing": "险类为空，请填车险、财产险、货运险、责任险或意外险",
    "adjuster_missing": "定损员为空，请补上姓名或工号后重新导入",
    "place_missing": "出险地或承保地为空，请补上城市名后重新导入",
    "date_missing": "时间为空，请补上日期和时分",
    "value_missing": "内容为空，没有它就没法说清楚，请补上后重新导入",
}
"""What to do about an empty cell, by the code that the kind of list gives it."""

ENGLISH = {
    "policy_no_missing": "the number is empty; fill in the policy or claim number and import again",
    "holder_missing": "the name is empty; fill in the customer's name and import again",
    "phone_missing": "there is no number at all; fill in a mobile number, or a fixed one with its area code",
    "insured_missing": "the insured is empty; fill in the name and import again",
    "product_missing": "the product is empty; fill it in and import again",
    "channel_missing": "the sales channel is empty; fill it in and import again",
    "payment_missing": "the way of payment is empty; write 期交 or 趸交",
    "area_missing": "the area is empty; write 市区 or 县区",
    "date_missing": "the time is empty; fill in day, hour and minute",
    "columns_shifted": "more cells than the header has columns; put cells with commas in quotation marks",
    "text_garbled": "the cell has bytes that are no text; export it again, or correct the cell",
    "policy_no_invalid": "a spreadsheet has spoilt the number; format the column as text and export it again",
    "name_invalid": "the name has signs that no name has; write it as on the certificate",
    "sex_invalid": "the sex cannot be read; write 男 or 女",
    "id_checksum": "the identity card number is wrong; check its 18 signs, the last one and the birth date",
    "id_region": "the identity card number begins with no region of the country; check its first six digits",
    "birth_date_differs": "the birth date is not the one in the identity card number; correct either",
    "phone_invalid": "the number cannot be dialed; write a mobile number, or a fixed one with its area code",
    "date_invalid": "the day does not exist or cannot be read; write it like 2026-11-08",
    "money_invalid": "the amount cannot be read; write it like 1297.00",
    "number_invalid": "the number cannot be read; write whole years or days, like 10 or 15",
    "choice_invalid": "the content is none of those allowed",
    "product_type_mismatch": "the catalogue says another type of product; check the type of this row",
    "class_missing": "the class of insurance is empty; write 车险, 财产险, 货运险, 责任险 or 意外险",
    "adjuster_missing": "the loss adjuster is empty; fill in the name or number and import again",
    "place_missing": "the accident's or the policy's place is empty; fill in the city and import again",
    "value_missing": "the cell is empty and must be said; fill it in and import again",
    "holidays_unknown": "rows are due in a year without holidays, not called then; add it to holidays.csv",
    "calendar_missing": "the deadline falls into a year without holidays; add that year to holidays.csv",
    "phone_unused": "this number cannot be dialed and was left out; the other ones will be, please check",
    "sex_differs": "sex, title and identity card number do not agree; ask the customer's form of address",
    "region_unknown": "no register knows the region of this identity card number; check its first six digits",
    "seller_phone": "the number is a seller's, too; check that it is the customer's own",
    "phone_changed": "an earlier list had other numbers of this customer; check who changed them",
}
"""The same in English, by code; a finding that names other rows brings its own words."""


def english(code: str) -> str:
    """What to do about a finding, in English."""
    return ENGLISH.get(code) or code.replace("_", " ")
