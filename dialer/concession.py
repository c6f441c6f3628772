"""Until when a lapsed policy may be reinstated with concessions, by the day of the application.

S000-23: once a policy has lapsed for two full years when the application is handed in, neither the medical
nor the interest is waived. A period of years ends with the day of the same date, or the last one of its month
(Civil Code 202).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dialer.lists.clock import in_months

MONTHS = 24
"""From the lapse on, in which the cover can be restored (Insurance Law, Art 37)."""


def last_day(suspended_on: date) -> date:
    """The last day of the application: the two years are full when it is over."""
    return in_months(suspended_on, MONTHS)


def facts_on(
    contact: Mapping[str, str | int | bool | None], today: date
) -> dict[str, str | int | bool | None]:
    """What a call of this day says about a lapsed policy; nothing where the list does not tell until when.

    A concession is told only where the company offers one.
    """
    until = contact.get("reinstate_by")
    if not isinstance(until, str):
        return {}
    late = today > date.fromisoformat(until)
    return {"lapsed_two_years": late, "concession_allowed": bool(contact.get("concession")) and not late}
