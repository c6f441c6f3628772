"""Facts about what is insured and what happened to it: vehicle, claim, delivery of the policy."""

from __future__ import annotations

from collections.abc import Mapping

from dialer.lists.known import Fact, Known

MOTOR = "车险"
OTHER = "其他"
_TAIL = 4


def claim(known: Known) -> Mapping[str, Fact | None]:
    """By which words a case is named on the telephone: the tail of its number, the class of insurance."""
    row = known.row
    return {
        "claim_tail": _tail(row.text("claim_no")),
        "product": row.text("product") or row.text("insurance_class") or None,
        "remote": row.text("place") != row.text("underwritten_at") if row.text("underwritten_at") else None,
    }


def vehicle(known: Known) -> Mapping[str, Fact | None]:
    """The last signs of the number plate, without the dot that some systems write."""
    return {"plate_tail": _tail("".join(filter(str.isalnum, known.row.text("plate"))))}


def delivery(known: Known) -> Mapping[str, Fact | None]:
    """How a policy that was sold by telephone or on the web came to the customer (S001-17, S001-24)."""
    row = known.row
    motor = bool(row.text("plate")) or "车" in row.text("product")
    return {"line": MOTOR if motor else OTHER, "by_courier": row.text("delivery") == "快递"}


def _tail(number: str) -> str | None:
    return number[-_TAIL:] if len(number) >= _TAIL else None
