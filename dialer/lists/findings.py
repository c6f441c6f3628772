"""What the import has to say about a row: why it is refused, or what to watch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: line of the file, header of the column as in the file, reason in Chinese, code."""

    row: int
    field: str
    reason: str
    code: str


class Unfit(ValueError):
    """A cell that cannot be used; `code` is stable, `reason` says in Chinese what to do."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code, self.reason = code, reason


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
}
"""What to do about an empty cell, by the code that the kind of list gives it."""
