"""Facts that follow from the rows of policies and cases in service: grace, lapse, surrender and the like."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from dialer import concession
from dialer.lists.clock import in_months, period_end
from dialer.lists.facts import expiry
from dialer.lists.known import Fact, Known
from dialer.lists.rows import Row

GRACE = timedelta(days=60)
"""The days after a premium fell due in which the cover goes on (Insurance Law, Art 36)."""
MILESTONES = (3, 6, 12)
"""Months after a health policy began at which its holder is called (S002-106)."""

PREMIUM, RENEWAL = "续期缴费", "到期续保"
_PAID_OUT = ("领取", "给付", "借款", "贷款", "退", "红利", "提取")
_NUMBER = ("手机", "电话", "号码", "联系方式")
_TEXTS = ("payment_options", "alternatives", "reinstate_materials", "surrender_materials", "deductible")


def grace(known: Known) -> Mapping[str, Fact | None]:
    """The last day of grace, sixty days after the premium fell due unless the list says another."""
    due = known.row.day("due_on")
    return {"grace_end": _iso(known.row.day("grace_end") or (due and due + GRACE))}


def lapse(known: Known) -> Mapping[str, Fact | None]:
    """Since when the cover is suspended, and until when it can be restored."""
    row = known.row
    suspended, end = row.day("suspended_on"), row.day("grace_end")
    suspended = suspended or (end and end + timedelta(days=1))
    if suspended is None:
        return {}
    return {
        "suspended_on": _iso(suspended),
        "grace_end": _iso(end or suspended - timedelta(days=1)),
        "reinstate_by": _iso(row.day("reinstate_by") or concession.last_day(suspended)),
    }


def surrender(known: Known) -> Mapping[str, Fact | None]:
    """What a surrender costs, by when it is handled and paid, and what is still to be said."""
    row = known.row
    value, paid, loss = row.money("surrender_value"), row.money("total_paid"), row.money("surrender_loss")
    if loss is None and value is not None and paid is not None:
        loss = max(paid - value, Decimal("0.00"))
    handled = row.day("handled_by") or _after(row.day("applied_on"), known, "handled_days")
    return {
        "surrender_loss": None if loss is None else f"{loss:.2f}",
        "handled_by": _iso(handled),
        "payout_on": _iso(row.day("payout_on") or handled),
        "alternatives_told": _yes(row, "alternatives_told"),
        "papers_missing": _yes(row, "papers_missing"),
    }


def change(known: Known) -> Mapping[str, Fact | None]:
    """Whether a change pays money out or changes the number (B28), and when it takes effect."""
    row = known.row
    item = row.text("change_item")
    effect = row.day("changes_on") or _after(row.day("applied_on"), known, "change_days")
    return {
        "money_paid_out": _yes(row, "money_paid_out", default=any(word in item for word in _PAID_OUT)),
        "number_changed": _yes(row, "number_changed", default=any(word in item for word in _NUMBER)),
        "changes_on": _iso(effect),
    }


def reminder(known: Known) -> Mapping[str, Fact | None]:
    """Of what the customer is reminded, a premium or the end of the contract, and its day."""
    row = known.row
    due, ends = row.day("due_on"), row.day("expires_on")
    wanted = row.text("reminder") or (PREMIUM if due else RENEWAL)
    return {"reminder": wanted, "falls_on": _iso(due if wanted == PREMIUM else ends)}


def health(known: Known) -> Mapping[str, Fact | None]:
    """Which of the three calls after the beginning is next, and when the cover ends."""
    began, product = known.row.day("effective_on"), known.product
    if began is None:
        return {}
    running = (months for months in MILESTONES if known.today < in_months(began, months + 1))
    known_end = known.row.day("expires_on") is not None
    return {
        "service_month": next(running, None),
        "expires_on": None if known_end or not product or not product.years else expiry(began, product.years),
    }


def complaint(known: Known) -> Mapping[str, Fact | None]:
    """Whether the result is known, and by when it must be (B13: 15 days, or what the list says)."""
    row = known.row
    answer = row.day("answer_by") or _after(row.day("complained_on"), known, "answer_days")
    return {"final": _yes(row, "final", default=bool(row.text("result"))), "answer_by": _iso(answer)}


def texts(known: Known) -> Mapping[str, Fact | None]:
    """What the product allows and asks for, where the list does not say it."""
    product = known.product
    if product is None:
        return {}
    return {name: getattr(product, name) for name in _TEXTS if name not in known.row.values}


def period(known: Known) -> Mapping[str, Fact | None]:
    """Until when the cases of a period are called: the end of the month unless the list says another day."""
    return {"period_end": _iso(known.row.day("period_end") or period_end("month", known.today))}


def _yes(row: Row, column: str, *, default: bool = False) -> bool:
    value = row.values.get(column)
    return value if isinstance(value, bool) else default


def _after(start: date | None, known: Known, constant: str) -> date | None:
    """The day so many days later as the kind of list says."""
    days = known.constants.get(constant)
    return start + timedelta(days=days) if start and isinstance(days, int) else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
