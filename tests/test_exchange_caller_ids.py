"""Verified caller ids as a resource."""

from __future__ import annotations

from typing import Any

import pytest
from exchange_studio import Studio
from exchange_studio import studio as studio
from twilio.base.exceptions import TwilioRestException

NUMBER = "+14155550100"


def test_a_validation_request_verifies_at_once(studio: Studio) -> None:
    client = studio().client
    asked = client.validation_requests.create(phone_number=NUMBER, call_delay=3)
    assert (asked.phone_number, asked.friendly_name) == (NUMBER, "(415) 555-0100")
    assert len(asked.validation_code) == 6
    (verified,) = client.outgoing_caller_ids.list(phone_number=NUMBER)
    assert verified.friendly_name == "(415) 555-0100"


def test_a_verified_number_is_renamed_and_forgotten(studio: Studio) -> None:
    client = studio().client
    client.validation_requests.create(phone_number=NUMBER, friendly_name="ours")
    (verified,) = client.outgoing_caller_ids.list(friendly_name="ours")
    assert verified.update(friendly_name="theirs").friendly_name == "theirs"
    assert client.outgoing_caller_ids(verified.sid).fetch().friendly_name == "theirs"
    assert client.outgoing_caller_ids.list(friendly_name="ours") == []
    assert verified.delete()
    assert client.outgoing_caller_ids.list() == []
    with pytest.raises(TwilioRestException) as refused:
        verified.fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"phone_number": "x"}, 21401),
        ({"phone_number": "client:x"}, 21401),
        ({"call_delay": 61}, 21454),
        ({"friendly_name": "x" * 65}, 20002),
    ],
)
def test_a_bad_validation_request_is_refused_with_its_code(
    studio: Studio, wanted: dict[str, Any], code: int
) -> None:
    client = studio().client
    with pytest.raises(TwilioRestException) as refused:
        client.validation_requests.create(**({"phone_number": NUMBER} | wanted))
    assert (refused.value.status, refused.value.code) == (400, code)
    assert client.outgoing_caller_ids.list() == []


def test_a_number_is_verified_once(studio: Studio) -> None:
    client = studio().client
    client.validation_requests.create(phone_number=NUMBER)
    with pytest.raises(TwilioRestException) as refused:
        client.validation_requests.create(phone_number=NUMBER)
    assert (refused.value.status, refused.value.code) == (400, 21450)
