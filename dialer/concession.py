"""Until when a lapsed policy may be reinstated with concessions, by the day of the application.

S000-23: once a policy has lapsed for two full years when the application is handed in, neither the medical
nor the interest is waived. A period of years ends with the day of the same date, or the last one of its month
(Civil Code 202).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

YEARS = 2


def last_day(suspended_on: date, years: int = YEARS) -> date:
    """The last day of the application: the first two years are full when it is over."""
    year = suspended_on.year + years
    return date(year, suspended_on.month, min(suspended_on.day, monthrange(year, suspended_on.month)[1]))


def facts_on(
    contact: Mapping[str, str | int | bool | None], today: date
) -> dict[str, str | int | bool | None]:
    """What a call of this day says about a lapsed policy; nothing where the policy has not lapsed.

    A concession is told only where the company offers one; a last day that the list names stands.
    """
    suspended_on, until = contact.get("suspended_on"), contact.get("reinstate_by")
    if not isinstance(suspended_on, str):
        return {}
    last = (
        date.fromisoformat(until)
        if isinstance(until, str)
        else last_day(date.fromisoformat(suspended_on[:10]))
    )
    return {
        "reinstate_by": last.isoformat(),
        "lapsed_two_years": today > last,
        "concession_allowed": today <= last and bool(contact.get("concession")),
    }
