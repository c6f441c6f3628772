"""What an identity card number says of its holder, against what the other columns say."""

from __future__ import annotations

from dialer.lists.certificates import birth_date, is_card, region_known, sex_of
from dialer.lists.findings import Finding, english
from dialer.lists.layout import Layout
from dialer.lists.rows import Row

BORN = "born_on"
"""The column with the holder's birth date."""


def cross_check(row: Row, place: Layout) -> Finding | tuple[Finding, ...]:
    """Another birth date refuses the row, as the identity questions ask for it; another sex is a remark.

    The region is remarked when no register has ever had it.
    """
    number = row.text("certificate_number")
    if not number or not is_card(row.text("certificate_type")):
        return ()
    born = row.day(BORN)
    if born is not None and born != birth_date(number):
        return _finding(
            row, place, BORN, "birth_date_differs", "出生日期与身份证号码不一致，请核对后修改其中一项"
        )
    remarks = []
    if row.text("sex") not in ("", sex_of(number)):
        column = "sex" if "sex" in place.positions else "holder"
        reason = "性别或称谓与身份证号码不一致，请核对；通话中按名单里的性别称呼"
        remarks.append(_finding(row, place, column, "sex_differs", reason))
    if not region_known(number):
        reason = "身份证号码的前六位不是已知的地区，请核对"
        remarks.append(_finding(row, place, "certificate_number", "region_unknown", reason))
    return tuple(remarks)


def _finding(row: Row, place: Layout, column: str, code: str, reason: str) -> Finding:
    return Finding(row.line, place.field(column), reason, code, english(code))
