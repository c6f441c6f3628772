"""What went wrong, as a resource."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from exchange_studio import ACCOUNT, FROM, Line, Studio, document
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

HELLO = document("<Say>您好</Say>")


def failing(line: Line) -> str:
    """A call whose application answers 500, with a warning before; returns its SID."""
    line.pages["/voice"] = lambda seen: web.Response(status=500, text="out of order")
    sid: str = line.talk(status_callback=line.url("/status"), status_callback_event=["nonsense"]).sid
    return sid


def test_a_notification_says_what_was_sent_and_answered(studio: Studio) -> None:
    line = studio()
    call = failing(line)
    (listed,) = line.client.notifications.list(log=0)
    found = line.client.notifications(listed.sid).fetch()
    assert (found.call_sid, found.error_code, found.log) == (call, "11200", "0")
    assert (found.request_method, found.request_url) == ("POST", line.url("/voice"))
    assert parse_qs(found.request_variables)["From"] == [FROM]
    assert found.response_body == "out of order"
    assert "Content-Length=12" in found.response_headers
    assert parse_qs(found.message_text)["ErrorCode"] == ["11200"]
    assert found.more_info == "https://www.twilio.com/docs/errors/11200"


def test_a_listing_leaves_out_what_was_sent_and_answered(studio: Studio) -> None:
    line = studio()
    failing(line)
    text = line.http("GET", f"{ACCOUNT.uri}/Notifications.json").text
    assert "out of order" not in text
    assert "request_variables" not in text


def test_notifications_are_listed_newest_first_and_by_level(studio: Studio) -> None:
    line = studio()
    failing(line)
    listing = line.client.notifications
    assert [one.error_code for one in listing.list()] == ["11200", "21626"]
    assert [one.error_code for one in listing.list(log=0)] == ["11200"]
    assert [one.error_code for one in listing.list(log=1)] == ["21626"]
    assert listing.list(log=3) == []
    assert [one.error_code for one in listing.list(page_size=1)] == ["11200", "21626"]


def test_notifications_are_listed_by_date(studio: Studio) -> None:
    line = studio()
    failing(line)
    today, day = datetime.now(UTC).date(), timedelta(days=1)
    listing = line.client.notifications
    assert len(listing.list(message_date=today)) == 2
    assert listing.list(message_date=today - day) == []
    assert listing.list(message_date_before=today) == []
    assert len(listing.list(message_date_before=today + day, message_date_after=today)) == 2


def test_a_call_has_its_own_notifications(studio: Studio) -> None:
    line = studio()
    call = failing(line)
    line.pages["/voice"] = HELLO
    quiet = line.talk()
    own = line.client.calls(call).notifications.list()
    assert [one.error_code for one in own] == ["11200", "21626"]
    assert line.client.calls(call).notifications(own[0].sid).fetch().response_body == "out of order"
    assert quiet.notifications.list() == []
    with pytest.raises(TwilioRestException) as refused:
        quiet.notifications(own[0].sid).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


@pytest.mark.parametrize("query", ["Log=loud", "MessageDate=soon"])
def test_nonsense_in_a_filter_is_400(studio: Studio, query: str) -> None:
    answer = studio().http("GET", f"{ACCOUNT.uri}/Notifications.json?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
