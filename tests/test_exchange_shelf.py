"""What is kept of answers to GET requests, and for how long."""

from __future__ import annotations

import pytest

from exchange.web.shelf import Shelf

URL = "http://host/sound.wav"


def _kept(**headers: str) -> Shelf:
    shelf = Shelf()
    shelf.keep(URL, {name.replace("_", "-"): value for name, value in headers.items()}, b"sound", 100.0)
    return shelf


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({"Cache_Control": "max-age=60"}, 160.0),
        ({"Cache_Control": "public, max-age=60, s-maxage=30"}, 130.0),
        ({"ETag": '"a"'}, 100.0),
        ({"ETag": '"a"', "Cache_Control": "no-cache, max-age=60"}, 100.0),
        ({"Date": "Sun, 22 Nov 2026 07:00:00 GMT", "Expires": "Sun, 22 Nov 2026 07:01:00 GMT"}, 160.0),
        ({"Last_Modified": "Sun, 22 Nov 2026 07:00:00 GMT", "Expires": "0"}, 100.0),
    ],
)
def test_headers_say_how_long_an_answer_is_used_without_asking(headers: dict[str, str], until: float) -> None:
    found = _kept(**headers).find(URL)
    assert found is not None
    assert (found.body, found.until) == (b"sound", until)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache_Control": "no-cache"},
        {"Cache_Control": "max-age=soon"},
        {"Cache_Control": "no-store, max-age=60"},
        {"Cache_Control": "private, max-age=60"},
        {"Cache_Control": "max-age=60", "Vary": "Cookie"},
        {"Cache_Control": "max-age=60", "Vary": "*"},
        {"Cache_Control": "max-age=60", "Set_Cookie": "visit=1"},
    ],
)
def test_an_answer_that_is_for_one_or_cannot_be_checked_is_not_kept(headers: dict[str, str]) -> None:
    assert _kept(**headers).find(URL) is None


def test_the_server_is_asked_whether_it_has_changed() -> None:
    found = _kept(ETag='"a"', Last_Modified="Sun, 22 Nov 2026 07:00:00 GMT").find(URL)
    assert found is not None
    assert found.conditions == {
        "If-None-Match": '"a"',
        "If-Modified-Since": "Sun, 22 Nov 2026 07:00:00 GMT",
    }
    assert found.renewed({"cache-control": "max-age=5"})["Cache-Control"] == "max-age=5"


def test_an_answer_that_must_not_be_kept_takes_the_old_one_away() -> None:
    shelf = _kept(ETag='"a"')
    shelf.keep(URL, {"Cache-Control": "no-store"}, b"new", 200.0)
    assert shelf.find(URL) is None


def test_the_answers_not_used_for_longest_go_first() -> None:
    shelf = Shelf(entries=2, size=10)
    for name in "ab":
        shelf.keep(name, {"ETag": name}, b"1234", 0.0)
    shelf.find("a")
    shelf.keep("c", {"ETag": "c"}, b"1234", 0.0)
    assert [name for name in "abc" if shelf.find(name)] == ["a", "c"]
    shelf.keep("d", {"ETag": "d"}, b"1234567", 0.0)
    assert [name for name in "abcd" if shelf.find(name)] == ["d"]
    shelf.keep("e", {"ETag": "e"}, b"12345678901", 0.0)
    assert shelf.find("e") is None
