"""Facts for walking scripts: one policy of each product type, and one accident."""

from scripts import sample
from scripts.model import Script
from scripts.values import Facts

CALL: Facts = {
    "company": "安和人寿",
    "direction": "outbound",
    "hotline": "95500",
    "staff_name": "小安",
    "staff_no": "1007",
    "caller_number": "02195500",
    "slot_one": "2026-11-24T09:30:00+08:00",
    "slot_two": "2026-11-24T15:00:00+08:00",
    "callback_by": "2026-11-23T17:00:00+08:00",
}
PLAIN: Facts = {
    **CALL,
    "surname": "王",
    "title": "女士",
    "policy_no": "P2026110110000002",
    "holder": "王小明",
    "id_tail": "123X",
    "birthday": "0506",
    "age": 45,
    "product": "安心定期寿险",
    "product_type": "普通型",
    "channel": "个人代理",
    "insured": "王小明",
    "insured_is_holder": True,
    "insured_minor": False,
    "payment": "期交",
    "pay_years": 10,
    "premium": "12000.00",
    "first_premium": "12000.00",
    "total_premium": "120000.00",
    "sold_on": "2026-11-08",
    "effective_on": "2026-11-09",
    "cooling_days": 15,
    "cooling_end": "2026-11-27",
    "cooling_over": False,
    "expires_on": "2046-11-08",
    "term_text": "20年",
    "term_over_year": True,
    "phone_tail": "0907",
    "district": "武昌区",
    "product_summary": "身故或者全残，公司按保额赔付",
    "main_exclusions": "故意伤害，酒后驾驶，两年之内自杀",
    "refund_text": "公司退还您交的全部保费，最多扣十元工本费",
    "materials": "保险合同、身份证和银行卡",
    "electronic": False,
    "death_benefit": True,
    "health_questions": True,
    "special_statement": False,
}
DIVIDEND: Facts = {**PLAIN, "product": "金满堂终身寿险", "product_type": "分红型", "term_text": "终身"}
UNIVERSAL: Facts = {
    **PLAIN,
    "product": "福满人生两全保险",
    "product_type": "万能型",
    "channel": "电话销售",
    "electronic": True,
    "initial_fee": "343.55",
    "initial_fee_rate": "5%",
    "credited": "11656.45",
    "management_fee": "每月八元",
    "guaranteed_rate": "1.75%",
    "surrender_fee_years": 5,
}
UNIT_LINKED: Facts = {
    **UNIVERSAL,
    "product": "稳盈年金保险",
    "product_type": "投连型",
    "payment": "趸交",
    "insured": "王小宝",
    "insured_is_holder": False,
    "insured_minor": True,
    "special_statement": True,
    "special_reason": "交费会到七十五岁以后",
}
BANK: Facts = {
    **PLAIN,
    "channel": "银行代理",
    "bank": "江城银行",
    "insured": "王建国",
    "insured_is_holder": False,
}
ACCIDENT: Facts = {**CALL, "place": "深圳市南山区长江西路", "dual_agency": False}

HOTLINE: Facts = {
    **CALL,
    "direction": "inbound",
    "known": True,
    "elder": False,
    "callback_open": True,
    "open_matter": "none",
    "policy_known": False,
    "open_now": True,
    "number_shown": True,
    "case_no": "11230017",
    "our_numbers": "95500 862195500 02195500",
    "id_tail": "123X",
    "birthday": "0506",
}

POLICIES = {
    "plain": PLAIN,
    "dividend": DIVIDEND,
    "universal": UNIVERSAL,
    "unit-linked": UNIT_LINKED,
    "bank": BANK,
}
FACTS = {**POLICIES, "accident": ACCIDENT, "hotline": HOTLINE}


def of_case(script: Script, name: str, chosen: Facts) -> Facts:
    """The facts of a golden case: a named set, or the script's own sample, with what the case chose."""
    return {**FACTS[name], **chosen} if name in FACTS else sample.facts(script, chosen)
