"""Numbers that can be bought."""

from __future__ import annotations

import pytest
from exchange_studio import ACCOUNT, Studio
from exchange_studio import studio as studio

OFFERS = f"{ACCOUNT.uri}/AvailablePhoneNumbers"


def test_an_offered_number_can_be_bought_and_is_not_offered_again(studio: Studio) -> None:
    client = studio().client
    offered = client.available_phone_numbers("US").local.list(area_code=510, limit=5)
    assert all(one.phone_number.startswith("+1510") for one in offered)
    client.incoming_phone_numbers.create(phone_number=offered[0].phone_number)
    left = client.available_phone_numbers("US").local.list(area_code=510)
    assert offered[0].phone_number not in [one.phone_number for one in left]


@pytest.mark.parametrize(
    ("country", "kind", "start"),
    [
        ("CN", "local", "+8610"),
        ("CN", "mobile", "+86138"),
        ("CN", "toll_free", "+86400"),
        ("GB", "mobile", "+4477"),
        ("HK", "local", "+8522"),
        ("US", "toll_free", "+1888"),
    ],
)
def test_every_country_offers_its_kinds(studio: Studio, country: str, kind: str, start: str) -> None:
    client = studio().client
    offered = getattr(client.available_phone_numbers(country), kind).list(page_size=3)
    assert len(offered) == 3
    assert all(one.phone_number.startswith(start) for one in offered)
    bought = client.incoming_phone_numbers.create(phone_number=offered[0].phone_number)
    assert [one.sid for one in getattr(client.incoming_phone_numbers, kind).list()] == [bought.sid]


@pytest.mark.parametrize(
    ("wanted", "end"),
    [("1234567", "1234567"), ("77**88", "88"), ("FLOWERS", "3569377"), ("+1212555****", "")],
)
def test_numbers_are_found_by_the_digits_they_end_with(studio: Studio, wanted: str, end: str) -> None:
    offered = studio().client.available_phone_numbers("US").local.list(contains=wanted)
    assert offered
    assert all(one.phone_number.endswith(end) for one in offered)


def test_no_more_than_thirty_are_offered(studio: Studio) -> None:
    assert len(studio().client.available_phone_numbers("CN").local.list(page_size=100)) == 30


def test_numbers_for_text_messages_are_not_offered(studio: Studio) -> None:
    offers = studio().client.available_phone_numbers("US").local
    assert offers.list(sms_enabled=True) == []
    assert offers.list(voice_enabled=True, sms_enabled=False)


def test_countries_say_which_kinds_they_have(studio: Studio) -> None:
    client = studio().client
    assert {one.country_code for one in client.available_phone_numbers.list()} == {"CN", "GB", "HK", "US"}
    assert set(client.available_phone_numbers("US").fetch().subresource_uris) == {"local", "toll_free"}


@pytest.mark.parametrize("path", ["US/Mobile", "ZZ/Local", "HK/TollFree", "ZZ"])
def test_what_a_country_does_not_have_is_20404(studio: Studio, path: str) -> None:
    answer = studio().http("GET", f"{OFFERS}/{path}.json")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("query", "code"),
    [("AreaCode=12", 21451), ("Contains=%3F", 20001), ("PageSize=1001", 20007), ("PageSize=x", 20007)],
)
def test_a_bad_search_is_refused_with_its_code(studio: Studio, query: str, code: int) -> None:
    answer = studio().http("GET", f"{OFFERS}/US/Local.json?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
