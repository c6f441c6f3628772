"""Listings come in pages."""

from __future__ import annotations

import pytest
from exchange_studio import ACCOUNT, Line, Studio
from exchange_studio import studio as studio

LIST = f"{ACCOUNT.uri}/Applications.json"


@pytest.fixture
def line(studio: Studio) -> Line:
    """An exchange with seven applications: 6 is the newest."""
    line = studio()
    for place in range(7):
        line.client.applications.create(friendly_name=str(place))
    return line


def names(page: dict[str, list[dict[str, str]]]) -> str:
    return "".join(one["friendly_name"] for one in page["applications"])


def test_pages_follow_one_another_forth_and_back(line: Line) -> None:
    pages = [line.http("GET", f"{LIST}?PageSize=3").json()]
    while pages[-1]["next_page_uri"]:
        pages.append(line.http("GET", pages[-1]["next_page_uri"]).json())
    assert [names(page) for page in pages] == ["654", "321", "0"]
    assert [(page["page"], page["start"], page["end"]) for page in pages] == [(0, 0, 2), (1, 3, 5), (2, 6, 6)]
    second = line.http("GET", pages[2]["previous_page_uri"]).json()
    assert (names(second), second["page"]) == ("321", 1)
    first = line.http("GET", second["previous_page_uri"]).json()
    assert (names(first), first["previous_page_uri"]) == ("654", None)
    assert names(line.http("GET", second["next_page_uri"]).json()) == "0"


def test_the_sdk_turns_pages_both_ways(line: Line) -> None:
    first = line.client.applications.page(page_size=3)
    second = first.next_page()
    assert second is not None
    third = second.next_page()
    assert third is not None
    back = third.previous_page()
    assert back is not None
    assert [one.friendly_name for one in back] == ["3", "2", "1"]


def test_filters_and_size_are_kept_from_page_to_page(line: Line) -> None:
    line.client.applications.create(friendly_name="5")
    first = line.http("GET", f"{LIST}?FriendlyName=5&PageSize=1").json()
    assert "FriendlyName=5&PageSize=1" in first["uri"]
    second = line.http("GET", first["next_page_uri"]).json()
    assert (names(second), second["next_page_uri"]) == ("5", None)


def test_an_application_may_delete_what_it_lists(line: Line) -> None:
    for one in line.client.applications.stream(page_size=2):
        one.delete()
    assert line.client.applications.list() == []


def test_things_that_come_meanwhile_do_not_move_the_next_page(line: Line) -> None:
    first = line.http("GET", f"{LIST}?PageSize=3").json()
    line.client.applications.create(friendly_name="new")
    assert names(line.http("GET", first["next_page_uri"]).json()) == "321"


def test_a_page_can_be_asked_for_by_number(line: Line) -> None:
    assert names(line.http("GET", f"{LIST}?PageSize=3&Page=1").json()) == "321"


def test_things_that_come_meanwhile_do_not_move_the_page_before(line: Line) -> None:
    second = line.http("GET", line.http("GET", f"{LIST}?PageSize=3").json()["next_page_uri"]).json()
    third = line.http("GET", second["next_page_uri"]).json()
    line.client.applications.create(friendly_name="new")
    assert names(line.http("GET", third["previous_page_uri"]).json()) == "321"


@pytest.mark.parametrize(
    ("query", "code"),
    [("PageSize=1001", 20007), ("PageSize=0", 20007), ("PageSize=x", 20007), ("Page=-1", 20006)],
)
def test_a_page_that_cannot_be_is_refused(line: Line, query: str, code: int) -> None:
    answer = line.http("GET", f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("token", ["PAx", "x", "PB", "PA" + "AP" + "0" * 32 + "0"])
def test_a_token_of_nobodys_is_an_empty_page(line: Line, token: str) -> None:
    page = line.http("GET", f"{LIST}?PageToken={token}").json()
    assert (page["applications"], page["next_page_uri"]) == ([], None)
