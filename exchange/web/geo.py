"""Where a telephone number is at home, as Twilio's webhooks say it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

_NORTH_AMERICA = 1


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a number's home; Twilio leaves city and state empty outside North America."""

    city: str
    state: str
    country: str


@lru_cache(maxsize=8192)
def place_of(number: str) -> Place | None:
    """The home of a number in E.164; nothing for an address or a number of no country."""
    if not number.startswith("+"):
        return None
    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(found) or phonenumbers.region_code_for_country_code(
        found.country_code or 0
    )
    if found.country_code != _NORTH_AMERICA:
        return Place("", "", country) if country.isalpha() else None
    city, state = _city_and_state(found)
    return Place(city, state, country)


def _city_and_state(number: phonenumbers.PhoneNumber) -> tuple[str, str]:
    # 100 MB and a third of a second, which nobody pays who has no number there.
    from phonenumbers import geocoder

    described: str = geocoder.description_for_number(number, "en")
    city, comma, state = described.rpartition(", ")
    return (city.upper(), state) if comma else ("", "")
