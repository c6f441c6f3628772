"""Facts that follow from the cells of a row and the product catalogue; the names are those of the scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from dialer.calendar import LOCAL
from dialer.lists.certificates import birth_date, is_card, sex_of
from dialer.lists.kinds import Kind
from dialer.lists.known import Fact, Facts, Known
from dialer.lists.names import surname, title
from dialer.lists.products import WHOLE_LIFE
from dialer.lists.rows import Row

_DISTRICT = re.compile(r"(?:市|州|盟|地区)([^市区县州省]{1,7}(?:新区|自治县|区|县|旗|市))")
_OLD_AGE = 75
_ADULT = 18
_ORGANISATION = ("营业执照", "社会信用代码", "组织机构代码", "税务登记")
_SELF = ("本人", "投保人本人", "同投保人")
_ANY_BANK = "银行"
_UNCERTAIN = ("分红型", "万能型", "投连型")


def direct(kind: Kind) -> dict[str, str]:
    """The columns of the kind that give a fact as they are, and the fact's name."""
    return {column.name: column.fact for column in kind.columns if column.fact}


def facts_of(known: Known, names: Mapping[str, str], derive: Sequence[Derivation]) -> Facts:
    """The facts of a row: the direct ones, `names` by column, then the derived ones."""
    values = known.row.values
    facts = dict(known.constants)
    for column, fact in names.items():
        if (value := values.get(column)) is not None:
            facts[fact] = value if type(value) is str else _plain(value)
    for derivation in derive:
        for name, derived in derivation(known).items():
            if derived is not None:
                facts[name] = derived
    return facts


def person(known: Known) -> Mapping[str, Fact | None]:
    """Surname, title, and what the certificate tells: its last four signs, birthday and age, or no person."""
    row = known.row
    certificate = row.text("certificate_type")
    number, born = row.text("certificate_number"), _born(row)
    sex = row.text("sex") or (sex_of(number) if born else "")
    return {
        "surname": surname(row.text("holder")),
        "title": title(sex) if sex else None,
        "id_tail": number[-4:] if len(number) >= 4 else None,
        "birthday": number[10:14] if born else None,
        "age": _age(born, known.today),
        "individual": False if _is_organisation(certificate) else None,
    }


@lru_cache(maxsize=256)
def _is_organisation(certificate: str) -> bool:
    return any(word in certificate for word in _ORGANISATION)


def contact(known: Known) -> Mapping[str, Fact | None]:
    """The tail of the number that is called first, and the district of the address."""
    found = _DISTRICT.search(known.row.text("address"))
    phones = known.row.phones
    return {"phone_tail": str(phones[0].number)[-4:] if phones else None, "district": found and found[1]}


def insured(known: Known) -> Mapping[str, Fact | None]:
    """Whether the insured is the policyholder, or a child."""
    holder, age = known.row.text("holder"), _age(known.row.day("insured_born_on"), known.today)
    name = known.row.text("insured")
    name = holder if name in _SELF else name
    return {
        "insured": name,
        "insured_surname": surname(name),
        "insured_is_holder": name == holder,
        "insured_minor": age is not None and age < _ADULT,
    }


def premiums(known: Known) -> Mapping[str, Fact | None]:
    """The first payment, the years and the total; a single premium is paid once."""
    row = known.row
    premium, years = row.money("premium"), row.number("pay_years")
    single = row.text("payment") == "趸交"
    times = 1 if single else years
    first = row.money("first_premium") or premium
    return {
        "first_premium": _money(first),
        "pay_years": None if single else years,
        "total_premium": _money(premium * times) if premium is not None and times else None,
    }


def account(known: Known) -> Mapping[str, Fact | None]:
    """What of the first payment is taken as initial fee, and what reaches the account."""
    first = known.row.money("first_premium") or known.row.money("premium")
    fee = known.row.money("initial_fee")
    if fee is None or not first or fee > first:
        return {}
    return {"initial_fee_rate": _percent(fee / first), "credited": _money(first - fee)}


def seller(known: Known) -> Mapping[str, Fact | None]:
    """The seller's surname, and through which bank a bank policy was sold."""
    name, bank = known.row.text("seller"), known.row.text("bank")
    through_bank = known.row.text("channel") == "银行代理"
    return {
        "seller_surname": surname(name) if name else None,
        "bank": (bank or _ANY_BANK) if through_bank else None,
    }


def cooling(known: Known) -> Mapping[str, Fact | None]:
    """Length and last day of the cooling-off: it starts the day after the receipt was signed (B24)."""
    days = known.row.number("cooling_days") or (known.product.cooling_days if known.product else None)
    receipt = known.row.day("receipt_on")
    return {
        "cooling_days": days,
        "cooling_end": (receipt + timedelta(days=days)).isoformat() if receipt and days else None,
    }


def product(known: Known) -> Mapping[str, Fact | None]:
    """What the catalogue says about the product."""
    if (found := known.product) is None:
        return {}
    effective = known.row.day("effective_on")
    return {
        "product_type": known.row.text("product_type") or found.type,
        "term_text": f"{found.years}年" if found.years else WHOLE_LIFE,
        "term_over_year": found.years is None or found.years > 1,
        "expires_on": expiry(effective, found.years) if effective and found.years else None,
        "electronic": known.row.text("channel") in found.electronic,
        "product_summary": found.product_summary,
        "main_exclusions": found.main_exclusions,
        "refund_text": found.refund_text,
        "materials": found.materials,
        "death_benefit": found.death_benefit,
        "health_questions": found.health_questions,
        "guaranteed_rate": found.guaranteed_rate,
        "surrender_fee_years": found.surrender_fee_years,
    }


def suitability(known: Known) -> Mapping[str, Fact | None]:
    """Whether a special statement was due: uncertain benefits and instalments beyond the age of 75 (B14)."""
    kind = known.row.text("product_type") or (known.product.type if known.product else "")
    age, years = _age(_born(known.row), known.today), known.row.number("pay_years")
    late = age is not None and years is not None and age + years > _OLD_AGE and kind in _UNCERTAIN
    return {
        "special_statement": late,
        "special_reason": f"交费会到{_OLD_AGE}岁以后" if late else None,
    }


Derivation = Callable[[Known], Mapping[str, Fact | None]]


def _plain(value: object) -> Fact:
    if isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(LOCAL).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}"


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _percent(ratio: Decimal) -> str:
    rate = f"{ratio * 100:.2f}".rstrip("0").rstrip(".")
    return f"{rate}%"


def _born(row: Row) -> date | None:
    number = row.text("certificate_number")
    return birth_date(number) if number and is_card(row.text("certificate_type")) else None


def _age(born: date | None, today: date) -> int | None:
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def expiry(effective: date, years: int) -> str:
    """The last day of the cover: the day before the anniversary."""
    try:
        anniversary = effective.replace(year=effective.year + years)
    except ValueError:
        anniversary = date(effective.year + years, 3, 1)
    return (anniversary - timedelta(days=1)).isoformat()
